//! EnvoyFilter: whether what a patch applies to, matches and does go together.

use super::{Object, common};
use crate::schema::Problems;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::schema::regexes;
use crate::yaml::Node;

const HTTP_MANAGERS: [&str; 2] = ["envoy.filters.network.http_connection_manager", "envoy.http_connection_manager"];

pub(super) fn check(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    common::workload_selector(spec, out);
    common::targets(spec, "workloadSelector", out);
    for patch in spec.maps("configPatches") {
        let context = patch.map("match").map_or(Some("ANY"), |m| m.word("context", "ANY"));
        if let Some(waypoint) = patch.map("match").and_then(|m| m.get("waypoint")) {
            if context.is_some_and(|c| c != "WAYPOINT") {
                out.at(waypoint, "is set, but only the context WAYPOINT matches waypoints");
            }
            if let Some((node, n)) = Map::of(waypoint).number("portNumber") {
                common::port_number(node, n, out);
            }
        } else if context == Some("WAYPOINT")
            && let Some(m) = patch.map("match")
        {
            out.at(m.node, "has the context WAYPOINT, and no `waypoint` to match");
        }
        if context.is_some_and(|c| c != "WAYPOINT") {
            config_patch(patch, out);
        }
    }
}

fn config_patch(patch: Map<'_>, out: &mut Problems) {
    let Some(apply_to) = patch.word("applyTo", "INVALID") else { return };
    if apply_to == "INVALID" {
        out.at(patch.node, "does not say what it applies to: `applyTo`");
        return;
    }
    let Some(change) = patch.map("patch") else {
        if !patch.has("patch") {
            out.at(patch.node, "has no `patch`");
        }
        return;
    };
    match change.word("operation", "INVALID") {
        Some("INVALID") => out.say(change.node, "has no `operation`"),
        Some(operation) if operation != "REMOVE" && !change.has("value") => {
            out.at(change.node, format!("has no `value`, which {operation} needs"));
        }
        _ => {}
    }
    if let Some(m) = patch.map("match") {
        matches(m, apply_to, out);
    }
    if let Some(value) = change.get("value") {
        self::value(value, 0, out);
    }
}

fn matches(m: Map<'_>, apply_to: &str, out: &mut Problems) {
    if let Some((node, version)) = m.map("proxy").and_then(|p| p.text("proxyVersion"))
        && version.len() <= 1024
        && let Some(fault) = regexes::fault(version)
    {
        out.at(node, format!("is {}, which {fault}", quoted(version)));
    }
    let fits = match apply_to {
        "LISTENER" | "FILTER_CHAIN" | "NETWORK_FILTER" | "HTTP_FILTER" => "listener",
        "ROUTE_CONFIGURATION" | "VIRTUAL_HOST" | "HTTP_ROUTE" => "routeConfiguration",
        "CLUSTER" => "cluster",
        _ => return,
    };
    for node in ["listener", "routeConfiguration", "cluster"].iter().filter(|k| **k != fits).filter_map(|k| m.get(k)) {
        out.at(node, format!("is set, but a patch of {apply_to} is matched by `{fits}`"));
    }
    let filter = m.map("listener").and_then(|l| l.map("filterChain")).and_then(|c| c.map("filter"));
    if let Some(filter) = filter {
        self::filter(filter, apply_to, out);
    }
}

fn filter(filter: Map<'_>, apply_to: &str, out: &mut Problems) {
    if !filter.is_set("name") {
        out.at(filter.node, "has no `name`");
        return;
    }
    let Some(sub) = filter.map("subFilter") else { return };
    if apply_to != "HTTP_FILTER" {
        out.at(
            sub.node,
            format!("is set, but only patches of HTTP_FILTER are matched by it, and this is one of {apply_to}"),
        );
    } else if let Some((node, name)) = filter.text("name").filter(|(_, n)| !HTTP_MANAGERS.contains(n)) {
        out.at(node, format!("is {}, but filters of HTTP are in `{}` alone", quoted(name), HTTP_MANAGERS[0]));
    } else if !sub.is_set("name") {
        out.at(sub.node, "has no `name`");
    }
}

/// Types of Envoy's second API, which no version of Istio since 1.8 knows; and what is surely no name.
fn value(node: Node<'_>, depth: u8, out: &mut Problems) {
    if depth > 50 {
        return;
    }
    if depth == 0
        && let Some(name) =
            node.get("name").filter(|n| n.text().is_none() || matches!(n.value(), Some(crate::yaml::Scalar::Bool(_))))
    {
        out.at(name, "is no text, which a name in Envoy's configuration is");
    }
    for (key, field) in node.own_entries() {
        if key.text() == Some("@type")
            && let Some(kind) = field.text().filter(|t| is_second_api(t))
        {
            out.at(field, format!("is {}, which is of Envoy's API v2, and Istio knows v3 only", quoted(kind)))
                .help("write the type of `envoy.extensions.…v3`");
        }
        value(field, depth + 1, out);
    }
    node.items().for_each(|i| value(i, depth + 1, out));
}

fn is_second_api(kind: &str) -> bool {
    let name = kind.strip_prefix("type.googleapis.com/").unwrap_or(kind);
    name.starts_with("envoy.") && (name.contains(".v2.") || name.contains(".v2alpha."))
}
