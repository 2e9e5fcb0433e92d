//! A route names a subset that no DestinationRule of its host defines.

use rustc_hash::FxHashMap;

use super::words::{and_more, labels, list, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Use};
use crate::model::read::unknown;
use crate::model::{DestinationRule, Host};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/subset-undefined.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<(Host<'_>, &str), Vec<&Use<'_>>> = FxHashMap::default();
    for u in cluster.uses() {
        let Some(subset) = u.subset(cluster) else { continue };
        if !cluster.defines(u.host) || is_defined_anywhere(cluster, u, subset) {
            continue;
        }
        groups.entry((u.host, subset)).or_default().push(u);
    }
    for ((host, subset), uses) in groups {
        // The route that carries traffic comes first; without one, nothing fails yet.
        let Some(first) = uses.iter().find(|u| !u.is_idle(cluster)).or(uses.first()) else { continue };
        let rules = rules_of(cluster, host);
        let names: Vec<&str> = rules.iter().flat_map(|r| r.subsets.iter().map(|s| s.name.value)).collect();
        let more = and_more(uses.len() - 1, "route");
        let message = match rules.first() {
            Some(rule) => format!(
                "subset `{subset}` of {host} is not defined by {}, and {} goes there{more}",
                rule.meta.title(),
                first.share(cluster)
            ),
            None => format!(
                "subset `{subset}` of {host} is not defined: {} has no DestinationRule for that host, and {} goes there{more}",
                cluster.name,
                first.share(cluster)
            ),
        };
        let finding = out.report(first.subset_site(cluster), message);
        finding.with_label(format!("{} defines no such subset", cluster.name));
        if first.is_idle(cluster) {
            finding.at_level(Severity::Warning);
        }
        if rules.is_empty() && !cluster.is_complete() {
            finding.at_level(Severity::Note);
        }
        for rule in rules.iter().take(2) {
            let at = rule.subsets.first().map_or(rule.meta.name.span, |s| s.name.span);
            let what = if names.is_empty() { "no subsets here".into() } else { format!("defines {}", list(&names)) };
            finding.with_related(cluster.site(&rule.meta, at), what);
        }
        finding.with_help(help(fleet, cluster, host, subset, &names));
    }
}

fn help(fleet: &Fleet<'_>, cluster: &Cluster<'_>, host: Host<'_>, subset: &str, names: &[&str]) -> String {
    let _ = fleet;
    let pods = cluster.service_of(&host).map(|s| cluster.workloads_of(s)).unwrap_or_default();
    let carrier = pods.iter().find_map(|w| w.labels.iter().find(|(_, v)| v.value == subset).map(|l| (w, l)));
    if let Some((workload, label)) = carrier {
        return format!("define `{subset}` with {}, a label of {}", labels(&vec![*label]), workload.meta.title());
    }
    match (nearest(subset, names.iter().copied()), names) {
        (Some(near), [_, _, ..]) => format!("did you mean `{near}`? The subsets of {host} are {}", list(names)),
        (_, []) => format!("define `{subset}` in a DestinationRule for {host}"),
        _ => format!("define `{subset}` there, or route to {}", list(names)),
    }
}

/// Whether any rule for the host, wherever it is, defines the subset; one in the wrong place is another rule's matter.
fn is_defined_anywhere(cluster: &Cluster<'_>, u: &Use<'_>, subset: &str) -> bool {
    rules_of(cluster, u.host).iter().any(|r| r.subsets.iter().any(|s| s.name.value == subset || unknown(s.name.value)))
}

fn rules_of<'a, 's>(cluster: &'a Cluster<'s>, host: Host<'s>) -> Vec<&'a DestinationRule<'s>> {
    cluster.rules_for(host).chain(cluster.wildcard_rules_for(host).map(|(_, r)| r)).collect()
}
