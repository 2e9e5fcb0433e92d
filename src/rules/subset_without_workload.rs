//! A route sends traffic to a subset that no Pod of any reachable cluster belongs to.

use rustc_hash::FxHashMap;

use super::words::{and_more, labels};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Together, Use};
use crate::model::{DestinationRule, Host, Labels, Subset};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/subset-without-workload.md"), check);

/// A cluster and a route of it.
type Caller<'a, 's> = (&'a Cluster<'s>, &'a Use<'s>);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    // One cause for all clusters that share the service: keyed by host and subset where they are one mesh.
    let mut groups: FxHashMap<(Host<'_>, &str, u32), Vec<Caller<'_, '_>>> = FxHashMap::default();
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
        let Some((rule, definition)) = defined(cluster, u, subset) else { continue };
        let backing: Vec<&Cluster<'_>> = fleet
            .clusters
            .iter()
            .filter(|c| c.id == cluster.id || fleet.together(cluster, c) == Together::Shown)
            .collect();
        let (Some(namespace), Some(service)) = (host.namespace(), cluster.service_of(&host)) else { continue };
        // Nothing shows that these clusters are one mesh, nor that they are not.
        let elsewhere = fleet.clusters.iter().find(|c| {
            c.id != cluster.id
                && fleet.together(cluster, c) == Together::NotShown
                && has_pods(c, host, &definition.labels)
        });
        let known = backing.iter().all(|c| c.is_complete_in(namespace) && !c.may_have_pods_made(service))
            && backing.iter().any(|c| c.knows_workloads_of(namespace))
            && elsewhere.is_none();
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
        finding.with_label(if u.destination(cluster).mirror {
            "the copies go nowhere"
        } else {
            "callers get 503 UH: no healthy upstream"
        });
        // A Service without any Pod in the repository may have them from a chart.
        let has_any = backing.iter().any(|c| c.service_of(&host).is_some_and(|s| !c.workloads_of(s).is_empty()));
        if !known {
            finding.message = format!(
                "could not verify that subset `{subset}` of {host} selects Pods: none with {} were read of {}{}",
                labels(&definition.labels),
                if backing.len() > 1 { "the mesh" } else { cluster.name },
                and_more(uses.len() - 1, "route")
            );
            finding.at_level(Severity::Note);
        } else if !has_any {
            finding.at_level(Severity::Warning);
        }
        if let Some(other) = elsewhere {
            let pods = other.service_of(&host).map(|s| other.workloads_of(s)).unwrap_or_default();
            if let Some(w) = pods.into_iter().find(|w| other.subset_selects(&definition.labels, w)) {
                finding.with_related(
                    other.site(&w.meta, w.meta.name.span),
                    format!("{} has such Pods, and nothing shows whether both are one mesh", other.name),
                );
            }
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
            [first, rest @ ..] => {
                format!("correct the labels on one side: the Service has {first}{}", and_more(rest.len(), "workload"))
            }
        });
    }
}

/// Whether each of the route's clients finds a definition of the subset, and none of these selects any Pod.
fn has_no_pods<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, u: &Use<'s>, subset: &str) -> bool {
    let Some(service) = cluster.service_of(&u.host) else { return false };
    if service.selector.is_empty() || service.is_external_name() || cluster.may_define_subset(subset) {
        return false;
    }
    // A ServiceEntry for the same host adds endpoints of its own (evidence L7).
    if cluster.entries(u.host).next().is_some() {
        return false;
    }
    let clients = cluster.client_namespaces(u.virtual_service(cluster));
    let mut found = clients.iter().filter_map(|c| cluster.destination_rules(c, u.host).subset(subset)).peekable();
    found.peek().is_some()
        && found.all(|(_, definition)| {
            let reachable = |c: &&Cluster<'s>| c.id == cluster.id || fleet.together(cluster, c) == Together::Shown;
            !fleet.clusters.iter().filter(reachable).any(|c| has_pods(c, u.host, &definition.labels))
        })
}

/// Whether a cluster has Pods of a Service with these labels, as far as its files tell.
pub(super) fn has_pods<'s>(cluster: &Cluster<'s>, host: Host<'s>, labels: &Labels<'s>) -> bool {
    cluster.service_of(&host).is_some_and(|s| {
        s.selector.is_empty() || cluster.workloads_of(s).iter().any(|w| cluster.subset_selects(labels, w))
    })
}

/// The definition that the first of a route's clients finds.
fn defined<'a, 's>(
    cluster: &'a Cluster<'s>,
    u: &Use<'s>,
    subset: &str,
) -> Option<(&'a DestinationRule<'s>, &'a Subset<'s>)> {
    let clients = cluster.client_namespaces(u.virtual_service(cluster));
    clients.iter().find_map(|c| cluster.destination_rules(c, u.host).subset(subset))
}
