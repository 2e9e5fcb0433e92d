//! What the rules on fields share: which schema an object has, and how its fields are called.

use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::schema::{self, Schema};
use crate::source::Span;
use crate::yaml::pointer_steps;

/// The objects of a cluster with the schemas that they have to fit; those without one, and those that are not what will
/// be applied, are left out.
pub(super) fn objects<'a, 's>(
    fleet: &'a Fleet<'_>,
    cluster: &'a Cluster<'s>,
) -> impl Iterator<Item = (&'a Meta<'s>, &'a Schema)> {
    // Objects of one kind mostly follow each other.
    let mut last: Option<(&str, &str, Option<&'a Schema>)> = None;
    cluster.objects.metas().filter_map(move |meta| {
        let (api_version, kind) = (meta.api_version.value, meta.kind.value);
        let schema = match last {
            Some((version, of, schema)) if (version, of) == (api_version, kind) => schema,
            _ => schema_of(fleet, cluster, api_version, kind),
        };
        last = Some((api_version, kind, schema));
        // SOPS decrypts the values, and takes its own field away, before it is applied.
        Some((meta, schema.filter(|_| meta.root.get("sops").is_none())?))
    })
}

/// A definition that the cluster applies comes before one that was given for all, and that before what comes with
/// meshlint.
fn schema_of<'a>(fleet: &'a Fleet<'_>, cluster: &'a Cluster<'_>, api_version: &str, kind: &str) -> Option<&'a Schema> {
    let own = cluster.custom.schema(api_version, kind).or_else(|| fleet.custom.schema(api_version, kind));
    own.or_else(|| schema::builtin(api_version, kind))
}

/// `/spec/http/0/match` is `spec.http[0].match`.
pub(super) fn dotted(pointer: &str) -> String {
    let mut out = String::new();
    for step in pointer_steps(pointer) {
        if step.bytes().all(|b| b.is_ascii_digit()) && !step.is_empty() {
            out.push_str(&format!("[{step}]"));
        } else if step.bytes().any(|b| matches!(b, b'.' | b'/' | b'[' | b' ')) {
            out.push_str(&format!("[\"{step}\"]"));
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(&step);
        }
    }
    out
}

/// `/spec/http/0/match` is `spec.http.match`.
pub(super) fn without_indices(pointer: &str) -> String {
    let steps = pointer_steps(pointer).filter(|s| !s.bytes().all(|b| b.is_ascii_digit()));
    steps.collect::<Vec<_>>().join(".")
}

/// The place of the key of what is at a pointer; `None` for items of lists, and for the object itself.
pub(super) fn key_of(meta: &Meta<'_>, pointer: &str) -> Option<Span> {
    let (within, last) = pointer.rsplit_once('/')?;
    let node = meta.root.at_pointer(within)?;
    if node.is_sequence() {
        let item = node.child(last)?;
        return item.entries().first().map(|(k, _)| k.span());
    }
    let step = pointer_steps(&format!("/{last}")).next()?;
    node.entry(&step).map(|(k, _)| k.span())
}

/// The shortest path at which a schema has a field of that name, two levels below its top at most.
pub(super) fn path_of(schema: &Schema, name: &str) -> Option<String> {
    let spec = schema.field("spec")?.whole();
    if spec.field(name).is_some() {
        return Some("spec".into());
    }
    let below = spec.fields.iter().find(|(_, f)| {
        let f = f.whole();
        f.field(name).is_some() || f.item.as_deref().is_some_and(|i| i.whole().field(name).is_some())
    })?;
    Some(format!("spec.{}", below.0))
}

#[cfg(test)]
mod tests {
    use super::{dotted, without_indices};

    #[test]
    fn pointers_are_read_as_people_write_them() {
        assert_eq!(dotted("/spec/http/0/match"), "spec.http[0].match");
        assert_eq!(dotted("/metadata/labels/app.kubernetes.io~1name"), "metadata.labels[\"app.kubernetes.io/name\"]");
        assert_eq!(without_indices("/spec/http/0/match"), "spec.http.match");
    }
}
