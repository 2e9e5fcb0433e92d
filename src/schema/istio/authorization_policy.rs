//! AuthorizationPolicy: actions, sources, operations and conditions.

use super::{Object, common};
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::yaml::Node;

/// What a source can be told by.
const SOURCE: [&str; 14] = [
    "principals",
    "notPrincipals",
    "requestPrincipals",
    "notRequestPrincipals",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "trustDomains",
    "notTrustDomains",
    "ipBlocks",
    "notIpBlocks",
    "remoteIpBlocks",
    "notRemoteIpBlocks",
];
/// What an operation can be told by.
const OPERATION: [&str; 8] = ["hosts", "notHosts", "ports", "notPorts", "methods", "notMethods", "paths", "notPaths"];

pub(super) fn check(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    common::targets(spec, "selector", out);
    common::selector(spec, out);
    let action = spec.word("action", "ALLOW");
    if let Some(action) = action {
        self::action(spec, action, out);
    }
    for rule in spec.maps("rules") {
        for (key, part) in [("from", "source"), ("to", "operation")] {
            if let Some(node) = rule.get(key).filter(|n| n.is_sequence() && n.items().next().is_none()) {
                out.at(node, "is an empty list, which matches nothing").help("remove it to match everything");
            }
            for each in rule.maps(key).filter(|e| !e.has(part)) {
                out.at(each.node, format!("has no `{part}`"));
            }
        }
        rule.maps("from").filter_map(|f| f.map("source")).for_each(|s| source(s, out));
        rule.maps("to").filter_map(|t| t.map("operation")).for_each(|o| operation(o, out));
        rule.maps("when").for_each(|w| condition(w, out));
    }
}

fn action(spec: Map<'_>, action: &str, out: &mut Problems) {
    if matches!(action, "CUSTOM" | "DENY") && !spec.has("rules") {
        out.at(spec.node, format!("has no `rules`, so that its action {action} is never taken"))
            .help("write `rules: [{}]` where it is for every request");
    }
    if action != "CUSTOM" {
        if let Some(node) = spec.get("provider") {
            out.at(node, format!("is set, but only the action CUSTOM asks a provider, and this one is {action}"));
        }
        return;
    }
    if spec.has("rules") && !spec.map("provider").is_some_and(|p| p.is_set("name")) {
        out.at(spec.get("provider").unwrap_or(spec.node), "does not name the provider that decides: `provider.name`");
    }
    for rule in spec.maps("rules") {
        for from in rule.maps("from").filter_map(|f| f.map("source")) {
            for node in SOURCE[..10].iter().filter(|k| from.is_set(k)).filter_map(|k| from.get(k)) {
                out.at(node, "is set, but the action CUSTOM is decided before it is known who calls")
                    .help("use `ipBlocks` or `remoteIpBlocks`");
            }
        }
        for (node, key) in rule.maps("when").filter_map(|w| w.text("key")) {
            let early =
                matches!(key, "source.namespace" | "source.serviceAccount" | "source.trustDomain" | "source.principal");
            if early || key.starts_with("request.auth.") {
                out.at(node, format!("is `{key}`, but the action CUSTOM is decided before it is known who calls"));
            }
        }
    }
}

fn source(source: Map<'_>, out: &mut Problems) {
    if !SOURCE.iter().any(|k| source.is_set(k)) {
        out.at(source.node, "is empty, and would match nothing").help("remove `from` to match every caller");
    }
    let by_account = ["serviceAccounts", "notServiceAccounts"].iter().any(|k| source.has(k));
    if by_account {
        for node in ["principals", "notPrincipals", "namespaces", "notNamespaces"].iter().filter_map(|k| source.get(k))
        {
            out.at(node, "stands beside service accounts, which say the namespace and the principal already");
        }
    }
    for key in SOURCE {
        for (node, text) in source.texts(key) {
            match key {
                _ if text.is_empty() => empty(node, out),
                "ipBlocks" | "notIpBlocks" | "remoteIpBlocks" | "notRemoteIpBlocks" => ip(node, text, out),
                "serviceAccounts" | "notServiceAccounts" => service_account(node, text, out),
                "trustDomains" | "notTrustDomains" => trust_domain(node, text, out),
                _ => {}
            }
        }
    }
}

fn empty(node: Node<'_>, out: &mut Problems) {
    out.at(node, "is empty, which nothing equals").help("write `*` for any value");
}

fn ip(node: Node<'_>, text: &str, out: &mut Problems) {
    if !forms::is_ip_or_cidr(text) && !forms::is_stand_in(text) {
        out.at(node, format!("is {}, which is neither an IP address nor a CIDR", quoted(text)));
    }
}

