//! The way into a cluster for other clusters' traffic: gateway Services, and Gateway servers on the SNI port.

use super::Cluster;
use crate::model::read::{self, Text};
use crate::model::{Gateway, Host, RouteKind, Server, Service, Workload};

/// What a cluster's repository shows of the way into it.
#[derive(Debug, Default)]
pub struct Entrance<'s> {
    services: Vec<u32>,
    namespaces: Vec<&'s str>,
    servers: Vec<(u32, u32)>,
    /// Whether a Gateway of the Gateway API listens on the SNI port.
    has_listener: bool,
    /// The SNIs that VirtualServices bound to the servers name literally (evidence G12).
    literal: Vec<Text<'s>>,
    /// Every Service port, node port or mapped port at which the gateway takes other clusters' traffic.
    ports: Vec<u32>,
}

/// The label that says at which port a gateway Service takes other networks' traffic, in place of 15443 (evidence L15).
const GATEWAY_PORT: &str = "networking.istio.io/gatewayPort";

impl<'s> Entrance<'s> {
    pub(super) fn of(cluster: &Cluster<'s>, sni_port: u32) -> Self {
        let mut entrance = Self { ports: vec![sni_port], ..Self::default() };
        for (i, service) in cluster.objects.services.iter().enumerate() {
            let wanted = Self::wanted(service, sni_port).unwrap_or(sni_port);
            for port in &service.ports {
                let number = port.port();
                if number == Some(wanted) || port.target.and_then(|t| t.value) == Some(sni_port) {
                    entrance.services.push(i as u32);
                    entrance.ports.extend(number);
                    entrance.ports.extend(port.node_port.and_then(|n| n.value));
                }
            }
        }
        entrance.services.dedup();
        // A server's number is the Service's port or the Pod's (evidence G25, G26).
        let numbers: Vec<u32> = entrance
            .services
            .iter()
            .flat_map(|&i| &cluster.objects.services[i as usize].ports)
            .filter(|p| p.port().is_some_and(|n| entrance.ports.contains(&n)))
            .flat_map(|p| [p.port(), p.target.and_then(|t| t.value)])
            .flatten()
            .collect();
        for (g, gateway) in cluster.objects.gateways.iter().enumerate() {
            for (s, server) in gateway.servers.iter().enumerate() {
                let number = server.port();
                if number == Some(sni_port) || number.is_some_and(|n| numbers.contains(&n)) {
                    entrance.servers.push((g as u32, s as u32));
                }
            }
        }
        entrance.has_listener = cluster.objects.others.iter().any(|o| {
            o.kind.value == "Gateway"
                && read::items(o.spec(), "listeners")
                    .any(|l| read::number(l, "port").is_some_and(|n| n.value == Some(sni_port)))
        });
        entrance.literal = entrance.find_literal(cluster);
        entrance.namespaces = entrance.find_namespaces(cluster);
        entrance
    }

    /// The port at which other networks dial a gateway Service: that of its label, else the SNI port. `None` where the
    /// label is no number.
    pub fn wanted(service: &Service<'s>, sni_port: u32) -> Option<u32> {
        service.meta.label(GATEWAY_PORT).map_or(Some(sni_port), |p| p.value.parse().ok())
    }

