//! `gateway-api-stable-not-served`: a kind of the Gateway API is installed without its stable version.

use super::{Findings, Rule, gateway_crds, words};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-api-stable-not-served.md"), check);

/// The kinds that Istio is going to read in `v1` only.
const KINDS: &[&str] = &["Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute"];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for crd in gateway_crds::all(cluster).filter(|c| KINDS.contains(&c.kind)) {
        // Alpha alone is another rule's, where Istio reads none of it already.
        let alpha_only = crd.kind != "GRPCRoute" && crd.served.iter().all(|v| v.contains("alpha"));
        if crd.served.is_empty() || crd.served.contains(&"v1") || alpha_only {
            continue;
        }
        let message = format!(
            "{} serves {} and not `v1`, which later versions of Istio read {} in",
            crd.meta.title(),
            words::list(&crd.served),
            crd.kind
        );
        out.report(cluster.site(crd.meta, crd.versions), message).with_help("install Gateway API 1.1 or later");
    }
}
