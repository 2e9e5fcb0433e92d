//! `duplicate-key`: a key that stands twice in one mapping.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Findings, Rule};
use crate::finding::Finding;
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::Meta;
use crate::source::{Place, SourceId, Span};
use crate::yaml::Node;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/duplicate-key.md"), check);

/// The most keys of one document that are reported: who writes more does so by a program, and mends that.
const MAX: usize = 1000;

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for cluster in &fleet.clusters {
        for file in cluster.input.files.iter().filter(|f| seen.insert(f.source)) {
            for document in &fleet.workspace.streams[file.source.0 as usize].stream.documents {
                let Some(root) = document.tree.root().filter(|_| !document.duplicates.is_empty()) else { continue };
                let keys = document.duplicates.iter().take(MAX).flat_map(|d| [d.first, d.last]).collect();
                let mut values = FxHashMap::default();
                find(root, &keys, &mut values);
                let more = document.duplicates.len().saturating_sub(MAX);
                for (i, duplicate) in document.duplicates.iter().take(MAX).enumerate() {
                    let finding = report(cluster, file.source, root, [duplicate.first, duplicate.last], &values, out);
                    if more > 0 && i + 1 == MAX {
                        finding.with_help(format!(
                            "{more} more keys of this document are written twice; keep one of each"
                        ));
                    }
                }
            }
        }
    }
}

fn report<'f>(
    cluster: &Cluster<'_>,
    source: SourceId,
    root: Node<'_>,
    [first, last]: [Span; 2],
    values: &FxHashMap<Span, &str>,
    out: &'f mut Findings,
) -> &'f mut Finding {
    let meta = object_at(cluster, source, last);
    let site = |span| Site { cluster: cluster.name, meta, place: Place { source, span } };
    let key = &root.source_text()[last.range()];
    let (dropped, wins) = (values.get(&first).copied(), values.get(&last).copied());
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
        .with_related(site(first), lost)
}

/// The object that a place is in.
fn object_at<'a, 's>(cluster: &'a Cluster<'s>, source: SourceId, span: Span) -> Option<&'a Meta<'s>> {
    cluster.objects.metas().find(|m| m.source == source && m.root.span().contains(span))
}

/// Finds the values of keys as texts, where they are short enough to be named.
fn find<'s>(node: Node<'s>, keys: &FxHashSet<Span>, values: &mut FxHashMap<Span, &'s str>) {
    for (key, value) in node.own_entries() {
        if keys.contains(&key.span()) {
            let text = value.text().filter(|t| !t.is_empty() && t.len() <= 60 && !t.contains('\n'));
            values.extend(text.map(|t| (key.span(), t)));
        }
        find(value, keys, values);
    }
    node.items().for_each(|item| find(item, keys, values));
}
