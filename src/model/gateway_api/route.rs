//! `HTTPRoute`, `GRPCRoute`, `TCPRoute`, `TLSRoute` and `UDPRoute`.

use super::{GROUP, Reference};
use crate::model::Meta;
use crate::model::read::{self, Number, Text};
use crate::yaml::Node;

/// The kinds of routes.
pub const ROUTES: &[&str] = &["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"];

/// A route of any kind.
#[derive(Clone, Debug)]
pub struct ApiRoute<'a, 's> {
    /// Its identity.
    pub meta: &'a Meta<'s>,
    /// `spec.hostnames`
    pub hostnames: Vec<Text<'s>>,
    /// `spec.parentRefs`
    pub parents: Vec<ParentRef<'s>>,
    /// Where it sends requests: `backendRefs` of its rules and of their mirrors.
    pub backends: Vec<BackendRef<'s>>,
}

/// What a route is attached to.
#[derive(Clone, Copy, Debug)]
pub struct ParentRef<'s> {
    /// The object.
    pub to: Reference<'s>,
    /// `sectionName`
    pub section: Option<Text<'s>>,
    /// `port`
    pub port: Option<Number>,
}

/// Where a route sends requests.
#[derive(Clone, Copy, Debug)]
pub struct BackendRef<'s> {
    /// The object.
    pub to: Reference<'s>,
    /// `port`
    pub port: Option<Number>,
}

impl<'a, 's> ApiRoute<'a, 's> {
    /// Reads a route.
    pub fn read(meta: &'a Meta<'s>) -> Self {
        let spec = meta.spec();
        let parent = |node: Node<'s>| {
            Some(ParentRef {
                to: Reference::read(node, GROUP, "Gateway")?,
                section: read::text(node, "sectionName"),
                port: read::number(node, "port"),
            })
        };
        let backend = |node: Node<'s>| {
            Some(BackendRef { to: Reference::read(node, "", "Service")?, port: read::number(node, "port") })
        };
        let mirrors =
            |node: Node<'s>| read::items(node, "filters").filter_map(|f| f.at_path(&["requestMirror", "backendRef"]));
        let backends = read::items(spec, "rules").flat_map(|rule| {
            let own = read::items(rule, "backendRefs");
            own.flat_map(move |b| std::iter::once(b).chain(mirrors(b))).chain(mirrors(rule))
        });
        Self {
            hostnames: read::strings(spec, "hostnames"),
            parents: read::items(spec, "parentRefs").filter_map(parent).collect(),
            backends: backends.filter_map(backend).collect(),
            meta,
        }
    }
}
