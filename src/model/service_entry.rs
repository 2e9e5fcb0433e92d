//! Istio `ServiceEntry`, and the endpoints that `WorkloadEntry` shares with it (networking.istio.io).

use super::Meta;
use super::read::{self, Labels, Number, Text};
use crate::source::Span;
use crate::yaml::Node;

/// A `ServiceEntry`.
#[derive(Clone, Debug)]
pub struct ServiceEntry<'s> {
    /// Its identity.
    pub meta: Meta<'s>,
    /// `spec.hosts`
    pub hosts: Vec<Text<'s>>,
    /// `spec.addresses`: virtual IPs, or CIDRs.
    pub addresses: Vec<Text<'s>>,
    /// `spec.ports`
    pub ports: Vec<ServicePort<'s>>,
    /// `spec.location`; none means MESH_EXTERNAL.
    pub location: Option<Text<'s>>,
    /// `spec.resolution`; none means NONE.
    pub resolution: Option<Text<'s>>,
    /// `spec.endpoints`
    pub endpoints: Vec<Endpoint<'s>>,
    /// `spec.workloadSelector.labels`
    pub workload_selector: Option<Labels<'s>>,
    /// `spec.exportTo`
    pub export_to: Vec<Text<'s>>,
}

/// A port of a `ServiceEntry` or of a Kubernetes `Service`.
#[derive(Clone, Debug)]
pub struct ServicePort<'s> {
    /// `name`
    pub name: Option<Text<'s>>,
    /// `number` of a ServiceEntry, `port` of a Service.
    pub number: Option<Number>,
    /// `targetPort` as a number.
    pub target: Option<Number>,
    /// `targetPort` as written, where it is a name.
    pub target_name: Option<Text<'s>>,
    /// `nodePort`
    pub node_port: Option<Number>,
    /// `protocol`: HTTP, GRPC, TCP … of a ServiceEntry; TCP, UDP or SCTP of a Service.
    pub protocol: Option<Text<'s>>,
    /// `appProtocol` of a Service.
    pub app_protocol: Option<Text<'s>>,
    /// The whole port.
    pub span: Span,
}

/// One endpoint: an item of `spec.endpoints`, or a `WorkloadEntry`'s spec.
#[derive(Clone, Debug)]
pub struct Endpoint<'s> {
    /// `address`
    pub address: Option<Text<'s>>,
    /// `ports`: port name to number.
    pub ports: Vec<(Text<'s>, Number)>,
    /// The place of `ports`, or of the whole endpoint.
    pub ports_span: Span,
    /// `labels`
    pub labels: Labels<'s>,
    /// `network`
    pub network: Option<Text<'s>>,
    /// `serviceAccount`
    pub service_account: Option<Text<'s>>,
    /// The whole endpoint.
    pub span: Span,
}

impl<'s> ServiceEntry<'s> {
    pub(super) fn read(meta: Meta<'s>) -> Self {
        let spec = meta.spec();
        Self {
            hosts: read::strings(spec, "hosts"),
            addresses: read::strings(spec, "addresses"),
            ports: read::exact(read::items(spec, "ports").map(|p| ServicePort::read(p, "number"))),
            location: read::text(spec, "location"),
            resolution: read::text(spec, "resolution"),
            endpoints: read::exact(read::items(spec, "endpoints").map(Endpoint::read)),
            workload_selector: spec.get("workloadSelector").map(|s| read::labels(s, "labels")),
            export_to: read::strings(spec, "exportTo"),
            meta,
        }
    }

    /// `spec.resolution`, with Istio's default.
    pub fn resolution(&self) -> &'s str {
        self.resolution.map_or("NONE", |r| r.value)
    }
}

impl<'s> ServicePort<'s> {
    pub(super) fn read(node: Node<'s>, number: &str) -> Self {
        let target = read::number(node, "targetPort");
        Self {
            name: read::text(node, "name").filter(|n| !n.value.is_empty()),
            number: read::number(node, number),
            target,
            target_name: if target.is_some_and(|t| t.value.is_some()) { None } else { read::text(node, "targetPort") },
            node_port: read::number(node, "nodePort"),
            protocol: read::text(node, "protocol"),
            app_protocol: read::text(node, "appProtocol"),
            span: node.span(),
        }
    }

    /// The number, where it is known.
    pub fn port(&self) -> Option<u32> {
        self.number.and_then(|n| n.value)
    }

    /// The place of what says which protocol is spoken: `appProtocol`, else the name, else the number.
    pub fn protocol_span(&self) -> Span {
        self.app_protocol.or(self.name).map_or_else(|| self.number_span(), |t| t.span)
    }

    /// The place of the number, or of the whole port.
    pub fn number_span(&self) -> Span {
        self.number.map_or(self.span, |n| n.span)
    }
}

impl<'s> Endpoint<'s> {
    pub(super) fn read(node: Node<'s>) -> Self {
        Self {
            address: read::text(node, "address").filter(|a| !a.value.is_empty()),
            ports: node
                .get("ports")
                .map(|p| {
                    p.entries()
                        .into_iter()
                        .filter_map(|(k, _)| {
                            let name = k.text()?;
                            Some((Text::new(name, k.span()), read::number(p, name)?))
                        })
                        .collect()
                })
                .unwrap_or_default(),
            ports_span: read::key_span(node, "ports"),
            labels: read::labels(node, "labels"),
            network: read::text(node, "network").filter(|a| !a.value.is_empty()),
            service_account: read::text(node, "serviceAccount"),
            span: node.span(),
        }
    }
}
