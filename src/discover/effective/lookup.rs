//! The objects that a cluster applies so far, and what is in those that others refer to.

use super::super::flux;
use super::super::pointer::Reference;
use super::Effective;
use crate::source::Place;
use crate::workspace::At;
use crate::yaml::Node;

/// What a reference leads to.
pub(super) enum Referred {
    /// The keys and values of a ConfigMap or Secret, with the places of the values.
    Data(Vec<(String, String, Place)>),
    /// It is there, and its values are encrypted.
    Hidden,
    Missing,
}

impl Effective<'_> {
    /// The objects of a kind among what a cluster applies so far, with their namespaces.
    pub(super) fn objects<'b>(
        &'b self,
        cluster: usize,
        kind: &'b str,
        namespace: Option<&'b str>,
        name: Option<&'b str>,
    ) -> impl Iterator<Item = (At, String)> + 'b {
        let files = &self.applied[cluster].files;
        files.iter().flat_map(move |file| {
            let tools = self.library.facts(file.source).tools.iter();
            tools.filter_map(move |tool| {
                let own = tool.namespace.as_deref().unwrap_or(&file.namespace);
                let fits =
                    tool.kind == kind && namespace.is_none_or(|n| n == own) && name.is_none_or(|n| n == tool.name);
                fits.then(|| (tool.at(file.source), own.to_string()))
            })
        })
    }

    /// What a reference leads to.
    pub(super) fn data(&self, cluster: usize, namespace: &str, reference: &Reference) -> Referred {
        let mut found = self.objects(cluster, &reference.kind, Some(namespace), Some(&reference.name));
        let Some((at, _)) = found.next() else { return Referred::Missing };
        let Some(root) = self.library.node(&at) else { return Referred::Missing };
        let is_encrypted =
            root.get("sops").is_some() || root.get("kind").and_then(|k| k.text()) == Some("SealedSecret");
        if is_encrypted {
            return Referred::Hidden;
        }
        let mut data = Vec::new();
        let mut put = |section: &str, decode: &dyn Fn(Node<'_>) -> Option<String>| {
            for (key, value) in root.get(section).into_iter().flat_map(|d| d.entries()) {
                if let Some(text) = decode(value) {
                    data.push((key.key().into_owned(), text, Place { source: at.source, span: value.span() }));
                }
            }
        };
        let is_secret = reference.kind == "Secret";
        let plain = |n: Node<'_>| Some(flux::to_text(n));
        let encoded = |n: Node<'_>| crate::yaml::decode_base64(n.text()?);
        if is_secret {
            put("data", &encoded)
        } else {
            put("data", &plain)
        }
        put("stringData", &plain);
        Referred::Data(data)
    }
}
