//! `envoy-filter-add-ineffective`: an EnvoyFilter adds what cannot be added: a route configuration, or an HTTP route.

use super::{Findings, Rule, envoy_filters};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/envoy-filter-add-ineffective.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let help =
        "merge into the one that is there with `operation: MERGE`; a route of its own belongs to a VirtualService";
    envoy_filters::ineffective(cluster, "ADD", |t| !matches!(t, "ROUTE_CONFIGURATION" | "HTTP_ROUTE"), help, out);
}
