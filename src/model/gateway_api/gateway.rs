//! `Gateway` and its listeners.

use super::Reference;
use crate::model::Meta;
use crate::model::read::{self, Labels, Number, Text};
use crate::yaml::Node;

/// A `Gateway` of the Gateway API.
#[derive(Clone, Debug)]
pub struct ApiGateway<'a, 's> {
    /// Its identity.
    pub meta: &'a Meta<'s>,
    /// `spec.gatewayClassName`
    pub class: Option<Text<'s>>,
    /// `spec.listeners`
    pub listeners: Vec<Listener<'s>>,
    /// `spec.addresses`: the type, which is `IPAddress` where none is given, and the value.
    pub addresses: Vec<(&'s str, Text<'s>)>,
}

/// One listener of a `Gateway`.
#[derive(Clone, Copy, Debug)]
pub struct Listener<'s> {
    /// `name`
    pub name: Option<Text<'s>>,
    /// `hostname`; none or an empty one takes all.
    pub hostname: Option<Text<'s>>,
    /// `port`
    pub port: Option<Number>,
    /// `protocol`
    pub protocol: Option<Text<'s>>,
    /// The whole listener.
    pub node: Node<'s>,
}

/// From which namespaces a listener takes routes.
#[derive(Clone, Debug)]
pub enum From<'s> {
    /// From all.
    All,
    /// From the Gateway's own: the default.
    Same,
    /// From none.
    None,
    /// From those with these labels.
    Labelled(Labels<'s>),
    /// From those that expressions select, or that a placeholder stands for: unknown.
    Unknown,
}

impl<'a, 's> ApiGateway<'a, 's> {
    /// Reads a Gateway.
    pub fn read(meta: &'a Meta<'s>) -> Self {
        let spec = meta.spec();
        let address = |node: Node<'s>| {
            Some((read::text(node, "type").map_or("IPAddress", |t| t.value), read::text(node, "value")?))
        };
        Self {
            class: read::text(spec, "gatewayClassName"),
            listeners: read::items(spec, "listeners").map(Listener::read).collect(),
            addresses: read::items(spec, "addresses").filter_map(address).collect(),
            meta,
        }
    }
}

impl<'s> Listener<'s> {
    fn read(node: Node<'s>) -> Self {
        Self {
            name: read::text(node, "name"),
            hostname: read::text(node, "hostname").filter(|h| !h.value.is_empty()),
            port: read::number(node, "port"),
            protocol: read::text(node, "protocol"),
            node,
        }
    }

    /// The port's number, where it is known.
    pub fn port(&self) -> Option<u32> {
        self.port.and_then(|p| p.value)
    }

    /// `tls.certificateRefs`
    pub fn certificates(&self) -> impl Iterator<Item = Reference<'s>> + use<'s> {
        let refs = self.node.get("tls").into_iter().flat_map(|t| read::items(t, "certificateRefs"));
        refs.filter_map(|r| Reference::read(r, "", "Secret"))
    }

    /// `allowedRoutes.namespaces`
    pub fn from(&self) -> From<'s> {
        let Some(namespaces) = self.node.at_path(&["allowedRoutes", "namespaces"]) else { return From::Same };
        match read::text(namespaces, "from").map(|f| f.value) {
            None | Some("Same") => From::Same,
            Some("All") => From::All,
            Some("None") => From::None,
            Some("Selector") => match namespaces.get("selector") {
                Some(s) if s.get("matchExpressions").is_none() => From::Labelled(read::labels(s, "matchLabels")),
                _ => From::Unknown,
            },
            Some(_) => From::Unknown,
        }
    }

    /// Whether it takes routes of that kind: those of `allowedRoutes.kinds`, else those that its protocol carries.
    pub fn takes_kind(&self, kind: &str) -> bool {
        let named: Vec<_> = self
            .node
            .get("allowedRoutes")
            .into_iter()
            .flat_map(|a| read::items(a, "kinds"))
            .filter_map(|k| read::text(k, "kind"))
            .collect();
        if !named.is_empty() {
            return named.iter().any(|k| k.value == kind || read::unknown(k.value));
        }
        match self.protocol.map(|p| p.value) {
            Some("HTTP" | "HTTPS") => matches!(kind, "HTTPRoute" | "GRPCRoute"),
            Some("TCP") => kind == "TCPRoute",
            Some("UDP") => kind == "UDPRoute",
            Some("TLS") => matches!(kind, "TLSRoute" | "TCPRoute"),
            _ => true,
        }
    }
}
