//! `gateway-api-beta-not-served`: a kind of the Gateway API is installed in alpha versions only.

use super::{Findings, Rule, gateway_crds, words};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-api-beta-not-served.md"), check);

/// The kinds that Istio reads in `v1beta1`, or in the `v1` that came after it.
const KINDS: &[&str] = &["Gateway", "GatewayClass", "HTTPRoute", "ReferenceGrant"];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for crd in gateway_crds::all(cluster).filter(|c| KINDS.contains(&c.kind)) {
        if crd.served.is_empty() || crd.served.iter().any(|v| !v.contains("alpha")) {
            continue;
        }
        let message = format!(
            "{} serves {} only, and Istio reads {} in `v1beta1` or later",
            crd.meta.title(),
            words::list(&crd.served),
            crd.kind
        );
        out.report(cluster.site(crd.meta, crd.versions), message)
            .with_help("install the Gateway API's standard channel of a release that Istio's version asks for");
    }
}
