//! `service-export-conflict`: clusters export Services of one name that cannot be one Service.

use super::exports::{Export, all};
use super::{Findings, Rule};
use crate::mesh::{Fleet, Site, Together};
use crate::model::Service;
use crate::model::read::{self, unknown};
use crate::source::Span;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/service-export-conflict.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for exports in all(fleet).values() {
        let Some((first, rest)) = exports.split_first() else { continue };
        let Some(a) = first.service else { continue };
        for other in rest {
            let Some(b) = other.service else { continue };
            // In one mesh the Services themselves have to agree: `service-differs-across-clusters` says it.
            if fleet.together(first.cluster, other.cluster) == Together::Shown {
                continue;
            }
            if let Some(difference) = difference(a, b) {
                report((first, a), (other, b), &difference, out);
                break;
            }
        }
    }
}

/// What two Services differ in that the multicluster Services API takes from one of them for all: in words, and where.
struct Difference {
    words: (String, String),
    at: (Span, Span),
}

fn difference(a: &Service<'_>, b: &Service<'_>) -> Option<Difference> {
    let name = |s: &Service<'_>| s.meta.name.span;
    if a.is_headless() != b.is_headless() {
        let word = |s: &Service<'_>| if s.is_headless() { "is headless" } else { "is not headless" }.to_string();
        let at = |s: &Service<'_>| s.cluster_ip.map_or(name(s), |c| c.span);
        return Some(Difference { words: (word(a), word(b)), at: (at(a), at(b)) });
    }
    let affinity = |s: &Service<'_>| {
        let said = read::text(s.meta.spec(), "sessionAffinity");
        (said.map_or("None".to_string(), |t| t.value.to_string()), said.map_or(name(s), |t| t.span))
    };
    let ((mine, here), (theirs, there)) = (affinity(a), affinity(b));
    if mine != theirs && !unknown(&mine) && !unknown(&theirs) {
        let word = |w: &str| format!("has session affinity {w}");
        return Some(Difference { words: (word(&mine), word(&theirs)), at: (here, there) });
    }
    for p in &a.ports {
        let named = |q: &&crate::model::ServicePort<'_>| q.name.map(|n| n.value) == p.name.map(|n| n.value);
        let Some(q) = b.ports.iter().find(named) else { continue };
        let (Some(mine), Some(theirs)) = (p.port(), q.port()) else { continue };
        let protocol =
            |p: &crate::model::ServicePort<'_>| p.protocol.map_or("TCP".to_string(), |t| t.value.to_string());
        if mine != theirs || protocol(p) != protocol(q) {
            let port = p.name.map_or("its port".to_string(), |n| format!("port `{}`", n.value));
            let word = |n: u32, p: &crate::model::ServicePort<'_>| format!("has {port} at {}/{n}", protocol(p));
            return Some(Difference {
                words: (word(mine, p), word(theirs, q)),
                at: (p.number_span(), q.number_span()),
            });
        }
    }
    None
}

fn report(
    (first, a): (&Export<'_, '_>, &Service<'_>),
    (other, b): (&Export<'_, '_>, &Service<'_>),
    difference: &Difference,
    out: &mut Findings,
) {
    let (here, there) = (first.cluster.name, other.cluster.name);
    let message = format!(
        "{here} and {there} both export {}/{}, which {} in {here} and {} in {there}",
        a.meta.namespace.value, a.meta.name.value, difference.words.0, difference.words.1
    );
    let site: Site<'_, '_> = other.cluster.site(other.meta, other.meta.name.span);
    out.report(site, message)
        .with_label("the older export decides, which files do not tell")
        .with_related(first.cluster.site(&a.meta, difference.at.0), format!("in {here}"))
        .with_related(other.cluster.site(&b.meta, difference.at.1), format!("in {there}"))
        .with_help("make the two Services alike, or export one of them only");
}
