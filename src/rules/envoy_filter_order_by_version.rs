//! `envoy-filter-order-by-version`: a patch acts relative to a filter that another patch puts into some proxies only.

use super::{Findings, Rule, envoy_filters};
use crate::mesh::{Cluster, Fleet};
use crate::model::EnvoyPatch;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/envoy-filter-order-by-version.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let versioned = envoy_filters::by_version(cluster);
    if versioned.is_empty() {
        return;
    }
    for meta in envoy_filters::all(cluster).filter(|m| !envoy_filters::has_priority(m)) {
        for patch in EnvoyPatch::all(meta).filter(EnvoyPatch::is_relative) {
            let (Some(operation), Some((filter, (holder, version)))) =
                (patch.operation, envoy_filters::depends_on_version(&patch, &versioned))
            else {
                continue;
            };
            out.report(
                cluster.site(meta, operation.span),
                format!(
                    "`{}` of {} is for all proxies, and another patch of filter `{}` only for those of version `{}`: which comes first is left to chance",
                    operation.value,
                    meta.title(),
                    filter.value,
                    version.value
                ),
            )
            .with_related(cluster.site(holder, version.span), "these proxies get the filter by both patches")
            .with_help("set `spec.priority` on both, or match the same `proxyVersion` in both");
        }
    }
}
