//! The schemas of CustomResourceDefinitions that a cluster has.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::{Schema, builtin, read};
use crate::apis;
use crate::model::read::text;
use crate::yaml::{Node, Scalar};

/// Schemas by group, kind and version, each read when it is asked for.
#[derive(Default)]
pub struct Custom<'s> {
    kinds: FxHashMap<&'s str, FxHashMap<&'s str, Vec<Version<'s>>>>,
}

struct Version<'s> {
    name: &'s str,
    /// `None` where the definition says nothing of values.
    schema: Option<Node<'s>>,
    read: OnceLock<Schema>,
}

impl std::fmt::Debug for Custom<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.kinds.values().flat_map(|k| k.keys())).finish()
    }
}

impl<'s> Custom<'s> {
    /// Of these objects, as far as they are CustomResourceDefinitions.
    pub fn of(objects: impl Iterator<Item = Node<'s>>) -> Self {
        let mut custom = Self::default();
        objects.for_each(|o| custom.add(o));
        custom
    }

    fn add(&mut self, crd: Node<'s>) {
        if text(crd, "kind").is_none_or(|k| k.value != "CustomResourceDefinition") {
            return;
        }
        let Some(spec) = crd.get("spec") else { return };
        let Some(group) = text(spec, "group") else { return };
        let Some(kind) = spec.get("names").and_then(|n| text(n, "kind")) else { return };
        // `v1beta1` of these definitions keeps what no schema names, unless it says otherwise.
        let is = |key, value| spec.get(key).and_then(|n| n.value()) == Some(Scalar::Bool(value));
        let old = text(crd, "apiVersion").is_some_and(|v| v.value == "apiextensions.k8s.io/v1beta1");
        let keeps = is("preserveUnknownFields", true) || (old && !is("preserveUnknownFields", false));
        let whole = spec.at_path(&["validation", "openAPIV3Schema"]);
        let versions = self.kinds.entry(group.value).or_default().entry(kind.value).or_default();
        let mut add = |name, schema: Option<Node<'s>>| {
            versions.push(Version { name, schema: schema.filter(|_| !keeps), read: OnceLock::new() });
        };
        for version in spec.items_of("versions") {
            if let Some(name) = text(version, "name") {
                add(name.value, version.at_path(&["schema", "openAPIV3Schema"]).or(whole));
            }
        }
        if let Some(name) = text(spec, "version").filter(|_| spec.get("versions").is_none()) {
            add(name.value, whole);
        }
    }

    /// Whether any definition is of that kind, in whatever versions.
    pub fn defines(&self, group: &str, kind: &str) -> bool {
        self.kinds.get(group).is_some_and(|kinds| kinds.contains_key(kind))
    }

    /// The schema of a kind; `None` where no definition has it.
    pub fn schema(&self, api_version: &str, kind: &str) -> Option<&Schema> {
        let (group, version) = apis::split(api_version);
        let version = self.kinds.get(group)?.get(kind)?.iter().find(|v| v.name == version)?;
        Some(version.read.get_or_init(|| match version.schema {
            Some(node) => {
                let mut schema = read::schema(node);
                builtin::complete(&mut schema);
                schema
            }
            None => Schema::default(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_found_by_their_versions() {
        let text = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  group: example.com\n  \
                    names: {kind: Widget}\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema:\n        type: object\n        \
                    properties:\n          spec: {type: object, properties: {size: {type: integer, minimum: 1}}}\n  - name: v2\n";
        let stream = crate::yaml::parse(text);
        let custom = Custom::of(stream.documents.iter().filter_map(|d| d.tree.root()));
        let v1 = custom.schema("example.com/v1", "Widget").expect("v1");
        assert!(v1.field("spec").is_some_and(|s| s.field("size").is_some()) && v1.field("metadata").is_some());
        assert!(custom.schema("example.com/v2", "Widget").is_some_and(|s| s.fields.is_empty()));
        assert!(custom.schema("example.com/v3", "Widget").is_none());
        assert!(custom.schema("example.com/v1", "Gadget").is_none());
    }
}
