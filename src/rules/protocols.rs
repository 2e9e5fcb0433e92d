//! The protocol of a Service's port, as Istio finds it out.

use std::borrow::Cow;

use crate::model::ServicePort;

/// The protocol of a Service's port in one word: from `appProtocol`, else from the port's name up to the first `-`, else
/// `auto`: found out from the first bytes. TCP and UDP stand for themselves.
pub(super) fn of_service<'s>(port: &ServicePort<'s>) -> Cow<'s, str> {
    let transport = port.protocol.map_or("TCP", |p| p.value);
    if !transport.eq_ignore_ascii_case("tcp") {
        return Cow::Owned(transport.to_ascii_lowercase());
    }
    if let Some(app) = port.app_protocol.filter(|a| !a.value.is_empty()) {
        return match app.value {
            "kubernetes.io/h2c" => "http2".into(),
            "kubernetes.io/ws" => "http".into(),
            "kubernetes.io/wss" => "https".into(),
            other => known(other).map_or(Cow::Borrowed(other), Cow::Borrowed),
        };
    }
    let name = port.name.map_or("", |n| n.value);
    let is_grpc_web = name.get(..8).is_some_and(|n| n.eq_ignore_ascii_case("grpc-web"));
    let word = if is_grpc_web { "grpc-web" } else { name.split('-').next().unwrap_or_default() };
    let by_number = match port.port() {
        Some(25 | 53 | 3306 | 27017) => "tcp",
        _ => "auto",
    };
    Cow::Borrowed(known(word).unwrap_or(by_number))
}

/// Whether connections of that protocol are told apart by their Host header.
pub(super) fn is_http(protocol: &str) -> bool {
    matches!(protocol, "http" | "http2" | "grpc" | "grpc-web" | "http_proxy")
}

/// Whether Istio finds a protocol in an `appProtocol`: the whole of it, or up to its first `-`.
pub(super) fn is_app_protocol(text: &str) -> bool {
    matches!(text, "kubernetes.io/h2c" | "kubernetes.io/ws" | "kubernetes.io/wss")
        || text.get(..8).is_some_and(|n| n.eq_ignore_ascii_case("grpc-web"))
        || known(text.split('-').next().unwrap_or_default()).is_some()
}

/// The protocols that Istio knows by name.
pub(super) const KNOWN: &[&str] =
    &["tcp", "udp", "grpc", "grpc-web", "http", "http2", "http_proxy", "https", "tls", "mongo", "redis", "mysql"];

fn known(word: &str) -> Option<&'static str> {
    KNOWN.iter().find(|k| k.eq_ignore_ascii_case(word)).copied()
}
