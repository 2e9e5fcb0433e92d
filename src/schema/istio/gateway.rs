//! Gateway: servers, their ports, hosts and TLS.

use super::common::{self, Protocol};
use super::{Object, tls};
use crate::model::read::unknown;
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::schema::seen::Seen;
use crate::yaml::Node;

pub(super) fn check(object: Object<'_, '_>, out: &mut Problems) {
    let name = object.meta.name;
    if !name.value.is_empty()
        && !unknown(name.value)
        && !forms::is_label(name.value)
        && let Some(node) = object.meta.root.at_path(&["metadata", "name"])
    {
        out.at(
            node,
            format!("is {}, but a Gateway's name is letters, digits and `-`, 63 at most: no dots", quoted(name.value)),
        );
    }
    if !object.spec.is_set("servers") {
        out.at(object.spec.node, "has no `servers`");
    }
    let mut names = Seen::new();
    for server in object.spec.maps("servers") {
        self::server(server, out);
        if let Some((node, name)) = server.map("port").and_then(|p| p.text("name")).filter(|(_, n)| !n.is_empty())
            && !names.insert(name)
        {
            out.at(
                node,
                format!("is {}, which the port of another server of this Gateway is called as well", quoted(name)),
            );
        }
    }
}

fn server(server: Map<'_>, out: &mut Problems) {
    if !server.is_set("hosts") {
        out.at(server.node, "has no `hosts`");
    }
    server.texts("hosts").for_each(|(node, text)| host(node, text, out));
    let bind = server.word("bind", "");
    if let Some((node, text)) = server.text("bind") {
        self::bind(node, text, server, out);
    }
    if let Some(settings) = server.map("tls") {
        tls::server(settings, out);
    }
    match server.map("port") {
        Some(port) => self::port(port, bind, server, out),
        None if server.has("port") => {}
        None => out.say(server.node, "has no `port`"),
    }
}

/// `host`, `namespace/host`; `*`, or a name with a dot in it.
fn host(node: Node<'_>, text: &str, out: &mut Problems) {
    let host = match text.split_once('/') {
        None => text,
        Some((namespace, host)) => {
            if namespace != "*" && namespace != "." && !forms::is_label(namespace) && !forms::is_stand_in(namespace) {
                out.at(
                    node,
                    format!("is {}, but what is before the `/` is `.`, `*` or the name of a namespace", quoted(text)),
                );
                return;
            }
            host
        }
    };
    if let Some(fault) = host_fault(host).filter(|_| !forms::is_ip(host)) {
        out.at(node, format!("is {}, {fault}", quoted(text)));
    }
}

/// Why a text is no host of a server or of a Sidecar.
pub(super) fn host_fault(host: &str) -> Option<String> {
    if host.is_empty() {
        return Some("which names no host".into());
    }
    if forms::is_stand_in(host) {
        return None;
    }
    if let Some(fault) = forms::wildcard_host_fault(host) {
        return Some(format!("which {fault}"));
    }
    if host != "*" && !host.contains('.') {
        return Some("which is a short name: hosts are written in full here".into());
    }
    (host.contains('*') && host != "*" && !host.starts_with("*."))
        .then(|| "but `*` can only be the whole first label here".into())
}

fn bind(node: Node<'_>, text: &str, server: Map<'_>, out: &mut Problems) {
    if let Some(path) = text.strip_prefix("unix://") {
        common::unix_address(node, path, out);
        if let Some((number, n)) = server.map("port").and_then(|p| p.number("number")).filter(|(_, n)| *n != 0.0) {
            out.at(number, format!("is {n}, but a server on a socket of the host has the number 0"));
        }
    } else if !text.is_empty() && !forms::is_ip(text) {
        out.at(node, format!("is {}, but has to be an IP address or `unix://` and a path", quoted(text)));
    }
}

fn port(port: Map<'_>, bind: Option<&str>, server: Map<'_>, out: &mut Problems) {
    let on_socket = bind.is_none_or(|b| b.starts_with("unix://"));
    match port.number("number") {
        Some((node, n)) if n > 0.0 || !on_socket => common::port_number(node, n, out),
        None if !port.has("number") && !on_socket => out.say(port.node, "has no `number`"),
        _ => {}
    }
    if let Some((node, _)) = port.number("targetPort").filter(|(_, n)| *n > 0.0) {
        out.at(node, "is set, but a Gateway's port has no target: that is its Service's").help("remove it");
    }
    if !port.is_set("name") {
        out.at(port.node, "has no `name`");
    }
    let Some(name) = port.word("protocol", "") else { return };
    let Some(protocol) = common::protocol(name) else {
        match port.get("protocol") {
            Some(node) => out.say(
                node,
                format!(
                    "is {}, but has to be HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, TLS, TCP, MONGO, REDIS or MYSQL",
                    quoted(name)
                ),
            ),
            None => out.say(port.node, "has no `protocol`"),
        }
        return;
    };
    match (protocol, server.map("tls")) {
        (Protocol::Tls, None) if !server.has("tls") => {
            out.at(server.node, format!("has no `tls`, which a server of protocol {name} needs"))
                .help("add `tls` with a `mode`");
        }
        (Protocol::Http, Some(settings)) => {
            let passes =
                matches!(settings.word("mode", "PASSTHROUGH"), Some("PASSTHROUGH" | "AUTO_PASSTHROUGH") | None);
            let files = ["caCertificates", "privateKey", "serverCertificate"].iter().any(|k| settings.is_set(k));
            if !passes || files {
                out.at(settings.node, format!("is set, but protocol {name} is clear text"))
                    .help("write `protocol: HTTPS`, or keep `httpsRedirect` alone");
            }
        }
        (Protocol::Other, Some(settings)) => {
            out.at(settings.node, format!("is set, but protocol {name} has no TLS"))
                .help("write `protocol: TLS`, or remove it");
        }
        _ => {}
    }
}
