//! VirtualService: hosts, gateways, and which kinds of routes go together.

use super::{Object, common, http_route, l4_route};
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::{Map, known};
use crate::schema::problem::quoted;
use crate::yaml::Node;

/// Where a VirtualService applies.
#[derive(Clone, Copy)]
struct Scope {
    /// To sidecars; also where it cannot be known.
    mesh: bool,
    /// To gateways alone; also where it cannot be known.
    gateways: bool,
}

pub(super) fn check(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    let delegate = !spec.is_set("hosts");
    if delegate {
        for key in ["gateways", "tls", "tcp"].into_iter().filter(|k| spec.is_set(k)) {
            if let Some(node) = spec.get(key) {
                out.at(node, "is set, but a VirtualService without `hosts` is one that others delegate to: it has HTTP routes only");
            }
        }
    }
    gateway_names(spec, out);
    let scope = scope(spec);
    if scope.mesh && !scope.gateways {
        claims(spec, out);
    }
    hosts(spec, scope, out);
    if !["http", "tcp", "tls"].iter().any(|k| spec.is_set(k)) {
        out.at(spec.node, "has no route: `http`, `tcp` or `tls`");
    }
    spec.maps("http").for_each(|route| http_route::check(route, delegate, out));
    let bound = !scope.mesh;
    spec.maps("tls").for_each(|route| l4_route::tls(route, spec, bound, out));
    spec.maps("tcp").for_each(|route| l4_route::tcp(route, out));
    common::export_to(object, false, false, out);
}

fn scope(spec: Map<'_>) -> Scope {
    if !spec.is_set("gateways") {
        return Scope { mesh: true, gateways: false };
    }
    if spec.items("gateways").any(|g| known(g).is_none()) {
        return Scope { mesh: false, gateways: false };
    }
    let mesh = spec.texts("gateways").any(|(_, g)| g == "mesh");
    Scope { mesh, gateways: !mesh }
}

/// `namespace/name`, or `name`.
pub(super) fn gateway_names(map: Map<'_>, out: &mut Problems) {
    for (node, text) in map.texts("gateways") {
        let Some((namespace, name)) = text.split_once('/') else {
            common::host(node, text, out);
            continue;
        };
        // `.` stands for the object's own namespace in some documents, and is no name.
        let part = [("namespace", namespace), ("gateway", name)].into_iter().find(|(_, p)| !forms::is_label(p));
        if let Some((what, part)) = part {
            out.at(
                node,
                format!(
                    "is {}, but {} is no name of a {what}: a gateway is named `namespace/name`",
                    quoted(text),
                    quoted(part)
                ),
            );
        }
    }
}

/// Routes by a token's claims are a gateway's.
fn claims(spec: Map<'_>, out: &mut Problems) {
    let matches = spec.maps("http").flat_map(|r| r.maps("match"));
    for (key, _) in matches.flat_map(|m| [m.entries("headers"), m.entries("withoutHeaders")].concat()) {
        if is_claim(&key.key()) {
            out.at(
                key,
                "routes by a claim of a token, which only a gateway can, and this VirtualService applies to the mesh",
            );
        }
    }
}

/// `@request.auth.claims.x`, `@request.auth.claims[x]`
pub(super) fn is_claim(header: &str) -> bool {
    let lower = header.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("@request.auth.claims") else { return false };
    (rest.starts_with('.') && rest.len() > 1) || (rest.starts_with('[') && rest.ends_with(']'))
}

fn hosts(spec: Map<'_>, scope: Scope, out: &mut Problems) {
    let sni = spec.maps("tls").flat_map(|t| t.maps("match")).any(|m| m.is_set("sniHosts"));
    let mut valid = true;
    for (node, text) in spec.texts("hosts") {
        if scope.gateways && sni && text.starts_with("outbound_") {
            valid &= outbound(node, text, out);
        } else if forms::wildcard_host_fault(text).is_some() && forms::is_ip(text) {
            // An address is as good as a name here.
        } else if !common::wildcard_host(node, text, out) {
            valid = false;
        } else if scope.mesh && !scope.gateways && text == "*" {
            out.at(node, "is `*`, but a VirtualService for the mesh has to name its hosts");
            valid = false;
        }
    }
    if valid {
        repeated(spec, out);
    }
}

/// `outbound_.80_._.reviews.default.svc.cluster.local`: the name that a gateway with AUTO_PASSTHROUGH reads.
pub(super) fn outbound(node: Node<'_>, text: &str, out: &mut Problems) -> bool {
    let parts: Vec<&str> = text.split('_').collect();
    let port = parts.get(1).map_or("", |p| p.trim_matches('.'));
    let host = parts.get(3).map_or("", |h| h.trim_matches('.'));
    let good = port.contains(|c: char| c.is_ascii_digit()) && host.contains(|c: char| c.is_ascii_alphabetic());
    if !good {
        out.at(node, format!("is {}, but has to be `outbound_.<port>_._.<host>`", quoted(text)));
    }
    good
}

/// Two hosts of which one covers the other. Quadratic in the hosts of one object, so the first hundred are enough.
fn repeated(spec: Map<'_>, out: &mut Problems) {
    let hosts: Vec<_> = spec.texts("hosts").take(100).collect();
    for (i, (node, host)) in hosts.iter().enumerate() {
        if let Some((_, before)) = hosts[..i].iter().find(|(_, before)| overlap(before, host)) {
            let says = if before == host {
                "stands here twice".to_string()
            } else {
                format!("is `{host}`, and `{before}` has some of the same hosts")
            };
            out.at(*node, says).help("keep one of them, or give each a VirtualService of its own");
        }
    }
}

fn overlap(a: &str, b: &str) -> bool {
    match (a.strip_prefix('*'), b.strip_prefix('*')) {
        (Some(a), Some(b)) => a.ends_with(b) || b.ends_with(a),
        (Some(a), None) => b.ends_with(a),
        (None, Some(b)) => a.ends_with(b),
        (None, None) => a == b,
    }
}

/// Whether every host that `name` covers is one of `pattern`.
pub(super) fn is_within(name: &str, pattern: &str) -> bool {
    match (name.strip_prefix('*'), pattern.strip_prefix('*')) {
        (Some(n), Some(p)) => n.len() >= p.len() && n.ends_with(p),
        (Some(_), None) => false,
        (None, Some(p)) => name.ends_with(p),
        (None, None) => name == pattern,
    }
}
