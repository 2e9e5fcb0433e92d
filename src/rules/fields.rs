//! What the rules on fields share: which schema an object has, and how its fields are called.

use crate::finding::{Finding, Severity};
use crate::mesh::{Cluster, Fleet};
use crate::model::{Meta, read};
use crate::schema::{self, Schema};
use crate::source::Span;
use crate::yaml::pointer_steps;

/// Objects of a cluster with the schemas that they have to fit; those without one, and those that are not what will be
/// applied, are left out.
pub(super) fn with_schemas<'a, 's>(
    fleet: &'a Fleet<'_>,
    cluster: &'a Cluster<'_>,
    objects: &'a [&'a Meta<'s>],
) -> impl Iterator<Item = (&'a Meta<'s>, &'a Schema)> {
    // Objects of one kind mostly follow each other.
    let mut last: Option<(&str, &str, Option<&'a Schema>)> = None;
    objects.iter().filter_map(move |&meta| {
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

/// Makes a finding a note where the definition that it goes by may not be the cluster's: nothing but their lying in one
/// repository says that the two apply together, and they lie in folders beside each other, as demos do.
pub(super) fn weigh(finding: &mut Finding, fleet: &Fleet<'_>, cluster: &Cluster<'_>, meta: &Meta<'_>) {
    if !cluster.input.is_guess {
        return;
    }
    let folder = |m: &Meta<'_>| {
        let path = &fleet.workspace.sources.get(m.source).path;
        path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
    };
    let own = folder(meta);
    // A folder of definitions, `crds`, is for all.
    let lies_apart = |d: &&Meta<'_>| {
        let theirs = folder(d);
        !theirs.contains("crd") && !is_above(&theirs, &own) && !is_above(&own, &theirs)
    };
    let definitions = || {
        cluster.others("apiextensions.k8s.io", "CustomResourceDefinition").filter(|d| {
            let names = d.spec().get("names").and_then(|n| read::text(n, "kind"));
            let group = read::text(d.spec(), "group");
            names.is_some_and(|k| k.value == meta.kind.value) && group.is_some_and(|g| g.value == meta.group())
        })
    };
    if let Some(definition) = definitions().next().filter(|_| definitions().all(|d| lies_apart(&d))) {
        finding
            .at_level(Severity::Note)
            .with_related(cluster.site(definition, definition.name.span), "by this definition, if they apply together");
    }
}

/// Whether a folder is another one, or holds it.
fn is_above(folder: &str, other: &str) -> bool {
    folder.is_empty() || other.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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
    use super::{dotted, is_above, without_indices};

    #[test]
    fn pointers_are_read_as_people_write_them() {
        assert_eq!(dotted("/spec/http/0/match"), "spec.http[0].match");
        assert_eq!(dotted("/metadata/labels/app.kubernetes.io~1name"), "metadata.labels[\"app.kubernetes.io/name\"]");
        assert_eq!(without_indices("/spec/http/0/match"), "spec.http.match");
    }

    #[test]
    fn folders_are_above_what_is_in_them() {
        assert!(is_above("", "a") && is_above("a", "a") && is_above("a", "a/b"));
        assert!(!is_above("a/b", "a") && !is_above("a", "ab"));
    }
}
