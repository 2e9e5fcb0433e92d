//! Sidecar: listeners in and out, and what they expose.

use super::common::{self, Protocol};
use super::{Object, destination_rule, gateway, l4_route, tls};
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::schema::seen::Seen;
use crate::yaml::Node;

pub(super) fn check(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    common::workload_selector(spec, out);
    let says = spec.is_set("egress")
        || spec.is_set("ingress")
        || spec.has("outboundTrafficPolicy")
        || spec.has("inboundConnectionPool");
    if !says {
        out.at(
            spec.node,
            "says nothing: it needs `egress`, `ingress`, `outboundTrafficPolicy` or `inboundConnectionPool`",
        );
    }
    let mut ports = Seen::new();
    for listener in spec.maps("ingress") {
        ingress(listener, out);
        unique(listener, &mut ports, out);
    }
    if let Some(pool) = spec.map("inboundConnectionPool") {
        destination_rule::connection_pool(pool, out);
    }
    egress(spec, out);
    if let Some(policy) = spec.map("outboundTrafficPolicy") {
        outbound(policy, out);
    }
}

/// No two listeners have one port.
fn unique(listener: Map<'_>, seen: &mut Seen<i64>, out: &mut Problems) {
    let Some((node, n)) = listener.map("port").and_then(|p| p.number("number")).filter(|(_, n)| *n != 0.0) else {
        return;
    };
    if !seen.insert(n as i64) {
        out.at(node, format!("is {n}, which another listener of this Sidecar has as well"));
    }
}

/// Name, protocol, number and address of a listener's port.
fn port(port: Map<'_>, listener: Map<'_>, socket: bool, out: &mut Problems) {
    if let Some((node, name)) = port.text("name").filter(|(_, n)| !n.is_empty()) {
        common::port_name(node, name, out);
    }
    if let Some((node, name)) = port.text("protocol").filter(|(_, p)| !p.is_empty() && common::protocol(p).is_none()) {
        out.at(
            node,
            format!("is {}, but has to be HTTP, HTTPS, HTTP2, GRPC, TLS, TCP, MONGO, REDIS or MYSQL", quoted(name)),
        );
    }
    if let Some((node, _)) = port.number("targetPort").filter(|(_, n)| *n > 0.0) {
        out.at(node, "is set, but a Sidecar's port has no target").help("remove it");
    }
    if socket {
        return;
    }
    common::required_port(port, "number", out);
    if let Some((node, bind)) = listener.text("bind").filter(|(_, b)| !b.is_empty() && !forms::is_ip(b)) {
        out.at(node, format!("is {}, which is no IP address", quoted(bind)));
    }
}

fn ingress(listener: Map<'_>, out: &mut Problems) {
    let Some(port) = listener.map("port") else {
        if !listener.has("port") {
            out.at(listener.node, "has no `port`");
        }
        return;
    };
    self::port(port, listener, false, out);
    if let Some((node, text)) = listener.text("defaultEndpoint").filter(|(_, t)| !t.is_empty()) {
        endpoint(node, text, out);
    }
    if let Some(pool) = listener.map("connectionPool") {
        destination_rule::connection_pool(pool, out);
    }
    let Some(settings) = listener.map("tls") else { return };
    for key in ["subjectAltNames", "httpsRedirect", "credentialName", "credentialNames", "tlsCertificates"] {
        let set = if key == "httpsRedirect" { settings.is_true(key) } else { settings.is_set(key) };
        if let Some(node) = settings.get(key).filter(|_| set) {
            out.at(node, "is set, but a Sidecar's listener cannot have it")
                .help("use `serverCertificate`, `privateKey` and `caCertificates`");
        }
    }
    if let Some((node, mode)) = settings.text("mode").filter(|(_, m)| matches!(*m, "ISTIO_MUTUAL" | "AUTO_PASSTHROUGH"))
    {
        out.at(node, format!("is {mode}, which a Sidecar's listener cannot have"));
    }
    if port.word("protocol", "").is_some_and(|p| common::protocol(p) != Some(Protocol::Tls)) {
        out.at(settings.node, "is set, but the port's protocol is not HTTPS or TLS");
    }
    tls::server(settings, out);
}

