//! WorkloadEntry, WorkloadGroup, and the endpoints of a ServiceEntry.

use super::{Object, common};
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::Map;
use crate::schema::problem::quoted;

pub(super) fn entry(object: Object<'_, '_>, out: &mut Problems) {
    address(object.spec, true, out);
    ports(object.spec, out);
    common::labels(object.spec, "labels", out);
}

/// An endpoint of a ServiceEntry; `.global` hosts have a rule of their own on names where addresses have to be.
pub(super) fn endpoint(endpoint: Map<'_>, names: bool, global: bool, out: &mut Problems) {
    if names && !global && !endpoint.has("address") && endpoint.is_set("network") {
        out.at(endpoint.node, "has no `address`, which resolution DNS looks up");
    }
    if let Some((node, _)) = endpoint.text("address").filter(|(_, a)| names && a.starts_with("unix://")) {
        out.at(node, "is a socket of the host, which only resolution STATIC can have");
        return;
    }
    address(endpoint, names || global, out);
    ports(endpoint, out);
    common::labels(endpoint, "labels", out);
}

fn address(entry: Map<'_>, names: bool, out: &mut Problems) {
    let Some((node, text)) = entry.text("address") else {
        if !entry.has("address") && !entry.is_set("network") {
            out.at(entry.node, "has no `address`");
        }
        return;
    };
    if text.is_empty() {
        if !entry.is_set("network") {
            out.at(node, "is empty, and nothing else says where the workload is");
        }
    } else if let Some(path) = text.strip_prefix("unix://") {
        common::unix_address(node, path, out);
        if let Some(ports) = entry.get("ports").filter(|_| entry.is_set("ports")) {
            out.at(ports, "is set, but a socket of the host has no ports");
        }
    } else if !forms::is_ip(text) && !forms::is_stand_in(text) {
        if !names {
            out.at(node, format!("is {}, but with resolution STATIC an endpoint is an IP address", quoted(text)))
                .help("set `resolution: DNS`, or write the address");
        } else if forms::host_fault(text).is_some() {
            out.at(node, format!("is {}, which is neither an IP address nor a host name", quoted(text)));
        }
    }
}

fn ports(entry: Map<'_>, out: &mut Problems) {
    for (name, value) in entry.entries("ports") {
        common::port_name(name, &name.key(), out);
        if let Some(n) = value.text().and_then(|t| t.parse::<f64>().ok()) {
            common::port_number(value, n, out);
        }
    }
}

pub(super) fn group(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    if let Some(metadata) = spec.map("metadata") {
        common::labels(metadata, "labels", out);
    }
    let Some(probe) = spec.map("probe") else { return };
    for key in ["periodSeconds", "initialDelaySeconds", "timeoutSeconds", "successThreshold", "failureThreshold"] {
        if let Some((node, n)) = probe.number(key).filter(|(_, n)| *n < 0.0) {
            out.at(node, format!("is {n}, but cannot be less than 0"));
        }
    }
    if let Some(http) = probe.map("httpGet") {
        common::required_port(http, "port", out);
        if let Some((node, scheme)) = http.text("scheme").filter(|(_, s)| !matches!(*s, "" | "HTTP" | "HTTPS")) {
            out.at(node, format!("is {}, but has to be `HTTP` or `HTTPS`", quoted(scheme)));
        }
        for (node, name) in http.maps("httpHeaders").filter_map(|h| h.text("name")) {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                out.at(node, format!("is {}, but the name of a header is letters, digits and `-` here", quoted(name)));
            }
        }
    } else if let Some(tcp) = probe.map("tcpSocket") {
        common::required_port(tcp, "port", out);
    } else if let Some(exec) = probe.map("exec") {
        if !exec.is_set("command") {
            out.at(exec.node, "has no `command`");
        }
    } else if !["httpGet", "tcpSocket", "exec", "grpc"].iter().any(|k| probe.has(k)) {
        out.at(probe.node, "says not how to probe: `httpGet`, `tcpSocket` or `exec`");
    }
}
