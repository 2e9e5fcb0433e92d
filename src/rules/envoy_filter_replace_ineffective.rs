//! `envoy-filter-replace-ineffective`: an EnvoyFilter replaces what cannot be replaced.

use super::{Findings, Rule, envoy_filters};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule =
    Rule::per_cluster(include_str!("../../rules/envoy-filter-replace-ineffective.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let help = "use `MERGE`; `REPLACE` works on NETWORK_FILTER, HTTP_FILTER and VIRTUAL_HOST";
    envoy_filters::ineffective(
        cluster,
        "REPLACE",
        |t| matches!(t, "NETWORK_FILTER" | "HTTP_FILTER" | "VIRTUAL_HOST"),
        help,
        out,
    );
}
