//! `envoy-filter-order`: a patch that acts relative to others, in an EnvoyFilter that does not say when it is applied.

use super::{Findings, Rule, envoy_filters};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, unknown};
use crate::model::{EnvoyPatch, Meta};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/envoy-filter-order.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for meta in envoy_filters::all(cluster) {
        if has_priority(meta) {
            continue;
        }
        // One cause, which is the priority that is absent: the first patch stands for all.
        let mut relative = EnvoyPatch::all(meta).filter(EnvoyPatch::is_relative).filter_map(|p| p.operation);
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

/// Whether it says when it is applied: 0 is what counts where nothing is said.
fn has_priority(meta: &Meta<'_>) -> bool {
    read::text(meta.spec(), "priority").is_some_and(|p| p.value != "0" || unknown(p.value))
}
