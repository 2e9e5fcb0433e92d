//! What the rules on ambient mode share: which settings take a proxy that reads requests, a waypoint, to apply.

use crate::mesh::Cluster;
use crate::model::read::Text;
use crate::model::{DestinationRule, Host, RouteKind, Service, VirtualService};
use crate::yaml::Node;

/// The first setting of a DestinationRule that is about requests.
pub(super) fn of_destination_rule<'s>(rule: &DestinationRule<'s>) -> Option<Text<'s>> {
    let subsets = rule.subsets.iter().filter_map(|s| s.policy.as_deref());
    let policies = rule.policy.iter().chain(subsets);
    let key = |node: Node<'s>, key: &str| node.entry(key).and_then(|(k, _)| k.spanned());
    let of = |node: Node<'s>| {
        let pool = node.get("connectionPool").and_then(|p| key(p, "http"));
        let hash = || {
            let hash = node.at_path(&["loadBalancer", "consistentHash"])?;
            ["httpHeaderName", "httpCookie", "httpQueryParameterName"].iter().find_map(|k| key(hash, k))
        };
        pool.or_else(|| key(node, "outlierDetection")).or_else(hash)
    };
    let mut nodes = policies.flat_map(|p| std::iter::once(p.node).chain(p.ports.iter().map(|(_, p)| p.node)));
    nodes.find_map(of)
}

/// Whether a VirtualService routes the requests of callers in the mesh.
pub(super) fn is_of_requests(vs: &VirtualService<'_>) -> bool {
    vs.in_mesh() && vs.routes.iter().any(|r| matches!(r.kind, RouteKind::Http | RouteKind::Tls))
}

/// The Service that a host of a namespace means, where that Service is in ambient mode.
pub(super) fn ambient_service<'a, 's>(
    cluster: &'a Cluster<'s>,
    text: &'s str,
    own: &'s str,
) -> Option<&'a Service<'s>> {
    let host = cluster.host(text, own);
    let service = match cluster.service_of(&host) {
        Some(service) => service,
        None => super::host_half_qualified::service_meant(cluster, text)?,
    };
    cluster.is_ambient(service.meta.namespace.value).then_some(service)
}

/// Whether a gateway calls a host, too: what is set for it then applies there.
pub(super) fn is_called_by_gateway<'s>(cluster: &Cluster<'s>, host: Host<'s>) -> bool {
    cluster.uses_of(host).any(|u| u.virtual_service(cluster).gateways.iter().any(|g| g.value != "mesh"))
}

/// Whether a namespace is known to give its Pods sidecars: as callers they read what is set for others themselves.
pub(super) fn has_sidecars(cluster: &Cluster<'_>, namespace: &str) -> bool {
    cluster.injects_into(namespace) == Some(true)
}
