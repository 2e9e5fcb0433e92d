//! `subset-selects-nothing`: a subset that no route goes to selects no Pods.

use super::subset_without_workload::has_pods;
use super::words::list;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;
use crate::model::{DestinationRule, Host, Subset};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/subset-selects-nothing.md"), check);

fn check<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    for rule in cluster.objects.destination_rules.iter().filter(|r| !r.subsets.is_empty()) {
        let Some(text) = rule.host.filter(|h| !unknown(h.value)) else { continue };
        let host = cluster.host(text.value, rule.meta.namespace.value);
        let Some(service) = cluster.service_of(&host) else { continue };
        // A ServiceEntry for the same host adds endpoints of its own (evidence L7).
        if service.selector.is_empty()
            || service.is_external_name()
            || cluster.entries(host).next().is_some()
            || !cluster.is_complete_in(service.meta.namespace.value)
        {
            continue;
        }
        let idle: Vec<&Subset<'s>> = rule.subsets.iter().filter(|s| is_idle(fleet, cluster, rule, host, s)).collect();
        let Some(first) = idle.first().filter(|_| !cluster.may_have_pods_made(service)) else { continue };
        let at = first.labels.first().map_or(first.name.span, |(_, v)| v.span);
        let (what, select) = if idle.len() == 1 { ("subset", "selects") } else { ("subsets", "select") };
        out.report(
            cluster.site(&rule.meta, at),
            format!(
                "{what} {} of {host} {select} no Pods of this repository, and no route goes there",
                list(idle.iter().map(|s| s.name.value))
            ),
        )
        .with_related(cluster.site(&service.meta, service.meta.name.span), "none of its Pods carry these labels")
        .with_help("correct the labels, or leave out what is not used");
    }
}

/// Whether no Pods of any cluster have the subset's labels, and no traffic goes to it. With traffic, it is the matter of
/// subset-without-workload or remote-subset-without-workload.
fn is_idle<'s>(
    fleet: &Fleet<'s>,
    cluster: &Cluster<'s>,
    rule: &DestinationRule<'s>,
    host: Host<'s>,
    subset: &Subset<'s>,
) -> bool {
    let name = subset.name.value;
    let is_known = !subset.labels.is_empty() && !subset.labels.iter().any(|(_, v)| unknown(v.value)) && !unknown(name);
    let is_first = rule.subset(name).is_some_and(|s| std::ptr::eq(s, subset));
    is_known
        && is_first
        && !cluster.uses_of(host).any(|u| u.subset(cluster) == Some(name) && !u.is_idle(cluster))
        && !has_pods(cluster, host, &subset.labels)
        && !fleet.crossings.callers(cluster.id, host).iter().any(|c| c.subset.is_some_and(|s| s.value == name))
        && !fleet.clusters.iter().any(|c| has_pods(c, host, &subset.labels))
}
