//! Istio `Gateway` (networking.istio.io).

use super::Meta;
use super::read::{self, Labels, Number, Text};
use crate::source::Span;
use crate::yaml::Node;

/// An Istio `Gateway`.
#[derive(Clone, Debug)]
pub struct Gateway<'s> {
    /// Its identity.
    pub meta: Meta<'s>,
    /// `spec.selector`
    pub selector: Labels<'s>,
    /// The place of the selector, or of the spec.
    pub selector_span: Span,
    /// `spec.servers`
    pub servers: Vec<Server<'s>>,
}

/// One server of a `Gateway`.
#[derive(Clone, Debug)]
pub struct Server<'s> {
    /// `port.number`
    pub port: Option<Number>,
    /// `port.protocol`
    pub protocol: Option<Text<'s>>,
    /// `tls.mode`
    pub tls_mode: Option<Text<'s>>,
    /// Whether `tls` is there at all.
    pub has_tls: bool,
    /// `hosts`
    pub hosts: Vec<Text<'s>>,
    /// The place of `hosts`, or of the server.
    pub hosts_span: Span,
    /// The whole server.
    pub node: Node<'s>,
}

impl<'s> Gateway<'s> {
    pub(super) fn read(meta: Meta<'s>) -> Self {
        let spec = meta.spec();
        Self {
            selector: read::labels(spec, "selector"),
            selector_span: read::span_of(spec, "selector"),
            servers: read::exact(read::items(spec, "servers").map(Server::read)),
            meta,
        }
    }
}

impl<'s> Server<'s> {
    fn read(node: Node<'s>) -> Self {
        let port = node.get("port");
        Self {
            port: port.and_then(|p| read::number(p, "number")),
            protocol: port.and_then(|p| read::text(p, "protocol")),
            tls_mode: node.get("tls").and_then(|t| read::text(t, "mode")),
            has_tls: node.get("tls").is_some_and(|t| t.is_mapping()),
            hosts: read::strings(node, "hosts"),
            hosts_span: read::span_of(node, "hosts"),
            node,
        }
    }

    /// The port's number, where it is known.
    pub fn port(&self) -> Option<u32> {
        self.port.and_then(|p| p.value)
    }

    /// The hosts without the `namespace/` in front of them.
    pub fn host_names(&self) -> impl Iterator<Item = Text<'s>> + '_ {
        self.hosts.iter().map(|h| Text::new(h.value.rsplit_once('/').map_or(h.value, |(_, n)| n), h.span))
    }
}
