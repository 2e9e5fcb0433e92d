//! The conditions that Istio's webhook enforces beyond the schemas of its kinds: a file for each kind, and `common.rs`
//! for what several of them have.
//!
//! Source: `pkg/config/validation` of Istio and, for what it leaves to the API server, the CEL rules of its CRDs. What it
//! only warns of is not here.

mod authorization_policy;
mod common;
mod destination_rule;
mod envoy_filter;
mod extensions;
mod gateway;
mod headers;
mod http_actions;
mod http_route;
mod l4_route;
mod load_balancer;
mod request_authentication;
mod service_entry;
mod sidecar;
mod telemetry;
mod tls;
mod virtual_service;
mod workload;

#[cfg(test)]
mod tests;

use super::Problems;
use super::map::Map;
use crate::model::Meta;

/// An object and its `spec`.
#[derive(Clone, Copy)]
struct Object<'a, 's> {
    meta: &'a Meta<'s>,
    /// Where the object has none, all of its fields are absent.
    spec: Map<'s>,
}

/// Checks an object of Istio; others are left alone.
pub(super) fn check(meta: &Meta<'_>, out: &mut Problems) {
    let group = meta.group();
    let Some(group) = group.strip_suffix(".istio.io") else { return };
    let spec = meta.root.get("spec").map_or_else(|| Map::of(meta.root).absent(), Map::of);
    let object = Object { meta, spec };
    match (group, meta.kind.value) {
        ("networking", "VirtualService") => virtual_service::check(object, out),
        ("networking", "DestinationRule") => destination_rule::check(object, out),
        ("networking", "Gateway") => gateway::check(object, out),
        ("networking", "ServiceEntry") => service_entry::check(object, out),
        ("networking", "Sidecar") => sidecar::check(object, out),
        ("networking", "WorkloadEntry") => workload::entry(object, out),
        ("networking", "WorkloadGroup") => workload::group(object, out),
        ("networking", "EnvoyFilter") => envoy_filter::check(object, out),
        ("networking", "ProxyConfig") => common::selector(spec, out),
        ("security", "AuthorizationPolicy") => authorization_policy::check(object, out),
        ("security", "RequestAuthentication") => request_authentication::check(object, out),
        ("security", "PeerAuthentication") => common::peer_authentication(spec, out),
        ("telemetry", "Telemetry") => telemetry::check(object, out),
        ("extensions", "WasmPlugin") => extensions::wasm_plugin(object, out),
        ("extensions", "TrafficExtension") => extensions::traffic_extension(object, out),
        _ => return,
    }
    common::annotations(object, out);
}
