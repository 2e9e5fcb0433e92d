//! A route names a subset that no DestinationRule of its host defines.

use rustc_hash::FxHashMap;

use super::destination_rule_out_of_sight::clients;
use super::host_unknown::is_for_a_slip;
use super::words::{and_more, labels, list, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Together, Use};
use crate::model::read::unknown;
use crate::model::{DestinationRule, Host};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/subset-undefined.md"), check);

/// The host, the subset where the host has a rule that lacks it, and whether it is a mirror that goes there.
type Cause<'s> = (Host<'s>, Option<&'s str>, bool);

fn check<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    // Without any rule for the host, all its subsets miss for one reason.
    let mut groups: FxHashMap<Cause<'s>, Vec<&Use<'s>>> = FxHashMap::default();
    for u in cluster.uses() {
        let Some(subset) = u.subset(cluster) else { continue };
        let is_here = cluster.may_exist(u.host) || is_shared(fleet, cluster, u.host);
        if !is_here
            || cluster.may_define_subset(subset)
            || is_defined_anywhere(cluster, u, subset)
            || is_for_a_slip(fleet, cluster, u.host, subset)
        {
            continue;
        }
        let has_rule = !rules_of(cluster, u.host).is_empty();
        // Copies that go nowhere are seen by nobody, and calls by their callers.
        let is_copy = has_rule && u.destination(cluster).mirror;
        groups.entry((u.host, has_rule.then_some(subset), is_copy)).or_default().push(u);
    }
    for ((host, ..), uses) in groups {
        // The route that carries traffic comes first; without one, nothing fails yet.
        let Some(first) = uses.iter().find(|u| !u.is_idle(cluster)).or(uses.first()) else { continue };
        let mut missing: Vec<&str> = uses.iter().filter_map(|u| u.subset(cluster)).collect();
        missing.sort_unstable();
        missing.dedup();
        let rules = seen(cluster, first);
        let mut names: Vec<&str> = rules.iter().flat_map(|r| r.subsets.iter().map(|s| s.name.value)).collect();
        names.sort_unstable();
        names.dedup();
        let (subsets, are) = if missing.len() == 1 { ("subset", "is") } else { ("subsets", "are") };
        let why = match rules.first() {
            Some(rule) => format!("not defined by {}", rule.meta.title()),
            None => format!("not defined: {} has no DestinationRule for that host", cluster.name),
        };
        let finding = out.report(
            first.subset_site(cluster),
            format!(
                "{subsets} {} of {host} {are} {why}, and {} goes there{}",
                list(&missing),
                first.share(cluster),
                and_more(uses.len() - 1, "route")
            ),
        );
        finding.with_label(if first.destination(cluster).mirror {
            "the copies go nowhere"
        } else {
            "callers get 503 NC: Envoy knows no cluster of that name"
        });
        if first.is_idle(cluster) {
            finding.at_level(Severity::Warning);
        }
        let is_here = cluster.defines(host) || is_shared(fleet, cluster, host);
        if rules.is_empty() && !(cluster.is_complete() && is_here) {
            finding.message = format!(
                "could not verify that {} defines {subsets} {} of {host}: no DestinationRule that was read is for it{}",
                cluster.name,
                list(&missing),
                and_more(uses.len() - 1, "route")
            );
            finding.at_level(Severity::Note);
        }
        for rule in rules.iter().take(2) {
            let at = rule.subsets.first().map_or(rule.meta.name.span, |s| s.name.span);
            let own = rule.subsets.iter().map(|s| s.name.value);
            let what =
                if rule.subsets.is_empty() { "no subsets here".into() } else { format!("defines {}", list(own)) };
            finding.with_related(cluster.site(&rule.meta, at), what);
        }
        finding.with_help(help(cluster, host, missing.first().copied().unwrap_or_default(), &names));
    }
}

fn help(cluster: &Cluster<'_>, host: Host<'_>, subset: &str, names: &[&str]) -> String {
    let pods = cluster.service_of(&host).map(|s| cluster.workloads_of(s)).unwrap_or_default();
    let carrier = pods.iter().find_map(|w| w.labels.iter().find(|(_, v)| v.value == subset).map(|l| (w, l)));
    if let Some((workload, label)) = carrier {
        return format!("define `{subset}` with {}, a label of {}", labels(&vec![*label]), workload.meta.title());
    }
    match (nearest(subset, names.iter().copied()), names) {
        (Some(near), [_, _, ..]) => format!("did you mean `{near}`? The subsets of {host} are {}", list(names)),
        (_, []) => format!("define `{subset}` in a DestinationRule for {host}"),
        (_, [only]) => format!("define `{subset}` there, or route to `{only}`"),
        _ => format!("define `{subset}` there, or route to one of {}", list(names)),
    }
}

/// Whether another cluster of the mesh has the Service, so that this one's Envoys know it, too.
pub(super) fn is_shared<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, host: Host<'s>) -> bool {
    let has = |c: &&Cluster<'s>| c.service_of(&host).is_some() && fleet.together(cluster, c) == Together::Shown;
    fleet.clusters.iter().filter(|c| c.id != cluster.id).any(|c| has(&c))
}

/// Whether any rule for the host, wherever it is, defines the subset; one in the wrong place is another rule's matter.
fn is_defined_anywhere(cluster: &Cluster<'_>, u: &Use<'_>, subset: &str) -> bool {
    rules_of(cluster, u.host).iter().any(|r| r.subsets.iter().any(|s| s.name.value == subset || unknown(s.name.value)))
}

/// The rules for the host that the route's clients see; all of them where they see none.
fn seen<'a, 's>(cluster: &'a Cluster<'s>, u: &Use<'s>) -> Vec<&'a DestinationRule<'s>> {
    let mut seen: Vec<&DestinationRule<'s>> = Vec::new();
    for client in clients(cluster, u) {
        let applied = cluster.destination_rules(client, u.host);
        for rule in applied.rules.into_iter().chain(applied.conditional) {
            if !seen.iter().any(|r| std::ptr::eq(*r, rule)) {
                seen.push(rule);
            }
        }
    }
    if seen.is_empty() { rules_of(cluster, u.host) } else { seen }
}

fn rules_of<'a, 's>(cluster: &'a Cluster<'s>, host: Host<'s>) -> Vec<&'a DestinationRule<'s>> {
    cluster.rules_for(host).chain(cluster.wildcard_rules_for(host).map(|(_, r)| r)).collect()
}
