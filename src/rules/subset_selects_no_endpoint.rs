//! A subset of a ServiceEntry's host whose labels match none of its endpoints.

use super::words::{count, labels, list};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{selects, unknown};
use crate::model::{Labels, ServiceEntry, Subset};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/subset-selects-no-endpoint.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for rule in &cluster.objects.destination_rules {
        let Some(text) = rule.host.filter(|h| !unknown(h.value)) else { continue };
        let host = cluster.host(text.value, rule.meta.namespace.value);
        // Pods of a Service are endpoints, too; and such a Service may be where this repository does not show it.
        let may_have_pods =
            |namespace: &str| !cluster.knows_services_of(namespace) || !cluster.is_complete_in(namespace);
        if cluster.service_of(&host).is_some() || host.namespace().is_some_and(may_have_pods) {
            continue;
        }
        let entries: Vec<&ServiceEntry<'_>> = cluster.entries(host).collect();
        if entries.is_empty() || entries.iter().any(|e| e.endpoints.is_empty() && e.workload_selector.is_none()) {
            continue;
        }
        // Subsets with the same labels miss for one reason.
        let mut groups: Vec<Vec<&Subset<'_>>> = Vec::new();
        for subset in &rule.subsets {
            if subset.labels.is_empty() || is_by_topology(subset) || matches(cluster, &entries, &subset.labels) {
                continue;
            }
            match groups.iter_mut().find(|g| labels(&g[0].labels) == labels(&subset.labels)) {
                Some(group) => group.push(subset),
                None => groups.push(vec![subset]),
            }
        }
        for group in groups {
            let subset = group[0];
            let named = |name: &str| group.iter().any(|s| s.name.value == name);
            let routes: Vec<_> =
                cluster.uses_of(host).filter(|u| u.subset(cluster).is_some_and(named) && !u.is_idle(cluster)).collect();
            let at = subset.labels.first().map_or(subset.labels_span, |(_, v)| v.span);
            let finding = out.report(
                cluster.site(&rule.meta, at),
                format!(
                    "{} {} of `{}` {} {}, which no endpoint carries{}",
                    if group.len() == 1 { "subset" } else { "subsets" },
                    list(group.iter().map(|s| s.name.value)),
                    text.value,
                    if group.len() == 1 { "selects" } else { "select" },
                    labels(&subset.labels),
                    match routes.len() {
                        0 => String::new(),
                        n => format!(
                            ", and {} there",
                            if n == 1 { "1 route goes".into() } else { format!("{} go", count(n, "route")) }
                        ),
                    }
                ),
            );
            if routes.is_empty() {
                finding.at_level(Severity::Warning);
            }
            let mut carried: Vec<String> = entries
                .iter()
                .flat_map(|e| &e.endpoints)
                .flat_map(|e| e.labels.iter().map(|(k, v)| format!("{}: {}", k.value, v.value)))
                .collect();
            carried.sort_unstable();
            carried.dedup();
            if let Some((entry, endpoint)) = entries.iter().find_map(|e| Some((e, e.endpoints.first()?))) {
                let at = endpoint
                    .labels
                    .first()
                    .map_or(endpoint.span, |(k, v)| crate::source::Span::new(k.span.start, v.span.end));
                finding.with_related(
                    cluster.site(&entry.meta, at),
                    match carried.as_slice() {
                        [] => "no endpoint has a label".into(),
                        all => format!("the endpoints carry {}", list(all)),
                    },
                );
            }
            if let Some(u) = routes.first() {
                finding.with_related(u.subset_site(cluster), format!("{} goes there", u.share(cluster)));
            }
            let label = format!("label an endpoint with {}", labels(&subset.labels));
            finding.with_help(match carried.as_slice() {
                [] => label,
                [only] => format!("select `{only}`, or {label}"),
                _ => format!("select one of {}, or {label}", list(&carried)),
            });
        }
    }
}

/// See topology-label-ineffective.
fn is_by_topology(subset: &Subset<'_>) -> bool {
    subset.labels.iter().any(|(k, _)| k.value == "topology.istio.io/cluster")
}

fn matches<'s>(cluster: &Cluster<'s>, entries: &[&ServiceEntry<'s>], wanted: &Labels<'s>) -> bool {
    entries.iter().any(|entry| {
        entry.endpoints.iter().any(|e| crate::mesh::endpoint_matches(e, wanted))
            || entry.workload_selector.as_ref().is_some_and(|selector| {
                let namespace = entry.meta.namespace.value;
                let pods = cluster.workloads(Some(namespace), selector);
                pods.iter().any(|w| selects(wanted, &w.labels))
                    || !cluster.knows_workloads_of(namespace)
                    || !cluster.is_complete()
            })
    })
}
