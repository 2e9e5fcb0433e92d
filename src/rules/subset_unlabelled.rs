//! `subset-unlabelled`: a subset selects all endpoints of its host.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/subset-unlabelled.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for rule in &cluster.objects.destination_rules {
        let Some(host) = rule.host.filter(|h| !unknown(h.value)) else { continue };
        if !cluster.defines(cluster.host(host.value, rule.meta.namespace.value)) {
            continue;
        }
        // With a policy of its own it is a way to give some routes other settings.
        for subset in rule.subsets.iter().filter(|s| s.labels.is_empty() && s.policy.is_none()) {
            out.report(
                cluster.site(&rule.meta, subset.name.span),
                format!(
                    "subset `{}` of `{}` has neither labels nor a traffic policy: it is all of the host",
                    subset.name.value, host.value
                ),
            )
            .with_help("give it labels, or route to the host without a subset");
        }
    }
}
