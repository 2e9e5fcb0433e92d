//! ServiceEntry: hosts, addresses, ports, and what goes with which resolution.

use super::common::{self, Protocol};
use super::{Object, workload};
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::schema::seen::Seen;

/// `.global` hosts have rules of their own on resolutions and endpoints.
const GLOBAL: &str = ".global";

pub(super) fn check(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    common::workload_selector(spec, out);
    if let Some(node) = spec.get("endpoints").filter(|_| spec.has("workloadSelector")) {
        out.at(node, "stands beside `workloadSelector`, and only one of them can say where the host is");
    }
    if !spec.is_set("hosts") && spec.has("hosts") {
        out.at(spec.node, "has no host");
    }
    for (node, host) in spec.texts("hosts") {
        if host == "*" {
            out.at(node, "is `*`, but a ServiceEntry has to name its hosts");
        } else {
            common::wildcard_host(node, host, out);
        }
    }
    let resolution = spec.word("resolution", "NONE");
    ports(spec, out);
    if let Some(resolution) = resolution {
        addresses(spec, resolution, out);
        self::resolution(object, resolution, out);
    }
    common::export_to(object, true, false, out);
}

fn addresses(spec: Map<'_>, resolution: &str, out: &mut Problems) {
    if matches!(resolution, "NONE" | "STATIC") {
        return;
    }
    for (node, text) in spec.texts("addresses").filter(|(_, t)| t.contains('/') && forms::is_ip_or_cidr(t)) {
        out.at(node, format!("is `{text}`, but with resolution {resolution} an address is one IP"))
            .help("a range needs resolution NONE or STATIC");
    }
}

fn ports(spec: Map<'_>, out: &mut Problems) {
    let (mut names, mut numbers) = (Seen::new(), Seen::new());
    for port in spec.maps("ports") {
        if let Some((node, name)) = port.text("name") {
            if !names.insert(name) {
                out.at(node, format!("is {}, which another port is called as well", quoted(name)));
            }
            common::port_name(node, name, out);
        }
        if let Some((node, n)) = port.number("number") {
            common::port_number(node, n, out);
            if !numbers.insert(n as i64) {
                out.at(node, format!("is {n}, which another port has as well"));
            }
        }
        if let Some((node, n)) = port.number("targetPort").filter(|(_, n)| *n != 0.0) {
            common::port_number(node, n, out);
        }
        if let Some((node, name)) =
            port.text("protocol").filter(|(_, p)| !p.is_empty() && common::protocol(p).is_none())
        {
            out.at(
                node,
                format!(
                    "is {}, but has to be HTTP, HTTPS, HTTP2, GRPC, TLS, TCP, UDP, MONGO, REDIS or MYSQL",
                    quoted(name)
                ),
            );
        }
    }
}

fn resolution(object: Object<'_, '_>, resolution: &str, out: &mut Problems) {
    let spec = object.spec;
    let endpoints: Vec<Map<'_>> = spec.maps("endpoints").collect();
    let global = spec.texts("hosts").any(|(_, h)| h.ends_with(GLOBAL));
    match resolution {
        "NONE" => {
            if let Some(node) = spec.get("endpoints").filter(|_| !endpoints.is_empty() && !global) {
                out.at(node, "is set, but with resolution NONE traffic goes to the address that the client dialled")
                    .help("set `resolution: STATIC`, or DNS where endpoints are names");
            }
        }
        "STATIC" => {
            endpoints.iter().for_each(|e| workload::endpoint(*e, false, global, out));
            sockets(spec, &endpoints, out);
        }
        "DNS" | "DNS_ROUND_ROBIN" => {
            if endpoints.is_empty()
                && !global
                && let Some((node, host)) =
                    spec.texts("hosts").find(|(_, h)| h.starts_with('*') && forms::host_fault(h).is_some())
            {
                out.at(node, format!("is `{host}`, which nobody can look up, and there are no endpoints"))
                    .help("name `endpoints`, or set `resolution: DYNAMIC_DNS` or NONE");
            }
            if resolution == "DNS_ROUND_ROBIN"
                && endpoints.len() > 1
                && let Some(node) = spec.get("endpoints")
            {
                out.at(
                    node,
                    format!("has {} items, but with resolution DNS_ROUND_ROBIN there can be one", endpoints.len()),
                );
            }
            endpoints.iter().for_each(|e| workload::endpoint(*e, true, global, out));
        }
        "DYNAMIC_DNS" => dynamic(object, out),
        _ => {}
    }
    if resolution != "NONE" && spec.items("hosts").count() > 1 {
        let other = |p: &Map<'_>| {
            p.word("protocol", "").is_some_and(|n| common::protocol(n).is_none_or(|p| p == Protocol::Other))
        };
        if let Some(port) = spec.maps("ports").find(other) {
            out.at(port.node, "is of bytes, by which the several hosts of this ServiceEntry cannot be told apart")
                .help("give each host a ServiceEntry of its own, or the port the protocol HTTP or TLS");
        }
    }
}

/// A socket of the host is one port.
fn sockets(spec: Map<'_>, endpoints: &[Map<'_>], out: &mut Problems) {
    let ports = spec.items("ports").count();
    let socket = endpoints.iter().filter_map(|e| e.text("address")).find(|(_, a)| a.starts_with("unix://"));
    if let Some((node, _)) = socket.filter(|_| ports != 1) {
        out.at(node, format!("is a socket of the host, which is one port, but the ServiceEntry has {ports}"));
    }
}

/// Hosts that proxies look up when they are called.
fn dynamic(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    for (node, host) in spec.texts("hosts").filter(|(_, h)| !h.starts_with('*')) {
        out.at(node, format!("is `{host}`, but resolution DYNAMIC_DNS is for wildcards"));
    }
    for key in ["addresses", "endpoints"].into_iter().filter(|k| spec.is_set(k)) {
        if let Some(node) = spec.get(key) {
            out.at(node, "is set, but with resolution DYNAMIC_DNS the host's name says where it is");
        }
    }
    for port in spec.maps("ports") {
        let Some(name) = port.word("protocol", "") else { continue };
        if !["HTTP", "TLS", "GRPC", "HTTP2"].iter().any(|p| p.eq_ignore_ascii_case(name)) {
            let node = port.get("protocol").unwrap_or(port.node);
            out.at(node, "has to be HTTP, HTTP2, GRPC or TLS with resolution DYNAMIC_DNS");
        }
    }
    let waypoint = object
        .meta
        .label("istio.io/use-waypoint")
        .is_some_and(|l| !l.value.is_empty() && !l.value.eq_ignore_ascii_case("none"));
    if waypoint
        && spec.word("location", "MESH_EXTERNAL") == Some("MESH_INTERNAL")
        && let Some(node) = spec.get("location")
    {
        out.at(node, "is MESH_INTERNAL, which resolution DYNAMIC_DNS cannot have behind a waypoint");
    }
}
