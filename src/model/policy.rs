//! Istio's policies: whom one is for, and what an `AuthorizationPolicy` asks of a request. They are read from an object
//! when a rule needs them: most fleets have few, and few rules look.

use super::Meta;
use super::read::{self, Labels, Text};
use crate::yaml::Node;

/// A policy of any kind (`AuthorizationPolicy`, `RequestAuthentication`, `WasmPlugin`, `Telemetry`), with whom it is for.
#[derive(Clone, Debug)]
pub struct Policy<'a, 's> {
    /// Its identity.
    pub meta: &'a Meta<'s>,
    /// `spec.selector.matchLabels`
    pub selector: Labels<'s>,
    /// `spec.targetRefs`, or the older `spec.targetRef`.
    pub targets: Vec<TargetRef<'s>>,
}

/// An entry of `targetRefs`: an object of the policy's own namespace (but for a `GatewayClass`, which is in none).
#[derive(Clone, Copy, Debug)]
pub struct TargetRef<'s> {
    /// `group`; empty for the core group.
    pub group: &'s str,
    /// `kind`
    pub kind: &'s str,
    /// `name`
    pub name: Text<'s>,
}

impl<'a, 's> Policy<'a, 's> {
    /// Reads whom a policy is for.
    pub fn read(meta: &'a Meta<'s>) -> Self {
        let spec = meta.spec();
        let targets = spec.get("targetRef").into_iter().chain(read::items(spec, "targetRefs"));
        Self {
            meta,
            selector: spec.get("selector").map(|s| read::labels(s, "matchLabels")).unwrap_or_default(),
            targets: targets.filter_map(TargetRef::read).collect(),
        }
    }

    /// `spec.rules` of an `AuthorizationPolicy`.
    fn rules(&self) -> impl Iterator<Item = Node<'s>> + use<'s> {
        read::items(self.meta.spec(), "rules")
    }

    /// The `source` of each `from` of an `AuthorizationPolicy`.
    pub fn sources(&self) -> impl Iterator<Item = Node<'s>> + use<'s> {
        self.rules().flat_map(|r| read::items(r, "from")).filter_map(|f| f.get("source"))
    }

    /// The `operation` of each `to` of an `AuthorizationPolicy`.
    pub fn operations(&self) -> impl Iterator<Item = Node<'s>> + use<'s> {
        self.rules().flat_map(|r| read::items(r, "to")).filter_map(|t| t.get("operation"))
    }

    /// The `key` of each `when` of an `AuthorizationPolicy`.
    pub fn condition_keys(&self) -> impl Iterator<Item = Text<'s>> + use<'s> {
        self.rules().flat_map(|r| read::items(r, "when")).filter_map(|w| read::text(w, "key"))
    }

    /// The place of what is wrong with whom it is for: its selector, or its name where it has none.
    pub fn selector_span(&self) -> crate::source::Span {
        self.meta.spec().entry("selector").map_or(self.meta.name.span, |(key, _)| key.span())
    }

    /// The first value that takes more than a connection to judge: what only a proxy that reads HTTP can. A
    /// `RequestAuthentication` and a `WasmPlugin` are for such a proxy as a whole; a `Telemetry` is where it is about
    /// traces, access logs or the labels of metrics.
    pub fn reads_requests(&self) -> Option<Text<'s>> {
        let spec = self.meta.spec();
        let first =
            |node: Node<'s>, keys: &[&str]| keys.iter().find_map(|k| node.entry(k)).and_then(|(key, _)| key.spanned());
        match self.meta.kind.value {
            "RequestAuthentication" | "WasmPlugin" => Some(self.meta.name),
            "Telemetry" => first(spec, &["tracing", "accessLogging"]).or_else(|| {
                read::items(spec, "metrics").find_map(|m| m.entry("overrides").and_then(|(key, _)| key.spanned()))
            }),
            "AuthorizationPolicy" => {
                let by_operation = self.operations().find_map(|o| first(o, OPERATIONS));
                let by_source = || self.sources().find_map(|s| first(s, SOURCES));
                let by_condition = || self.condition_keys().find(|k| k.value.starts_with("request."));
                by_operation.or_else(by_source).or_else(by_condition)
            }
            _ => None,
        }
    }
}

/// Fields of an `operation` that only HTTP has.
const OPERATIONS: &[&str] = &["methods", "notMethods", "paths", "notPaths", "hosts", "notHosts"];
/// Fields of a `source` that only HTTP has.
const SOURCES: &[&str] = &["requestPrincipals", "notRequestPrincipals", "remoteIpBlocks", "notRemoteIpBlocks"];

impl<'s> TargetRef<'s> {
    fn read(node: Node<'s>) -> Option<Self> {
        Some(Self {
            group: read::text(node, "group").map_or("", |g| g.value),
            kind: read::text(node, "kind")?.value,
            name: read::text(node, "name")?,
        })
    }
}

/// The parts of a principal, `<trust domain>/ns/<namespace>/sa/<service account>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal<'s> {
    /// The trust domain.
    pub trust_domain: &'s str,
    /// The namespace of the caller's Pods.
    pub namespace: &'s str,
    /// Their service account.
    pub account: &'s str,
}

impl<'s> Principal<'s> {
    /// Reads a principal as Istio's proxies write it; `None` where it is none.
    pub fn parse(text: &'s str) -> Option<Self> {
        match text.split('/').collect::<Vec<_>>()[..] {
            [trust_domain, "ns", namespace, "sa", account]
                if ![trust_domain, namespace, account].iter().any(|p| p.is_empty()) =>
            {
                Some(Self { trust_domain, namespace, account })
            }
            _ => None,
        }
    }
}
