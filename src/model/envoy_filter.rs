//! Istio `EnvoyFilter` (networking.istio.io), as far as its patches' operations go.

use super::Meta;
use super::read::{self, Text};
use crate::yaml::Node;

/// One of an `EnvoyFilter`'s `configPatches`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyPatch<'s> {
    /// `applyTo`
    pub apply_to: Option<Text<'s>>,
    /// `patch.operation`
    pub operation: Option<Text<'s>>,
    /// `match.proxy.proxyVersion`
    pub proxy_version: Option<Text<'s>>,
    /// The name of the filter that it is about: `patch.value.name`, else that of the filter that it matches.
    pub filter: Option<Text<'s>>,
}

impl<'s> EnvoyPatch<'s> {
    /// All patches of an `EnvoyFilter`.
    pub fn all(meta: &Meta<'s>) -> impl Iterator<Item = Self> + use<'s> {
        read::items(meta.spec(), "configPatches").map(Self::read)
    }

    fn read(node: Node<'s>) -> Self {
        let text_at = |path: &[&str]| node.at_path(path).and_then(|n| n.spanned());
        Self {
            apply_to: read::text(node, "applyTo"),
            operation: text_at(&["patch", "operation"]),
            proxy_version: text_at(&["match", "proxy", "proxyVersion"]).filter(|v| !v.value.is_empty()),
            filter: text_at(&["patch", "value", "name"])
                .or_else(|| text_at(&["match", "listener", "filterChain", "filter", "name"])),
        }
    }

    /// `applyTo` as a text; empty where it is absent.
    pub fn target(&self) -> &'s str {
        self.apply_to.map_or("", |a| a.value)
    }

    /// Whether it acts relative to what other patches may add, move or take away before it.
    pub fn is_relative(&self) -> bool {
        match self.operation.map_or("", |o| o.value) {
            "INSERT_BEFORE" | "INSERT_AFTER" => true,
            // On these two, REMOVE does nothing at all.
            "REMOVE" => !matches!(self.target(), "ROUTE_CONFIGURATION" | "HTTP_ROUTE"),
            "REPLACE" => matches!(self.target(), "NETWORK_FILTER" | "HTTP_FILTER" | "VIRTUAL_HOST"),
            _ => false,
        }
    }
}
