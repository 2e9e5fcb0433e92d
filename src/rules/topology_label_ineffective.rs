//! A ServiceEntry host's subset by `topology.istio.io/cluster`, a label that Istio overwrites.

use super::subset_selects_no_endpoint::is_by_topology;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/topology-label-ineffective.md"), check);

const LABEL: &str = "topology.istio.io/cluster";

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for rule in &cluster.objects.destination_rules {
        let Some(text) = rule.host else { continue };
        let host = cluster.host(text.value, rule.meta.namespace.value);
        if cluster.service_of(&host).is_some() {
            continue;
        }
        let Some(entry) = cluster.entries(host).find(|e| !e.endpoints.is_empty()) else { continue };
        for subset in rule.subsets.iter().filter(|s| is_by_topology(s)) {
            let Some((key, value)) = subset.labels.iter().find(|(k, _)| k.value == LABEL) else { continue };
            let finding = out.report(
                cluster.site(&rule.meta, key.span),
                format!(
                    "subset `{}` of `{}` selects `{LABEL}: {}`, which no endpoint of a ServiceEntry keeps",
                    subset.name.value, text.value, value.value
                ),
            );
            finding.with_label(format!("istiod sets this label to {}'s own name on all of them", cluster.name));
            let labelled = entry.endpoints.iter().find_map(|e| e.labels.iter().find(|(k, _)| k.value == LABEL));
            let at = labelled.map_or(text.span, |(k, _)| k.span);
            if labelled.is_some() {
                finding.with_related(cluster.site(&entry.meta, at), "overwritten");
            }
            finding.with_help(format!(
                "use a label of your own, such as `cluster: {}`, on the endpoint and in the subset, or the endpoint's `network` with `topology.istio.io/network`",
                value.value
            ));
        }
    }
}