    /// The Services that lead to the SNI port.
    pub fn services<'a>(&'a self, cluster: &'a Cluster<'s>) -> impl Iterator<Item = &'a Service<'s>> + 'a {
        self.services.iter().map(|&i| &cluster.objects.services[i as usize])
    }

    /// The Gateways' servers on the SNI port.
    pub fn servers<'a>(
        &'a self,
        cluster: &'a Cluster<'s>,
    ) -> impl Iterator<Item = (&'a Gateway<'s>, &'a Server<'s>)> + 'a {
        self.servers.iter().map(|&(g, s)| {
            let gateway = &cluster.objects.gateways[g as usize];
            (gateway, &gateway.servers[s as usize])
        })
    }

    /// Whether a Gateway of the Gateway API listens on the SNI port: what it takes is not known here.
    pub fn has_listener(&self) -> bool {
        self.has_listener
    }

    /// The SNIs that are routed because a VirtualService names them, where no server goes by the SNI's parts.
    pub fn literal(&self) -> &[Text<'s>] {
        &self.literal
    }

    fn find_literal(&self, cluster: &Cluster<'s>) -> Vec<Text<'s>> {
        if self.servers.is_empty() || self.passing(cluster).next().is_some() {
            return Vec::new();
        }
        let mut all = Vec::new();
        for vs in &cluster.objects.virtual_services {
            let tls = || vs.routes.iter().filter(|r| r.kind == RouteKind::Tls && !r.sni_hosts.is_empty());
            if tls().next().is_none() {
                continue;
            }
            let bound = |g: &Text<'_>| {
                let name = Cluster::gateway_name(g.value, vs.meta.namespace.value);
                self.servers(cluster).any(|(g, _)| (g.meta.namespace.value, g.meta.name.value) == name)
            };
            if vs.gateways.iter().any(bound) {
                all.extend(tls().flat_map(|r| r.sni_hosts.iter().copied()));
            }
        }
        all
    }

    /// The servers that pass traffic through by its SNI.
    pub fn passing<'a>(
        &'a self,
        cluster: &'a Cluster<'s>,
    ) -> impl Iterator<Item = (&'a Gateway<'s>, &'a Server<'s>)> + 'a {
        self.servers(cluster).filter(|(_, s)| s.tls_mode.is_some_and(|m| m.value == "AUTO_PASSTHROUGH"))
    }

    /// Whether the repository shows nothing of it: no Service and no server.
    pub fn is_unknown(&self) -> bool {
        self.services.is_empty() && self.servers.is_empty()
    }

    /// Whether the gateway takes other clusters' traffic at that port: the SNI port, its node port, or one that a
    /// gateway Service maps to it.
    pub fn takes(&self, port: u32) -> bool {
        self.ports.contains(&port)
    }

    /// Whether the gateway Services say their node ports.
    pub fn has_node_ports(&self, cluster: &Cluster<'s>) -> bool {
        self.services(cluster).any(|s| s.ports.iter().any(|p| p.node_port.is_some()))
    }

    /// The workloads of the gateway, as far as the repository has them.
    pub fn workloads<'a>(&'a self, cluster: &'a Cluster<'s>) -> Vec<&'a Workload<'s>> {
        let mut all = Vec::new();
        for service in self.services(cluster) {
            all.extend(cluster.workloads_of(service));
        }
        for (gateway, _) in self.servers(cluster) {
            all.extend(cluster.workloads(None, &gateway.selector));
        }
        all.sort_by_key(|w| (w.meta.namespace.value, w.meta.name.value));
        all.dedup_by_key(|w| (w.meta.namespace.value, w.meta.name.value));
        all
    }

    /// The namespaces that the gateway's Pods run in, as far as they are known; else the root namespace.
    pub fn namespaces(&self) -> &[&'s str] {
        &self.namespaces
    }

    fn find_namespaces(&self, cluster: &Cluster<'s>) -> Vec<&'s str> {
        let mut all: Vec<&'s str> = self.workloads(cluster).iter().map(|w| w.meta.namespace.value).collect();
        if all.is_empty() {
            all = self.services(cluster).map(|s| s.meta.namespace.value).collect();
        }
        if all.is_empty() {
            all.push(cluster.mesh.root_namespace);
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether one of the passing servers' hosts covers that host.
    pub fn covers(&self, cluster: &Cluster<'s>, host: &Host<'_>) -> bool {
        self.passing(cluster).flat_map(|(_, s)| s.host_names()).any(|pattern| {
            crate::model::read::unknown(pattern.value)
                || Host::parse(pattern.value, "", cluster.domain).covers(host, cluster.domain)
        })
    }
}
