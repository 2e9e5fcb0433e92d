//! `envoy-filter-remove-ineffective`: an EnvoyFilter removes what cannot be removed: a route configuration, or an HTTP route.

use super::{Findings, Rule, envoy_filters};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/envoy-filter-remove-ineffective.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let help = "change the VirtualService that makes the route; a patch can only merge into what is there";
    envoy_filters::ineffective(cluster, "REMOVE", |t| !matches!(t, "ROUTE_CONFIGURATION" | "HTTP_ROUTE"), help, out);
}