fn service_account(node: Node<'_>, text: &str, out: &mut Problems) {
    let parts: Vec<&str> = text.split('/').collect();
    if text.contains('*') {
        out.at(node, format!("is {}, but service accounts are named letter by letter, without `*`", quoted(text)));
    } else if parts.len() > 2 || parts.iter().any(|p| p.is_empty()) {
        out.at(node, format!("is {}, but has to be `name` or `namespace/name`", quoted(text)));
    } else if text.len() > 320 {
        out.at(node, "has more than 320 characters");
    }
}

/// `*` at one of the ends.
fn wildcard(node: Node<'_>, text: &str, out: &mut Problems) {
    let stars = text.matches('*').count();
    if stars > 1 || (stars == 1 && !text.starts_with('*') && !text.ends_with('*')) {
        out.at(node, format!("is {}, but `*` can only be once, and at one of the ends", quoted(text)));
    }
}

fn trust_domain(node: Node<'_>, text: &str, out: &mut Problems) {
    if text.contains('/') {
        out.at(node, format!("is {}, but a trust domain has no `/`", quoted(text)));
    } else {
        wildcard(node, text, out);
    }
}

fn operation(operation: Map<'_>, out: &mut Problems) {
    if !OPERATION.iter().any(|k| operation.is_set(k)) {
        out.at(operation.node, "is empty, and would match nothing").help("remove `to` to match every operation");
    }
    for key in OPERATION {
        for (node, text) in operation.texts(key) {
            match key {
                _ if text.is_empty() => empty(node, out),
                "ports" | "notPorts" => port(node, text, out),
                "paths" | "notPaths" => path(node, text, out),
                _ => {}
            }
        }
    }
}

fn port(node: Node<'_>, text: &str, out: &mut Problems) {
    if text.parse::<u16>().is_err() || text.starts_with('+') {
        out.at(node, format!("is {}, but ports are numbers up to 65535", quoted(text)));
    }
}

/// A path, of which whole segments may be `{*}`, and one and nothing like it after it `{**}`.
fn path(node: Node<'_>, text: &str, out: &mut Problems) {
    let template = text.contains("{*}") || text.contains("{**}");
    let mut any = false;
    for segment in text.trim_matches('/').split('/') {
        match segment {
            "{*}" | "{**}" if any => {
                out.at(node, format!("is {}, but `{{**}}` is the last template of a path", quoted(text)));
                return;
            }
            "{*}" => {}
            "{**}" => any = true,
            _ if segment.contains(['{', '}']) => {
                out.at(
                    node,
                    format!("is {}, but braces are for the whole segments `{{*}}` and `{{**}}`", quoted(text)),
                );
                return;
            }
            _ if template
                && (segment.is_empty()
                    || !segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%!$&'()+,;:@=".contains(&b))) =>
            {
                out.at(
                    node,
                    format!(
                        "is {}, but {} is no segment that a path with templates can have",
                        quoted(text),
                        quoted(segment)
                    ),
                );
                return;
            }
            _ => {}
        }
    }
}

fn condition(when: Map<'_>, out: &mut Problems) {
    let Some((node, key)) = when.text("key") else { return };
    if key.is_empty() {
        out.at(node, "is empty, and names nothing");
        return;
    }
    if !when.is_set("values") && !when.is_set("notValues") {
        out.at(when.node, "has neither `values` nor `notValues`");
        return;
    }
    let values = || when.texts("values").chain(when.texts("notValues"));
    values().filter(|(_, t)| t.is_empty()).for_each(|(node, _)| empty(node, out));
    match key {
        "source.ip" | "remote.ip" | "destination.ip" => values().for_each(|(n, t)| ip(n, t, out)),
        "destination.port" => values().for_each(|(n, t)| port(n, t, out)),
        "source.serviceAccount" => values().for_each(|(n, t)| service_account(n, t, out)),
        "source.trustDomain" => values().for_each(|(n, t)| wildcard(n, t, out)),
        "source.namespace"
        | "source.principal"
        | "request.auth.principal"
        | "request.auth.audiences"
        | "request.auth.presenter"
        | "connection.sni" => {}
        "destination.namespace" => out.say(node, "is `destination.namespace`, which the policy's own namespace says"),
        "destination.name" | "destination.user" => out.say(node, format!("is `{key}`, which Istio no longer knows")),
        _ if ["request.headers", "request.auth.claims", "experimental.envoy.filters."]
            .iter()
            .any(|p| key.starts_with(p)) =>
        {
            let open = key.find('[').unwrap_or(0);
            if !key.ends_with(']') || open == 0 || open + 2 >= key.len() {
                out.at(
                    node,
                    format!("is {}, but has to name what is meant in brackets: `request.headers[x-user]`", quoted(key)),
                );
            }
        }
        _ if key.starts_with("destination.labels") => {
            out.say(node, "is a label of the workload, which `selector` is for")
        }
        _ => out.say(node, format!("is {}, which names nothing that Istio knows", quoted(key))),
    }
}
