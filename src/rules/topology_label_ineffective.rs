//! A ServiceEntry host's subset by `topology.istio.io/cluster`, a label that Istio overwrites.

use super::words::list;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::Subset;
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/topology-label-ineffective.md"), check);

const LABEL: &str = "topology.istio.io/cluster";

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for rule in &cluster.objects.destination_rules {
        let Some(text) = rule.host else { continue };
        let host = cluster.host(text.value, rule.meta.namespace.value);
        // A Service's Pods keep the label, each that of its own cluster.
        if cluster.service_of(&host).is_some() || host.namespace().is_some_and(|n| !cluster.knows_services_of(n)) {
            continue;
        }
        let Some(entry) = cluster.entries(host).find(|e| !e.endpoints.is_empty()) else { continue };
        // The cluster's own name is what all endpoints get: such a subset is all of them.
        let own = |name: &str| {
            unknown(name) || name == cluster.name || cluster.mesh.cluster_name.is_some_and(|n| n.value == name)
        };
        let subsets: Vec<_> = rule
            .subsets
            .iter()
            .filter_map(|s| Some((s, *s.labels.iter().find(|(k, _)| k.value == LABEL)?)))
            .filter(|(_, (_, value))| !own(value.value))
            .collect();
        let Some((_, (key, value))) = subsets.first() else { continue };
        let is_used = |s: &Subset<'_>| {
            cluster.uses_of(host).any(|u| u.subset(cluster) == Some(s.name.value) && !u.is_idle(cluster))
        };
        let names = list(subsets.iter().map(|(s, _)| s.name.value));
        let message = if subsets.len() == 1 {
            format!(
                "subset {names} of `{}` selects `{LABEL}: {}`, which no endpoint of a ServiceEntry keeps",
                text.value, value.value
            )
        } else {
            format!(
                "subsets {names} of `{}` select by `{LABEL}`, which no endpoint of a ServiceEntry keeps",
                text.value
            )
        };
        let finding = out.report(cluster.site(&rule.meta, key.span), message);
        finding.with_label(format!("istiod sets this label to {}'s own name on all of them", cluster.name));
        if !subsets.iter().any(|(s, _)| is_used(s)) {
            finding.at_level(Severity::Warning);
        }
        if let Some((label, _)) = entry.endpoints.iter().find_map(|e| e.labels.iter().find(|(k, _)| k.value == LABEL)) {
            finding.with_related(cluster.site(&entry.meta, label.span), "overwritten");
        }
        finding.with_help(format!(
            "use a label of your own, such as `cluster: {}`, on the endpoint and in the subset, or the endpoint's `network` with `topology.istio.io/network`",
            value.value
        ));
    }
}
