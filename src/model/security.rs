//! Istio `PeerAuthentication` (security.istio.io) and `Sidecar` (networking.istio.io).

use super::Meta;
use super::read::{self, Labels, Text};

/// A `PeerAuthentication`.
#[derive(Clone, Debug)]
pub struct PeerAuthentication<'s> {
    /// Its identity.
    pub meta: Meta<'s>,
    /// `spec.selector.matchLabels`; empty selects all Pods of the namespace.
    pub selector: Labels<'s>,
    /// `spec.mtls.mode`
    pub mode: Option<Text<'s>>,
    /// `spec.portLevelMtls`: the workload's port and its mode.
    pub ports: Vec<(Text<'s>, Text<'s>)>,
}

impl<'s> PeerAuthentication<'s> {
    pub(super) fn read(meta: Meta<'s>) -> Self {
        let spec = meta.spec();
        Self {
            selector: spec.get("selector").map(|s| read::labels(s, "matchLabels")).unwrap_or_default(),
            mode: spec.get("mtls").and_then(|m| read::text(m, "mode")),
            ports: spec
                .get("portLevelMtls")
                .map(|p| {
                    p.entries()
                        .into_iter()
                        .filter_map(|(k, v)| Some((Text::new(k.text()?, k.span()), read::text(v, "mode")?)))
                        .collect()
                })
                .unwrap_or_default(),
            meta,
        }
    }
}

/// A `Sidecar`.
#[derive(Clone, Debug)]
pub struct Sidecar<'s> {
    /// Its identity.
    pub meta: Meta<'s>,
    /// `spec.workloadSelector.labels`
    pub selector: Labels<'s>,
    /// `spec.egress[].hosts`: `namespace/host`.
    pub egress_hosts: Vec<Text<'s>>,
    /// Whether it says anything about egress.
    pub limits_egress: bool,
}

impl<'s> Sidecar<'s> {
    pub(super) fn read(meta: Meta<'s>) -> Self {
        let spec = meta.spec();
        Self {
            selector: spec.get("workloadSelector").map(|s| read::labels(s, "labels")).unwrap_or_default(),
            egress_hosts: read::items(spec, "egress").flat_map(|e| read::strings(e, "hosts")).collect(),
            limits_egress: spec.get("egress").is_some_and(|e| e.is_sequence()),
            meta,
        }
    }
}
