//! `envoy-filter-order`: a patch that acts relative to others, in an EnvoyFilter that does not say when it is applied.

use super::{Findings, Rule, envoy_filters};
use crate::mesh::{Cluster, Fleet};
use crate::model::EnvoyPatch;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/envoy-filter-order.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let versioned = envoy_filters::by_version(cluster);
    for meta in envoy_filters::all(cluster) {
        if envoy_filters::has_priority(meta) {
            continue;
        }
        // One cause, which is the priority that is absent: the first patch stands for all.
        let relative = EnvoyPatch::all(meta).filter(EnvoyPatch::is_relative);
        // `envoy-filter-order-by-version` has these.
        let own = relative.filter(|p| envoy_filters::depends_on_version(p, &versioned).is_none());
        let mut relative = own.filter_map(|p| p.operation);
        let Some(first) = relative.next() else { continue };
        let more = super::words::and_more(relative.count(), "patch");
        out.report(
            cluster.site(meta, first.span),
            format!(
                "`{}`{more} of {} depends on what other EnvoyFilters have changed before it, and nothing says which come first",
                first.value,
                meta.title()
            ),
        )
        .with_help("set `spec.priority` (lower ones are applied first), or use `INSERT_FIRST` where that is what is meant");
    }
}
