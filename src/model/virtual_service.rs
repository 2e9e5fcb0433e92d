//! Istio `VirtualService` (networking.istio.io).

use super::Meta;
use super::read::{self, Number, Text};
use crate::source::Span;
use crate::yaml::Node;

/// A `VirtualService`.
#[derive(Clone, Debug)]
pub struct VirtualService<'s> {
    /// Its identity.
    pub meta: Meta<'s>,
    /// `spec.hosts`
    pub hosts: Vec<Text<'s>>,
    /// `spec.gateways`; empty means `mesh`.
    pub gateways: Vec<Text<'s>>,
    /// `spec.exportTo`
    pub export_to: Vec<Text<'s>>,
    /// `spec.http`, `spec.tls` and `spec.tcp`, in that order.
    pub routes: Vec<Route<'s>>,
}

/// The protocol of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// `spec.http`
    Http,
    /// `spec.tls`
    Tls,
    /// `spec.tcp`
    Tcp,
}

/// One route of a `VirtualService`: its matches and where it leads.
#[derive(Clone, Debug)]
pub struct Route<'s> {
    /// In which list it stands.
    pub kind: RouteKind,
    /// The route itself.
    pub node: Node<'s>,
    /// `match[].sniHosts` of a TLS route.
    pub sni_hosts: Vec<Text<'s>>,
    /// `match[].gateways`
    pub match_gateways: Vec<Text<'s>>,
    /// Whether it matches without a condition.
    pub matches_all: bool,
    /// Its destinations, mirrors after routes.
    pub destinations: Vec<Destination<'s>>,
}

/// A destination that a route or mirror sends to.
#[derive(Clone, Debug)]
pub struct Destination<'s> {
    /// `host`
    pub host: Text<'s>,
    /// `subset`
    pub subset: Option<Text<'s>>,
    /// `port.number`
    pub port: Option<Number>,
    /// `weight`
    pub weight: Option<Number>,
    /// Whether it gets a copy of the traffic only.
    pub mirror: bool,
    /// The whole destination.
    pub span: Span,
}

impl<'s> VirtualService<'s> {
    pub(super) fn read(meta: Meta<'s>) -> Self {
        let spec = meta.spec();
        let mut routes = Vec::new();
        for (kind, key) in [(RouteKind::Http, "http"), (RouteKind::Tls, "tls"), (RouteKind::Tcp, "tcp")] {
            routes.extend(read::items(spec, key).map(|n| Route::read(n, kind)));
        }
        Self {
            hosts: read::strings(spec, "hosts"),
            gateways: read::strings(spec, "gateways"),
            export_to: read::strings(spec, "exportTo"),
            routes: read::exact(routes.into_iter()),
            meta,
        }
    }

    /// Whether it acts on traffic inside the mesh, and not on a gateway only.
    pub fn in_mesh(&self) -> bool {
        self.gateways.is_empty() || self.gateways.iter().any(|g| g.value == "mesh")
    }
}

impl<'s> Route<'s> {
    fn read(node: Node<'s>, kind: RouteKind) -> Self {
        let mut destinations: Vec<_> =
            read::items(node, "route").filter_map(|r| Destination::read(r.get("destination")?, r, false)).collect();
        destinations.extend(node.get("mirror").and_then(|m| Destination::read(m, m, true)));
        destinations
            .extend(read::items(node, "mirrors").filter_map(|m| Destination::read(m.get("destination")?, m, true)));
        let matches: Vec<_> = read::items(node, "match").collect();
        Self {
            kind,
            node,
            sni_hosts: matches.iter().flat_map(|m| read::strings(*m, "sniHosts")).collect(),
            match_gateways: matches.iter().flat_map(|m| read::strings(*m, "gateways")).collect(),
            matches_all: matches.is_empty(),
            destinations: read::exact(destinations.into_iter()),
        }
    }
}

impl<'s> Destination<'s> {
    fn read(destination: Node<'s>, route: Node<'s>, mirror: bool) -> Option<Self> {
        Some(Self {
            host: read::text(destination, "host")?,
            subset: read::text(destination, "subset").filter(|s| !s.value.is_empty()),
            port: destination.get("port").and_then(|p| read::number(p, "number")),
            weight: read::number(route, "weight"),
            mirror,
            span: destination.span(),
        })
    }
}
