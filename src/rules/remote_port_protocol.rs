//! A `.global` ServiceEntry's port has another protocol than the Service's port of that number in the target cluster.

use rustc_hash::FxHashSet;

use super::{Findings, Rule};
use crate::mesh::{Fleet, Origin};
use crate::model::ServicePort;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/remote-port-protocol.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for crossing in fleet.crossings.iter().filter(|c| matches!(c.origin, Origin::Entry)) {
        let (from, to) = (fleet.cluster(crossing.from), fleet.cluster(crossing.to));
        let (Some(link), Some(number)) = (crossing.link.map(|i| fleet.link(i)), crossing.port) else { continue };
        let Some(service) = to.service_of(&crossing.service) else { continue };
        // One number can stand for TCP and UDP.
        let ports = || service.ports.iter().filter(|p| p.port() == Some(number));
        let Some(there) = ports().next() else { continue };
        let entry = link.entry(from);
        let Some(here) = entry.ports.iter().find(|p| p.port() == Some(number)) else { continue };
        let (Some(a), Some(b)) = (entry_family(here), service_family(there)) else { continue };
        let site = from.site(&entry.meta, here.protocol.map_or(here.span, |p| p.span));
        if ports().any(|p| service_family(p).is_none_or(|f| f == a)) || !seen.insert((site.place, crossing.to)) {
            continue;
        }
        let at = there.app_protocol.or(there.name).map_or(there.span, |t| t.span);
        let by = if there.app_protocol.is_some() { "appProtocol" } else { "name" };
        out.report(
            site,
            format!(
                "port {number} of `{}` is {a} in {}, and {b} in {}, where Service {} has it",
                link.host.value, from.name, to.name, crossing.service
            ),
        )
        .with_related(to.site(&service.meta, at), format!("{b}, by its {by}"))
        .with_help(format!("write `protocol: {b}` here, or correct the port's {by} in {}", to.name));
    }
}

/// Protocols that break each other when they are mixed up; `None` where it is detected, or unknown.
fn family(protocol: &str) -> Option<&'static str> {
    Some(match protocol.to_ascii_lowercase().as_str() {
        "http" | "http2" | "grpc" | "grpc-web" | "http_proxy" | "kubernetes.io/h2c" | "kubernetes.io/ws" => "HTTP",
        "tcp" | "mongo" | "redis" | "mysql" => "TCP",
        "tls" | "https" | "kubernetes.io/wss" => "TLS",
        "udp" => "UDP",
        _ => return None,
    })
}

fn entry_family(port: &ServicePort<'_>) -> Option<&'static str> {
    family(port.protocol?.value)
}

/// By `appProtocol`, else by the port's name up to the first `-` (Istio, "Protocol selection").
fn service_family(port: &ServicePort<'_>) -> Option<&'static str> {
    if port.protocol.is_some_and(|p| p.value.eq_ignore_ascii_case("UDP")) {
        return Some("UDP");
    }
    if let Some(app) = port.app_protocol {
        return family(app.value);
    }
    let name = port.name?.value;
    if name == "grpc-web" || name.starts_with("grpc-web-") {
        return family("grpc-web");
    }
    family(name.split('-').next().unwrap_or(name))
}
