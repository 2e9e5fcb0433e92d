//! What several kinds have: hosts, ports, labels, selectors, `exportTo`, targets of policies.

use rustc_hash::FxHashMap;

use super::Object;
use crate::model::read::unknown;
use crate::schema::Problems;
use crate::schema::forms::{self, is_label};
use crate::schema::map::{Map, known};
use crate::schema::problem::quoted;
use crate::yaml::Node;

/// The protocols of ports, in capitals.
const PROTOCOLS: [&str; 13] = [
    "GRPC",
    "GRPC-WEB",
    "HBONE",
    "HTTP",
    "HTTP2",
    "HTTP_PROXY",
    "HTTPS",
    "MONGO",
    "MYSQL",
    "REDIS",
    "TCP",
    "TLS",
    "UDP",
];

/// What a protocol is to a proxy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// HTTP in clear text, so that routes can read it.
    Http,
    /// TLS, so that the server's name can be read.
    Tls,
    /// Bytes.
    Other,
}

/// What a protocol is; `None` where Istio knows none of that name. Case is free.
pub(super) fn protocol(name: &str) -> Option<Protocol> {
    let name = name.to_ascii_uppercase();
    match name.as_str() {
        "HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB" | "HTTP_PROXY" | "HBONE" => Some(Protocol::Http),
        "HTTPS" | "TLS" => Some(Protocol::Tls),
        _ => PROTOCOLS.contains(&name.as_str()).then_some(Protocol::Other),
    }
}

/// A port has a number from 1 to 65535.
pub(super) fn port_number(node: Node<'_>, n: f64, out: &mut Problems) {
    if !(1.0..=65535.0).contains(&n) {
        out.at(node, format!("is {n}, but the number of a port is from 1 to 65535"));
    }
}

/// The same for the field of a mapping, which has to be there.
pub(super) fn required_port(map: Map<'_>, key: &str, out: &mut Problems) {
    if let Some((node, n)) = map.number(key) {
        port_number(node, n, out);
    } else if !map.has(key) {
        out.at(map.node, format!("has no `{key}`: a port's number from 1 to 65535"));
    }
}

/// A port's name is a DNS label.
pub(super) fn port_name(node: Node<'_>, name: &str, out: &mut Problems) {
    if !is_label(name) && !unknown(name) {
        out.at(node, format!("is {}, but a port's name is letters, digits and `-`, 63 at most", quoted(name)));
    }
}

/// A host name.
pub(super) fn host(node: Node<'_>, text: &str, out: &mut Problems) {
    if let Some(fault) = forms::host_fault(text) {
        wrong_host(node, text, &fault, out);
    }
}

/// A host name, or a wildcard of them.
pub(super) fn wildcard_host(node: Node<'_>, text: &str, out: &mut Problems) -> bool {
    match forms::wildcard_host_fault(text) {
        Some(fault) => {
            wrong_host(node, text, &fault, out);
            false
        }
        None => true,
    }
}

fn wrong_host(node: Node<'_>, text: &str, fault: &str, out: &mut Problems) {
    // A rule of its own counts the labels of `.global` hosts.
    if text.ends_with(".global") && text.split('.').any(str::is_empty) {
        return;
    }
    let says = match fault.strip_prefix("is no host name") {
        Some(why) => format!("is {}, which is no host name{why}", quoted(text)),
        None => fault.to_string(),
    };
    out.at(node, says);
}

/// Keys and values of labels.
pub(super) fn labels(map: Map<'_>, key: &str, out: &mut Problems) {
    for (name, value) in map.entries(key) {
        let label = name.key();
        if !forms::is_label_key(&label) && !unknown(&label) {
            out.at(
                name,
                format!(
                    "is no name of a label: {} is not an optional domain and `/`, and letters, digits, `-`, `_`, `.`",
                    quoted(&label)
                ),
            );
        }
        if let Some(text) = value.text().filter(|t| !forms::is_label_value(t) && !unknown(t)) {
            out.at(value, format!("is {}, which no label can be: letters, digits, `-`, `_` and `.`, the first and last a letter or digit", quoted(text)));
        }
    }
}

/// `selector` with `matchLabels`.
pub(super) fn selector(spec: Map<'_>, out: &mut Problems) {
    if let Some(selector) = spec.map("selector") {
        selected(selector, "matchLabels", out);
    }
}

/// `workloadSelector` with `labels`.
pub(super) fn workload_selector(spec: Map<'_>, out: &mut Problems) {
    if let Some(selector) = spec.map("workloadSelector") {
        selected(selector, "labels", out);
    }
}

pub(super) fn selected(selector: Map<'_>, key: &str, out: &mut Problems) {
    for (name, value) in selector.entries(key) {
        if name.text() == Some("") {
            out.at(name, "selects by a label without a name");
        }
        let wildcard = |n: Node<'_>| known(n).is_some_and(|t| t.contains('*'));
        if wildcard(name) {
            out.at(name, "has a `*`: labels are selected letter by letter");
        }
        if wildcard(value) {
            out.at(
                value,
                format!(
                    "is {}: labels are selected letter by letter, without `*`",
                    quoted(value.text().unwrap_or_default())
                ),
            );
        }
    }
}

/// `selector`, `targetRef` and `targetRefs`, of which there can be one.
pub(super) fn targets(spec: Map<'_>, selector: &str, out: &mut Problems) {
    let there: Vec<&str> = [
        (selector, spec.has(selector)),
        ("targetRef", spec.has("targetRef")),
        ("targetRefs", spec.is_set("targetRefs")),
    ]
    .into_iter()
    .filter(|(_, there)| *there)
    .map(|(name, _)| name)
    .collect();
    if let [first, second, ..] = there[..]
        && let Some(node) = spec.get(second)
    {
        out.at(node, format!("stands beside `{first}`, and only one of them can say what is meant"));
    }
    for target in spec.map("targetRef").into_iter().chain(spec.maps("targetRefs")) {
        target_ref(target, out);
    }
}

