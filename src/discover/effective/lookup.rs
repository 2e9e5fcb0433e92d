//! The objects that a cluster applies so far, and what is in those that others refer to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::flux;
use super::super::library::{Facts, Loaded};
use super::super::pointer::Reference;
use super::Effective;
use crate::source::Place;
use crate::workspace::{At, Derived, Documents, Layer, Parsed};
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
    /// The node at a place.
    pub(super) fn at_of(&self, place: Place) -> Option<At> {
        let stream = &self.library.streams[place.source.0 as usize].stream;
        let document = stream.documents.iter().position(|d| d.span.contains(place.span))?;
        let root = stream.documents[document].tree.root()?;
        Some(At { source: place.source, document: document as u32, pointer: root.pointer_to(place.span) })
    }

    /// A text that stands in a value, as a source of its own: what is in it comes from that value, and from what was put
    /// in.
    pub(super) fn text_source(&mut self, text: &str, at: At, parameters: Arc<BTreeMap<String, Place>>) -> At {
        let name = format!("{}: {}", self.library.sources.get(at.source).path, at.pointer.trim_start_matches('/'));
        let (source, parsed) = Parsed::read(name, text.as_bytes().to_vec(), &self.settings.variables);
        let documents = parsed.stream.documents.len();
        let source = self.library.add(Loaded { facts: Facts::default(), source, parsed });
        let layers: Arc<[Layer]> = [Layer::Text { at, parameters }].into();
        let derived = Derived { documents: Documents::Known(vec![layers; documents]), ..Derived::default() };
        self.library.derived.insert(source, derived);
        At { source, document: 0, pointer: String::new() }
    }
}
