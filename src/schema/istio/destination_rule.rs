//! DestinationRule: subsets and traffic policies.

use super::{Object, common, load_balancer, tls};
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::schema::seen::Seen;
use crate::yaml::Node;

/// What a policy for one port can say.
const OF_PORTS: [&str; 4] = ["outlierDetection", "connectionPool", "loadBalancer", "tls"];
/// What a policy for all ports can say besides.
const OF_HOSTS: [&str; 4] = ["portLevelSettings", "tunnel", "proxyProtocol", "retryBudget"];

pub(super) fn check(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    if let Some((node, text)) = spec.text("host") {
        common::wildcard_host(node, text, out);
    }
    if let Some(policy) = spec.map("trafficPolicy") {
        traffic_policy(policy, object, out);
    }
    let mut names = Seen::new();
    for subset in spec.maps("subsets") {
        if let Some((node, name)) = subset.text("name") {
            if !names.insert(name) {
                out.at(node, format!("is {}, which another subset is called as well", quoted(name)));
            } else if !name.is_empty() && !forms::is_label(name) {
                out.at(
                    node,
                    format!("is {}, which no subset can be called: letters, digits and `-`, 63 at most", quoted(name)),
                );
            }
        }
        common::labels(subset, "labels", out);
        if let Some(policy) = subset.map("trafficPolicy") {
            traffic_policy(policy, object, out);
        }
    }
    common::export_to(object, false, spec.has("workloadSelector"), out);
    if let Some(selector) = spec.map("workloadSelector") {
        common::selected(selector, "matchLabels", out);
    }
}

fn traffic_policy(policy: Map<'_>, object: Object<'_, '_>, out: &mut Problems) {
    if !OF_PORTS.iter().chain(&OF_HOSTS).any(|k| policy.has(k)) {
        out.at(policy.node, "says nothing").help("remove it, or say what is to differ from the default");
    }
    if let Some(node) = policy.get("proxyProtocol").filter(|_| policy.has("tunnel")) {
        out.at(node, "stands beside `tunnel`, and only one of them can be used");
    }
    of_port(policy, object, out);
    for port in policy.maps("portLevelSettings") {
        if !port.has("port") {
            out.at(port.node, "has no `port`");
        }
        if !OF_PORTS.iter().any(|k| port.has(k)) {
            out.at(port.node, "says nothing of its port but the number");
        }
        of_port(port, object, out);
    }
    if let Some(tunnel) = policy.map("tunnel") {
        self::tunnel(tunnel, out);
    }
}

fn of_port(policy: Map<'_>, object: Object<'_, '_>, out: &mut Problems) {
    if let Some(outlier) = policy.map("outlierDetection") {
        outlier_detection(outlier, out);
    }
    if let Some(pool) = policy.map("connectionPool") {
        connection_pool(pool, out);
    }
    if let Some(balancer) = policy.map("loadBalancer") {
        load_balancer::check(balancer, out);
    }
    if let Some(settings) = policy.map("tls") {
        tls::client(settings, object.meta.namespace.value, out);
    }
}

fn tunnel(tunnel: Map<'_>, out: &mut Problems) {
    if let Some((node, protocol)) = tunnel.text("protocol").filter(|(_, p)| !matches!(*p, "" | "CONNECT" | "POST")) {
        out.at(node, format!("is {}, but has to be `CONNECT` or `POST`", quoted(protocol)));
    }
    if let Some((node, host)) = tunnel.text("targetHost").filter(|(_, h)| !forms::is_ip(h)) {
        common::host(node, host, out);
    }
    if let Some((node, n)) = tunnel.number("targetPort") {
        common::port_number(node, n, out);
    }
}

fn outlier_detection(outlier: Map<'_>, out: &mut Problems) {
    for key in ["maxEjectionPercent", "minHealthPercent"] {
        if let Some((node, n)) = outlier.number(key).filter(|(_, n)| !(0.0..=100.0).contains(n)) {
            out.at(node, format!("is {n}, but a percentage is from 0 to 100"));
        }
    }
    let local = outlier.number("consecutiveLocalOriginFailures").filter(|(_, n)| *n > 0.0);
    let split = outlier.has("splitExternalLocalOriginErrors");
    if let Some((node, _)) =
        local.filter(|_| !split || matches!(outlier.word("splitExternalLocalOriginErrors", ""), Some("false")))
    {
        out.at(node, "is set, but local errors are not counted by themselves")
            .help("set `splitExternalLocalOriginErrors: true`");
    }
}

/// A duration, of which 0 means for ever.
fn idle(node: Node<'_>, text: &str, out: &mut Problems) {
    match forms::duration(text) {
        None => out
            .at(node, format!("is {}, which is no duration", quoted(text)))
            .help("a duration has a unit: `300ms`, `1h`"),
        Some(ns) if ns < 0 => out.say(node, format!("is `{text}`, but cannot be less than 0")),
        Some(_) => {}
    }
}

/// What is not negative, by the kind of pool that it is of.
const COUNTS: [(&str, &[&str]); 2] = [
    (
        "http",
        &[
            "http1MaxPendingRequests",
            "http2MaxRequests",
            "maxRequestsPerConnection",
            "maxRetries",
            "maxConcurrentStreams",
        ],
    ),
    ("tcp", &["maxConnections"]),
];

pub(super) fn connection_pool(pool: Map<'_>, out: &mut Problems) {
    if !pool.has("http") && !pool.has("tcp") {
        out.at(pool.node, "says nothing: it needs `tcp` or `http`");
    }
    for (of, keys) in COUNTS {
        let Some(settings) = pool.map(of) else { continue };
        for (node, n) in keys.iter().filter_map(|k| settings.number(k)).filter(|(_, n)| *n < 0.0) {
            out.at(node, format!("is {n}, but cannot be less than 0"));
        }
    }
    if let Some((node, text)) = pool.map("tcp").and_then(|t| t.text("idleTimeout")) {
        idle(node, text, out);
    }
    let Some(http) = pool.map("http") else { return };
    if http.word("h2UpgradePolicy", "") == Some("UPGRADE")
        && http.is_true("useClientProtocol")
        && let Some(node) = http.get("useClientProtocol")
    {
        out.at(node, "is `true`, but `h2UpgradePolicy: UPGRADE` says the protocol already");
    }
    if let Some(keepalive) = http.map("http2KeepAlive") {
        for key in ["interval", "timeout"].into_iter().filter(|k| !keepalive.has(k)) {
            out.at(keepalive.node, format!("has no `{key}`"));
        }
    }
}
