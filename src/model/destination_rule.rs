//! Istio `DestinationRule` (networking.istio.io).

use super::Meta;
use super::read::{self, Labels, Number, Text};
use crate::source::Span;
use crate::yaml::Node;

/// A `DestinationRule`.
#[derive(Clone, Debug)]
pub struct DestinationRule<'s> {
    /// Its identity.
    pub meta: Meta<'s>,
    /// `spec.host`
    pub host: Option<Text<'s>>,
    /// `spec.exportTo`
    pub export_to: Vec<Text<'s>>,
    /// `spec.workloadSelector.matchLabels`
    pub workload_selector: Option<Labels<'s>>,
    /// `spec.trafficPolicy`
    pub policy: Option<TrafficPolicy<'s>>,
    /// `spec.subsets`
    pub subsets: Vec<Subset<'s>>,
}

/// A named subset of a host's endpoints.
#[derive(Clone, Debug)]
pub struct Subset<'s> {
    /// `name`
    pub name: Text<'s>,
    /// `labels`
    pub labels: Labels<'s>,
    /// The place of `labels` (its value), or of the subset where there are none.
    pub labels_span: Span,
    /// `trafficPolicy`
    pub policy: Option<Box<TrafficPolicy<'s>>>,
    /// The whole subset.
    pub span: Span,
}

/// A `trafficPolicy`, of a rule, a subset or (a `portLevelSettings` entry) a port.
#[derive(Clone, Debug)]
pub struct TrafficPolicy<'s> {
    /// The whole policy.
    pub node: Node<'s>,
    /// `tls`
    pub tls: Option<ClientTls<'s>>,
    /// `loadBalancer.localityLbSetting`
    pub locality: Option<Node<'s>>,
    /// `outlierDetection`
    pub outlier_detection: Option<Node<'s>>,
    /// `portLevelSettings`: the port's number and its policy.
    pub ports: Vec<(Option<Number>, TrafficPolicy<'s>)>,
}

/// `tls` of a traffic policy.
#[derive(Clone, Debug)]
pub struct ClientTls<'s> {
    /// `mode`; Istio reads none as DISABLE.
    pub mode: Option<Text<'s>>,
    /// `sni`
    pub sni: Option<Text<'s>>,
    /// The place of the mode, or of the whole setting.
    pub span: Span,
}

impl<'s> DestinationRule<'s> {
    pub(super) fn read(meta: Meta<'s>) -> Self {
        let spec = meta.spec();
        Self {
            host: read::text(spec, "host"),
            export_to: read::strings(spec, "exportTo"),
            workload_selector: spec.get("workloadSelector").map(|s| read::labels(s, "matchLabels")),
            policy: spec.get("trafficPolicy").filter(Node::is_mapping).map(TrafficPolicy::read),
            subsets: read::exact(read::items(spec, "subsets").filter_map(Subset::read)),
            meta,
        }
    }

    /// The subset of that name: the first definition wins.
    pub fn subset(&self, name: &str) -> Option<&Subset<'s>> {
        self.subsets.iter().find(|s| s.name.value == name)
    }
}

impl<'s> Subset<'s> {
    fn read(node: Node<'s>) -> Option<Self> {
        Some(Self {
            name: read::text(node, "name")?,
            labels: read::labels(node, "labels"),
            labels_span: read::span_of(node, "labels"),
            policy: node.get("trafficPolicy").filter(Node::is_mapping).map(|p| Box::new(TrafficPolicy::read(p))),
            span: node.span(),
        })
    }
}

impl<'s> TrafficPolicy<'s> {
    fn read(node: Node<'s>) -> Self {
        Self {
            node,
            tls: node.get("tls").filter(Node::is_mapping).map(|tls| ClientTls {
                mode: read::text(tls, "mode"),
                sni: read::text(tls, "sni"),
                span: read::span_of(tls, "mode"),
            }),
            locality: node.at_path(&["loadBalancer", "localityLbSetting"]).filter(Node::is_mapping),
            outlier_detection: node.get("outlierDetection").filter(Node::is_mapping),
            ports: read::items(node, "portLevelSettings")
                .map(|p| (p.get("port").and_then(|n| read::number(n, "number")), TrafficPolicy::read(p)))
                .collect(),
        }
    }
}
