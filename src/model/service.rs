//! Kubernetes `Service`.

use super::Meta;
use super::read::{self, Labels, Text};
use super::service_entry::ServicePort;

/// A Kubernetes `Service`.
#[derive(Clone, Debug)]
pub struct Service<'s> {
    /// Its identity.
    pub meta: Meta<'s>,
    /// `spec.type`
    pub kind: Option<Text<'s>>,
    /// `spec.clusterIP`
    pub cluster_ip: Option<Text<'s>>,
    /// `spec.clusterIPs`
    pub cluster_ips: Vec<Text<'s>>,
    /// `spec.ports`
    pub ports: Vec<ServicePort<'s>>,
    /// `spec.selector`
    pub selector: Labels<'s>,
    /// Where traffic from outside reaches it: `loadBalancerIP`, `externalIPs`, `status.loadBalancer.ingress`, and
    /// the annotations of load balancers and external-dns.
    pub outside: Vec<Text<'s>>,
}

/// Annotations whose value is an address, or several with commas between them, of a Service's load balancer.
const ADDRESS_ANNOTATIONS: &[&str] = &[
    "external-dns.alpha.kubernetes.io/hostname",
    "external-dns.alpha.kubernetes.io/target",
    "metallb.universe.tf/loadBalancerIPs",
    "metallb.io/loadBalancerIPs",
    "io.cilium/lb-ipam-ips",
    "lbipam.cilium.io/ips",
    "kube-vip.io/loadbalancerIPs",
    "service.beta.kubernetes.io/azure-load-balancer-ipv4",
    "service.beta.kubernetes.io/azure-load-balancer-ipv6",
    "service.beta.kubernetes.io/aws-load-balancer-private-ipv4-addresses",
    "networking.gke.io/load-balancer-ip-addresses",
    "networking.istio.io/traffic-external-address",
];

impl<'s> Service<'s> {
    pub(super) fn read(meta: Meta<'s>) -> Self {
        let spec = meta.spec();
        let mut outside: Vec<Text<'s>> = read::text(spec, "loadBalancerIP").into_iter().collect();
        outside.extend(read::strings(spec, "externalIPs"));
        if let Some(lb) = meta.root.at_path(&["status", "loadBalancer"]) {
            for ingress in read::items(lb, "ingress") {
                outside.extend(read::text(ingress, "ip"));
                outside.extend(read::text(ingress, "hostname"));
            }
        }
        for (key, value) in &meta.annotations {
            if ADDRESS_ANNOTATIONS.contains(&key.value) {
                outside.extend(value.value.split(',').map(|a| Text::new(a.trim(), value.span)));
            }
        }
        outside.retain(|a| !a.value.is_empty());
        Self {
            kind: read::text(spec, "type"),
            cluster_ip: read::text(spec, "clusterIP").filter(|c| !c.value.is_empty()),
            cluster_ips: read::strings(spec, "clusterIPs"),
            ports: read::exact(read::items(spec, "ports").map(|p| ServicePort::read(p, "port"))),
            selector: read::labels(spec, "selector"),
            outside,
            meta,
        }
    }

    /// `spec.type`, with Kubernetes' default.
    pub fn service_type(&self) -> &'s str {
        self.kind.map_or("ClusterIP", |k| k.value)
    }

    /// Whether it has no cluster IP.
    pub fn is_headless(&self) -> bool {
        self.cluster_ip.is_some_and(|c| c.value == "None")
    }

    /// Whether it is an alias for a name outside.
    pub fn is_external_name(&self) -> bool {
        self.service_type() == "ExternalName"
    }

    /// The port of that number.
    pub fn port(&self, number: u32) -> Option<&ServicePort<'s>> {
        self.ports.iter().find(|p| p.port() == Some(number))
    }
}
