//! TLS and TCP routes of a VirtualService, and what all routes share: sources, destinations, weights.

use super::common;
use super::virtual_service::{gateway_names, is_within, outbound};
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::yaml::Node;

pub(super) fn tls(route: Map<'_>, spec: Map<'_>, bound_to_gateway: bool, out: &mut Problems) {
    if !route.is_set("match") {
        out.at(route.node, "has no `match`, and a TLS route needs one with `sniHosts`");
    }
    for m in route.maps("match") {
        if !m.is_set("sniHosts") {
            out.at(m.node, "has no `sniHosts`, by which TLS is routed");
        }
        m.texts("sniHosts").for_each(|(node, text)| sni(node, text, spec, bound_to_gateway, out));
        subnets(m, out);
        source(m, out);
    }
    if !route.is_set("route") {
        out.at(route.node, "has no `route`: nothing says where connections go");
    }
    destinations(route, out);
}

fn sni(node: Node<'_>, text: &str, spec: Map<'_>, bound_to_gateway: bool, out: &mut Problems) {
    if bound_to_gateway && text.starts_with("outbound_") {
        if !outbound(node, text, out) {
            return;
        }
    } else {
        let is_ip = forms::is_ip(text) && forms::wildcard_host_fault(text).is_some();
        if is_ip || !common::wildcard_host(node, text, out) {
            return;
        }
    }
    let hosts: Vec<_> = spec.texts("hosts").collect();
    let all_known = hosts.len() == spec.items("hosts").count();
    if all_known && !hosts.iter().any(|(_, host)| is_within(text, host)) {
        out.at(node, format!("is {}, which none of the VirtualService's `hosts` covers", quoted(text)));
    }
}

pub(super) fn tcp(route: Map<'_>, out: &mut Problems) {
    for m in route.maps("match") {
        subnets(m, out);
        source(m, out);
    }
    if !route.is_set("route") {
        out.at(route.node, "has no `route`: nothing says where connections go");
    }
    destinations(route, out);
}

fn subnets(m: Map<'_>, out: &mut Problems) {
    for (node, text) in m.texts("destinationSubnets").filter(|(_, t)| !forms::is_ip_or_cidr(t)) {
        out.at(node, format!("is {}, which is neither an IP address nor a CIDR", quoted(text)));
    }
}

/// What a match says of where traffic comes from.
pub(super) fn source(m: Map<'_>, out: &mut Problems) {
    if let Some((node, n)) = m.number("port").filter(|(_, n)| *n != 0.0) {
        common::port_number(node, n, out);
    }
    common::labels(m, "sourceLabels", out);
    gateway_names(m, out);
}

/// A route's destinations and their weights.
pub(super) fn destinations(route: Map<'_>, out: &mut Problems) {
    let (mut count, mut total) = (0, Some(0.0));
    for each in route.maps("route") {
        count += 1;
        match each.map("destination") {
            Some(to) => destination(to, out),
            None if each.has("destination") => {}
            None => out.say(each.node, "has no `destination`"),
        }
        match each.number("weight") {
            Some((node, n)) if n < 0.0 => out.say(node, format!("is {n}, but a weight cannot be less than 0")),
            Some((_, n)) => total = total.map(|t| t + n),
            None if each.has("weight") => total = None,
            None => {}
        }
    }
    if count > 1
        && total == Some(0.0)
        && let Some(node) = route.get("route")
    {
        out.at(node, format!("has {count} destinations whose weights are 0 in all")).help("give each a `weight`");
    }
}

/// A host, its subset and its port.
pub(super) fn destination(to: Map<'_>, out: &mut Problems) {
    match to.text("host") {
        Some((node, "*")) => out.say(node, "is `*`, but a destination is one host"),
        Some((node, text)) => {
            common::wildcard_host(node, text, out);
        }
        None => {}
    }
    if let Some((node, text)) = to.text("subset").filter(|(_, t)| !t.is_empty() && !forms::is_label(t)) {
        out.at(
            node,
            format!("is {}, which no subset can be called: letters, digits and `-`, 63 at most", quoted(text)),
        );
    }
    if let Some(port) = to.map("port") {
        common::required_port(port, "number", out);
    }
}
