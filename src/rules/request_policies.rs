//! What the rules on policies about requests share.

use crate::mesh::Cluster;
use crate::model::Policy;

/// The AuthorizationPolicies of a cluster.
pub(super) fn authorization<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = Policy<'a, 's>> + use<'a, 's> {
    cluster.others("security.istio.io", "AuthorizationPolicy").map(Policy::read)
}

/// The policies of a cluster that a proxy which reads requests has to apply.
pub(super) fn of_requests<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = Policy<'a, 's>> + use<'a, 's> {
    let others = [
        ("security.istio.io", "RequestAuthentication"),
        ("extensions.istio.io", "WasmPlugin"),
        ("telemetry.istio.io", "Telemetry"),
    ];
    let others = others.into_iter().flat_map(|(group, kind)| cluster.others(group, kind)).map(Policy::read);
    authorization(cluster).chain(others)
}

/// Whether a value of a policy stands for a text: `*` all, `prefix*`, `*suffix`, else that very text.
pub(super) fn stands_for(value: &str, text: &str) -> bool {
    match (value.strip_suffix('*'), value.strip_prefix('*')) {
        (Some(prefix), _) => text.starts_with(prefix),
        (None, Some(suffix)) => text.ends_with(suffix),
        (None, None) => value == text,
    }
}