/// Where a listener hands on what it gets: `127.0.0.1:port`, `[::1]:port`, `0.0.0.0:port`, `[::]:port`, `:port`, or a socket.
fn endpoint(node: Node<'_>, text: &str, out: &mut Problems) {
    if let Some(path) = text.strip_prefix("unix://") {
        common::unix_address(node, path, out);
        return;
    }
    let good = text.rsplit_once(':').is_some_and(|(host, port)| {
        let port = port.parse::<u32>().is_ok_and(|n| (1..=65535).contains(&n));
        port && matches!(host, "" | "127.0.0.1" | "0.0.0.0" | "[::1]" | "[::]")
    });
    if !good {
        out.at(node, format!("is {}, but has to be `127.0.0.1:<port>`, `[::1]:<port>`, `0.0.0.0:<port>`, `[::]:<port>` or `unix://<path>`", quoted(text)));
    }
}

fn egress(spec: Map<'_>, out: &mut Problems) {
    let all: Vec<Map<'_>> = spec.maps("egress").collect();
    let mut ports = Seen::new();
    let mut sockets = Seen::new();
    for (i, listener) in all.iter().enumerate() {
        match listener.map("port") {
            Some(port) => {
                on_port(port, *listener, out);
                unique(*listener, &mut ports, out);
                let bind = listener.text("bind").filter(|(_, b)| b.starts_with("unix://"));
                if let Some((node, bind)) = bind.filter(|(_, b)| !sockets.insert(*b)) {
                    out.at(node, format!("is {}, which another listener of this Sidecar has as well", quoted(bind)));
                }
            }
            None if !listener.has("port") && i + 1 < all.len() => {
                out.at(listener.node, "is for all ports, as it names none, but is not the last of the list");
            }
            None => {}
        }
        if !listener.is_set("hosts") {
            out.at(listener.node, "has no `hosts`");
        }
        listener.texts("hosts").for_each(|(node, text)| host(node, text, out));
    }
}

fn on_port(port: Map<'_>, listener: Map<'_>, out: &mut Problems) {
    let zero = port.number("number").map_or(!port.has("number"), |(_, n)| n == 0.0);
    self::port(port, listener, zero, out);
    if !zero {
        return;
    }
    match listener.text("bind") {
        Some((node, bind)) => match bind.strip_prefix("unix://") {
            Some(path) => common::unix_address(node, path, out),
            None => out.say(node, "is no socket of the host, but the port's number is 0"),
        },
        None if listener.has("bind") => {}
        None => out.say(port.node, "has no number, and `bind` names no socket of the host (`unix://`)"),
    }
    if let Some((node, mode)) = listener.text("captureMode").filter(|(_, m)| !matches!(*m, "DEFAULT" | "NONE")) {
        out.at(node, format!("is {mode}, but traffic to a socket of the host is not captured"));
    }
}

/// `namespace/host`
fn host(node: Node<'_>, text: &str, out: &mut Problems) {
    let Some((namespace, host)) = text.split_once('/') else {
        out.at(node, format!("is {}, but has to be `namespace/host`", quoted(text)))
            .help(format!("write `./{text}` for a host of its own namespace, `*/{text}` for one of any"));
        return;
    };
    let name = namespace.strip_prefix('~').unwrap_or(namespace);
    if namespace.is_empty() || !(matches!(name, "" | "*" | ".") || forms::is_label(name) || forms::is_stand_in(name)) {
        out.at(
            node,
            format!("is {}, but what is before the `/` is `.`, `*`, `~` or the name of a namespace", quoted(text)),
        );
    } else if let Some(fault) = gateway::host_fault(host) {
        out.at(node, format!("is {}, {fault}", quoted(text)));
    }
}

fn outbound(policy: Map<'_>, out: &mut Problems) {
    let Some(proxy) = policy.map("egressProxy") else { return };
    if policy.word("mode", "REGISTRY_ONLY").is_some_and(|m| m != "ALLOW_ANY") {
        out.at(proxy.node, "is set, but only mode ALLOW_ANY sends unknown traffic anywhere");
        return;
    }
    if let Some((node, host)) = proxy.text("host") {
        common::host(node, host, out);
    }
    if !proxy.has("port") {
        out.at(proxy.node, "has no `port`");
        return;
    }
    l4_route::destination(proxy, out);
}
