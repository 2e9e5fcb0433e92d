//! `gateway-api-outdated`: a kind of the Gateway API is installed in a release that is older than Istio takes.

use super::{Findings, Rule, gateway_crds};
use crate::mesh::{Cluster, Fleet, Version};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-api-outdated.md"), check);

/// The oldest release whose definition of a kind istiod takes (Istio's `MinimumCRDVersions`); with an older one it does
/// not read the kind at all.
const OLDEST: &[(&str, Version)] = &[
    ("GRPCRoute", Version(1, 1, 0)),
    ("BackendTLSPolicy", Version(1, 4, 0)),
    ("TLSRoute", Version(1, 5, 0)),
    ("TCPRoute", Version(1, 6, 0)),
];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for crd in gateway_crds::all(cluster) {
        let Some((_, oldest)) = OLDEST.iter().find(|(kind, _)| *kind == crd.kind) else { continue };
        let Some(said) = crd.meta.annotation("gateway.networking.k8s.io/bundle-version") else { continue };
        let Some(version) = Version::parse(said.value).filter(|v| v < oldest) else { continue };
        let Version(major, minor, patch) = *oldest;
        let message = format!(
            "{} is of Gateway API {}.{}.{}, and Istio reads a {} from {major}.{minor}.{patch} on only",
            crd.meta.title(),
            version.0,
            version.1,
            version.2,
            crd.kind
        );
        out.report(cluster.site(crd.meta, said.span), message)
            .with_help(format!("install Gateway API {major}.{minor} or later, or an Istio that takes this one"));
    }
}