fn target_ref(target: Map<'_>, out: &mut Problems) {
    if !target.is_set("name") {
        out.at(target.node, "has no `name`");
    }
    if target.is_set("namespace")
        && let Some(node) = target.get("namespace")
    {
        out.at(node, "is set, but a policy applies to its own namespace only").help("remove it");
    }
    let (Some(group), Some(kind)) = (target.word("group", ""), target.word("kind", "")) else { return };
    let allowed = matches!(
        (group, kind),
        ("" | "core", "Service")
            | ("networking.istio.io", "ServiceEntry")
            | ("gateway.networking.k8s.io", "Gateway" | "GatewayClass")
    );
    if !allowed {
        let name = if group.is_empty() { kind.to_string() } else { format!("{group}/{kind}") };
        out.at(target.node, format!("is to {}, but a policy can be for a Service, a ServiceEntry, or a Gateway or GatewayClass of gateway.networking.k8s.io", quoted(&name)));
    }
}

/// `exportTo`. Only a ServiceEntry can be for nobody.
pub(super) fn export_to(object: Object<'_, '_>, service_entry: bool, with_selector: bool, out: &mut Problems) {
    let Some(list) = object.spec.get("exportTo") else { return };
    let own = object.meta.namespace.value;
    let count = object.spec.items("exportTo").count();
    let mut seen: FxHashMap<&str, &str> = FxHashMap::default();
    for (node, text) in object.spec.texts("exportTo") {
        let meant = if text == "." { own } else { text };
        if let Some(before) = seen.insert(meant, text).filter(|_| !meant.is_empty()) {
            out.at(node, format!("is {}, which `{before}` says already", quoted(text)));
            continue;
        }
        match text {
            "*" | "." => {}
            "~" if service_entry => {}
            "~" => {
                out.at(node, "is `~`, for nobody, which only a ServiceEntry can be");
            }
            _ if !is_label(text) => {
                out.at(node, format!("is {}, but has to be `.`, `*` or the name of a namespace", quoted(text)));
            }
            _ => {}
        }
        if with_selector && meant != own && !unknown(own) {
            out.at(
                node,
                format!("is {}, but a rule with `workloadSelector` is for its own namespace (`.`) only", quoted(text)),
            );
        }
    }
    for (all, what) in [("*", "everybody"), ("~", "nobody")] {
        if count > 1 && seen.contains_key(all) && (all == "*" || service_entry) {
            out.at(list, format!("has `{all}`, for {what}, and other entries besides"));
        }
    }
}

/// Annotations that Istio keeps for itself, and the one that tries a policy out.
pub(super) fn annotations(object: Object<'_, '_>, out: &mut Problems) {
    if object.meta.annotations.is_empty() {
        return;
    }
    let Some(annotations) = object.meta.root.at_path(&["metadata", "annotations"]) else { return };
    for name in
        ["internal.istio.io/webhook-always-reject", "internal.istio.io/parents", "internal.istio.io/parent-namespace"]
    {
        if let Some((key, _)) = annotations.entry(name) {
            out.at(key, "is an annotation that Istio keeps for itself").help("remove it");
        }
    }
    dry_run(object, annotations, out);
}

/// Only an AuthorizationPolicy that allows or denies can be tried out.
fn dry_run(object: Object<'_, '_>, annotations: Node<'_>, out: &mut Problems) {
    let Some((key, value)) = annotations.entry("istio.io/dry-run") else { return };
    let Some(text) = known(value) else { return };
    if object.meta.kind.value != "AuthorizationPolicy" {
        out.at(key, "is set, but only an AuthorizationPolicy can be tried out");
    } else if !matches!(object.spec.word("action", "ALLOW"), Some("ALLOW" | "DENY") | None) {
        out.at(key, "is set, but only the actions ALLOW and DENY can be tried out");
    } else if !matches!(
        text,
        "1" | "t" | "T" | "true" | "TRUE" | "True" | "0" | "f" | "F" | "false" | "FALSE" | "False"
    ) {
        out.at(value, format!("is {}, but has to be `\"true\"` or `\"false\"`", quoted(text)));
    }
}

/// PeerAuthentication: what is said of single ports needs a selector.
pub(super) fn peer_authentication(spec: Map<'_>, out: &mut Problems) {
    selector(spec, out);
    let Some(ports) = spec.get("portLevelMtls") else { return };
    if !ports.entries().is_empty() && !spec.map("selector").is_some_and(|s| s.is_set("matchLabels")) {
        out.at(ports, "is set without a `selector`: ports are those of selected workloads")
            .help("add `selector.matchLabels`, or remove it");
    }
    if ports.entries().is_empty() {
        out.at(ports, "is empty: name a port, or remove it");
    }
    for (port, _) in ports.entries() {
        let name = port.key();
        if !unknown(&name) && !name.parse::<u32>().is_ok_and(|n| (1..=65535).contains(&n)) {
            out.at(port, format!("is {}, but the number of a port is from 1 to 65535", quoted(&name)));
        }
    }
}

/// An address of a socket of the host: `unix:///path` or `unix://@name`.
pub(super) fn unix_address(node: Node<'_>, path: &str, out: &mut Problems) {
    if path.starts_with('@') {
        return;
    }
    if !path.starts_with('/') || path.ends_with('/') {
        out.at(node, "is no socket: `unix://` is followed by an absolute path to a file, or by `@` and a name");
    }
}
