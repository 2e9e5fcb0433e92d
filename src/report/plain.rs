//! A finding in plain lines, for formats that have no excerpts.

use super::clean::clean;
use super::uri::Root;
use crate::finding::Finding;
use crate::source::{Place, Sources};

/// What those who run it would see, what would mend it, and the clusters that have the same finding.
pub(super) fn advice(same: &[Finding]) -> Vec<String> {
    let f = &same[0];
    let mut lines = Vec::new();
    if same.len() > 1 {
        let clusters: Vec<_> = same.iter().filter_map(|f| f.cluster.as_deref()).map(clean).collect();
        lines.push(format!("in {}", clusters.join(", ")));
    }
    lines.extend(f.effect.as_deref().map(|e| clean(e).into_owned()));
    lines.extend(f.help.as_deref().map(|h| format!("help: {}", clean(h))));
    lines
}

/// The message, the other places, and the advice.
pub(super) fn lines(same: &[Finding], sources: &Sources, root: &Root) -> Vec<String> {
    let f = &same[0];
    let related = f.related.iter().map(|r| format!("{}: {}", at(r.place, sources, root), clean(&r.message)));
    std::iter::once(clean(&f.message).into_owned()).chain(related).chain(advice(same)).collect()
}

/// `path:line`
pub(super) fn at(place: Place, sources: &Sources, root: &Root) -> String {
    let source = sources.get(place.source);
    format!("{}:{}", clean(&root.path(&source.path)), source.position(place.span.start).line)
}

/// Where people read about a rule.
pub(super) fn page_url(rule: &str) -> String {
    format!("{}/blob/main/rules/{rule}.md", env!("CARGO_PKG_REPOSITORY"))
}
