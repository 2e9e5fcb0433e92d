//! A route sends traffic to a subset that no Pod of any reachable cluster belongs to.

use rustc_hash::FxHashMap;

use super::words::{and_more, labels};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Together, Use};
use crate::model::Host;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/subset-without-workload.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    // One cause for all clusters that share the service: keyed by host and subset where they are one mesh.
    let mut groups: FxHashMap<(Host<'_>, &str, u32), Vec<(&Cluster<'_>, &Use<'_>)>> = FxHashMap::default();
    for cluster in &fleet.clusters {
        for u in cluster.uses() {
            let Some(subset) = u.subset(cluster).filter(|_| !u.is_idle(cluster)) else { continue };
            if has_no_pods(fleet, cluster, u, subset) {
                let mesh =
                    fleet.clusters.iter().find(|c| c.id == cluster.id || fleet.together(cluster, c) == Together::Shown);
                groups.entry((u.host, subset, mesh.map_or(0, |c| c.id.0))).or_default().push((cluster, u));
            }
        }
    }
    for ((host, subset, _), uses) in groups {
        let Some((cluster, u)) = uses.first() else { continue };
        let client = u.virtual_service(cluster).meta.namespace.value;
        let Some((rule, definition)) = cluster.destination_rules(client, host).subset(subset) else { continue };
        let backing: Vec<&Cluster<'_>> = fleet
            .clusters
            .iter()
            .filter(|c| c.id == cluster.id || fleet.together(cluster, c) == Together::Shown)
            .collect();
        let namespace = host.namespace().unwrap_or_default();
        let known = backing.iter().all(|c| c.is_complete()) && backing.iter().any(|c| c.knows_workloads_of(namespace));
        let place = if backing.len() > 1 { "no cluster of the mesh".into() } else { cluster.name.to_string() };
        let finding = out.report(
            u.subset_site(cluster),
            format!(
                "subset `{subset}` of {host} selects no Pods: {place} has {} with {}, and {} goes there{}",
                if backing.len() > 1 { "any" } else { "none" },
                labels(&definition.labels),
                u.share(cluster),
                and_more(uses.len() - 1, "route")
            ),
        );
        finding.with_label("callers get 503 UH: no healthy upstream");
        if !known {
            finding.at_level(Severity::Note);
        }
        finding
            .with_related(cluster.site(&rule.meta, definition.labels_span), format!("`{subset}` selects these labels"));
        let mut found = Vec::new();
        for c in &backing {
            for w in c.service_of(&host).map(|s| c.workloads_of(s)).unwrap_or_default() {
                found.push(format!("{} ({})", w.meta.title(), labels(&w.labels)));
                if found.len() == 1 {
                    finding.with_related(
                        c.site(&w.meta, w.labels.first().map_or(w.meta.name.span, |l| l.0.span)),
                        "the Pods of the Service carry these",
                    );
                }
            }
        }
        finding.with_help(match found.as_slice() {
            [] => format!("deploy the workload, or no longer route to `{subset}`"),
            [first, ..] => format!("correct the labels on one side: the Service has {first}"),
        });
    }
}

fn has_no_pods<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, u: &Use<'s>, subset: &str) -> bool {
    let Some(service) = cluster.service_of(&u.host) else { return false };
    if service.selector.is_empty() || service.is_external_name() {
        return false;
    }
    let client = u.virtual_service(cluster).meta.namespace.value;
    let applied = cluster.destination_rules(client, u.host);
    let Some((_, definition)) = applied.subset(subset) else { return false };
    let selects = |c: &Cluster<'s>| {
        c.service_of(&u.host).is_some_and(|s| {
            s.selector.is_empty() || c.workloads_of(s).iter().any(|w| c.subset_selects(&definition.labels, w))
        })
    };
    !selects(cluster)
        && !fleet
            .clusters
            .iter()
            .any(|c| c.id != cluster.id && fleet.together(cluster, c) == Together::Shown && selects(c))
}
