//! `duplicate-key`: a key that stands twice in one mapping.

use rustc_hash::FxHashSet;

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::Meta;
use crate::source::{Place, SourceId, Span};
use crate::yaml::Node;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/duplicate-key.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for cluster in &fleet.clusters {
        for file in cluster.input.files.iter().filter(|f| seen.insert(f.source)) {
            let text = fleet.workspace.sources.get(file.source).text();
            for document in &fleet.workspace.streams[file.source.0 as usize].stream.documents {
                let Some(root) = document.tree.root(text).filter(|_| !document.duplicates.is_empty()) else { continue };
                for duplicate in &document.duplicates {
                    report(cluster, file.source, root, duplicate.first, duplicate.last, out);
                }
            }
        }
    }
}

fn report(cluster: &Cluster<'_>, source: SourceId, root: Node<'_>, first: Span, last: Span, out: &mut Findings) {
    let meta = object_at(cluster, source, last);
    let site = |span| Site { cluster: cluster.name, meta, place: Place { source, span } };
    let key = &root.source_text()[last.range()];
    let (dropped, wins) = (value_of(root, first), value_of(root, last));
    let (message, label) = match (dropped, wins) {
        (Some(dropped), Some(wins)) if dropped == wins => {
            (format!("`{key}` is written twice in one mapping, as `{wins}` each time"), "the same again".to_string())
        }
        (Some(dropped), Some(wins)) => (
            format!("`{key}` is written twice in one mapping: `{wins}` applies, and `{dropped}` is dropped silently"),
            format!("`{wins}` applies"),
        ),
        (Some(dropped), None) => (
            format!("`{key}` is written twice in one mapping: the last applies, and `{dropped}` is dropped silently"),
            "this one applies".to_string(),
        ),
        _ => (
            format!(
                "`{key}` is written twice in one mapping: the last applies, and what the first holds is dropped silently"
            ),
            "this one applies".to_string(),
        ),
    };
    let lost = dropped.map_or("what this one holds is dropped".to_string(), |d| format!("`{d}` is dropped"));
    out.report(site(last), message)
        .with_label(label)
        .with_help("keep one of the two; where both are needed, join what they hold under one key")
        .with_related(site(first), lost);
}

/// The object that a place is in.
fn object_at<'a, 's>(cluster: &'a Cluster<'s>, source: SourceId, span: Span) -> Option<&'a Meta<'s>> {
    cluster.objects.metas().find(|m| m.source == source && m.root.span().contains(span))
}

/// The value of a key as text, where it is short enough to be named.
fn value_of<'s>(root: Node<'s>, key: Span) -> Option<&'s str> {
    let mut node = root;
    loop {
        let below = node.own_entries().find(|(k, v)| k.span() == key || v.span().contains(key));
        let next = match below {
            Some((k, v)) if k.span() == key => {
                return v.text().filter(|t| !t.is_empty() && t.len() <= 60 && !t.contains('\n'));
            }
            Some((_, v)) => v,
            None => node.items().find(|i| i.span().contains(key))?,
        };
        node = next;
    }
}
