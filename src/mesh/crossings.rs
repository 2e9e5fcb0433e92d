//! Crossings: each way in which one cluster's traffic reaches a Service of another, through that one's gateway.
//!
//! A petgraph graph holds them: hosts of the calling cluster, the target's gateway, the Service behind it. Rules walk
//! it forwards (what does this route reach?) and backwards (who comes in through this gateway?).

use petgraph::Direction;
use petgraph::graph::{DiGraph, EdgeReference, NodeIndex};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::links::Link;
use super::{Cluster, ClusterId, Fleet, Own, Site, Together, Use};
use crate::model::host::{Global, global};
use crate::model::read::{moved, selects, unknown};
use crate::model::{Host, Service, Subset, Text};

/// One way from a cluster into another.
#[derive(Clone, Copy, Debug)]
pub struct Crossing<'s> {
    /// The calling cluster.
    pub from: ClusterId,
    /// The cluster that is called.
    pub to: ClusterId,
    /// The host that is called, in the calling cluster's terms.
    pub host: Host<'s>,
    /// The Service that it stands for in the target cluster.
    pub service: Host<'s>,
    /// The host that the SNI carries: what the gateway's servers have to cover.
    pub sni_host: Host<'s>,
    /// The subset that the SNI carries.
    pub subset: Option<Text<'s>>,
    /// The port that the SNI carries.
    pub port: Option<u32>,
    /// What sends traffic there.
    pub origin: Origin<'s>,
    /// The endpoint that leads there, for a `.global` host: an index into [`Fleet::links`].
    pub link: Option<u32>,
}

/// What sends traffic across.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'s> {
    /// A route of a VirtualService.
    Use(Use<'s>),
    /// A ServiceEntry for a `.global` host, which any client can call.
    Entry,
    /// The Service of the same name in the calling cluster, which any client can call.
    Service,
}

/// A node of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node<'s> {
    /// A host that clients of a cluster call.
    Host(ClusterId, Host<'s>),
    /// A cluster's gateway for traffic from other clusters.
    Gateway(ClusterId),
    /// A Service of a cluster.
    Service(ClusterId, Host<'s>),
}

/// An edge of the graph.
#[derive(Clone, Copy, Debug)]
pub enum Edge {
    /// A host leads to a Service of another cluster: an index into the crossings.
    Crosses(u32),
    /// A gateway exposes a Service to other clusters.
    Exposes,
}

/// All crossings and their graph.
#[derive(Debug, Default)]
pub struct Crossings<'s> {
    /// Those that leave each cluster.
    lists: Vec<Vec<Crossing<'s>>>,
    graph: DiGraph<Node<'s>, Edge, u32>,
    nodes: FxHashMap<Node<'s>, NodeIndex<u32>>,
}

impl<'s> Crossings<'s> {
    fn node(&mut self, node: Node<'s>) -> NodeIndex<u32> {
        let graph = &mut self.graph;
        *self.nodes.entry(node).or_insert_with(|| graph.add_node(node))
    }

    /// Adds the crossing of that index, counted over all lists.
    fn add(&mut self, index: u32, crossing: &Crossing<'s>) {
        let host = self.node(Node::Host(crossing.from, crossing.host));
        let gateway = self.node(Node::Gateway(crossing.to));
        let is_new = !self.nodes.contains_key(&Node::Service(crossing.to, crossing.service));
        let service = self.node(Node::Service(crossing.to, crossing.service));
        self.graph.add_edge(host, service, Edge::Crosses(index));
        if is_new {
            self.graph.add_edge(gateway, service, Edge::Exposes);
        }
    }

    /// The crossing of that index, counted over all lists.
    fn get(&self, index: u32) -> Option<&Crossing<'s>> {
        let mut index = index as usize;
        for list in &self.lists {
            match list.get(index) {
                Some(crossing) => return Some(crossing),
                None => index -= list.len(),
            }
        }
        None
    }

    /// All of them, in the order of clusters and files.
    pub fn iter(&self) -> impl Iterator<Item = &Crossing<'s>> {
        self.lists.iter().flatten()
    }

    /// Those that come in through a cluster's gateway, in the order of clusters and files.
    pub fn arriving(&self, to: ClusterId) -> Vec<&Crossing<'s>> {
        let Some(&gateway) = self.nodes.get(&Node::Gateway(to)) else { return Vec::new() };
        let services = self.graph.neighbors_directed(gateway, Direction::Outgoing);
        self.in_order(services.flat_map(|s| self.graph.edges_directed(s, Direction::Incoming)))
    }

    /// Those that leave a cluster for a host.
    pub fn leaving(&self, from: ClusterId, host: Host<'s>) -> Vec<&Crossing<'s>> {
        let Some(&node) = self.nodes.get(&Node::Host(from, host)) else { return Vec::new() };
        self.in_order(self.graph.edges_directed(node, Direction::Outgoing))
    }

    /// Those that reach a Service of a cluster: who calls it from elsewhere.
    pub fn callers(&self, to: ClusterId, service: Host<'s>) -> Vec<&Crossing<'s>> {
        let Some(&node) = self.nodes.get(&Node::Service(to, service)) else { return Vec::new() };
        self.in_order(self.graph.edges_directed(node, Direction::Incoming))
    }

    fn in_order<'a>(&'a self, edges: impl Iterator<Item = EdgeReference<'a, Edge, u32>>) -> Vec<&'a Crossing<'s>> {
        let crosses = |e: EdgeReference<'a, Edge, u32>| match e.weight() {
            Edge::Crosses(i) => Some(*i),
            Edge::Exposes => None,
        };
        let mut indices: Vec<u32> = edges.filter_map(crosses).collect();
        indices.sort_unstable();
        indices.into_iter().filter_map(|i| self.get(i)).collect()
    }

    /// The graph: hosts, gateways, Services.
    pub fn graph(&self) -> &DiGraph<Node<'s>, Edge, u32> {
        &self.graph
    }

    pub(super) fn build(fleet: &Fleet<'s>) -> Self {
        let of = |from: &Cluster<'s>| {
            let mut found = Vec::new();
            add_global(&mut found, fleet, from);
            add_networks(&mut found, fleet, from);
            moved(found)
        };
        let found: Vec<Vec<Crossing<'s>>> = fleet.clusters.par_iter().map(of).collect();
        let mut all = Self::default();
        found.iter().flatten().enumerate().for_each(|(i, crossing)| all.add(i as u32, crossing));
        all.lists = found;
        all
    }
}

/// Replicated control planes: routes to `.global` hosts, and the ServiceEntries that no route narrows.
fn add_global<'s>(out: &mut Vec<Crossing<'s>>, fleet: &Fleet<'s>, from: &Cluster<'s>) {
    for (i, link) in fleet.links_from(from.id) {
        let Some(to) = link.to.filter(|_| !link.at_home) else { continue };
        let entry = link.entry(from);
        let service = Host::Service { name: link.global.service, namespace: link.global.namespace };
        for port in &entry.ports {
            let applied = from.destination_rules(entry.meta.namespace.value, link.host());
            let Some(sni) = Sni::of(from, &applied, None, port.port(), link.host()) else { continue };
            let sni = Sni { subset: None, ..sni.or_of_a_subset(from, &applied, port.port(), link.host()) };
            out.push(Crossing {
                from: from.id,
                to,
                host: link.host(),
                service: sni.service().unwrap_or(service),
                sni_host: sni.host,
                subset: None,
                port: sni.port,
                origin: Origin::Entry,
                link: Some(i),
            });
        }
    }
    for u in from.uses() {
        let Host::Name(name) = u.host else { continue };
        let Global::Host(g) = global(name, &fleet.settings.global_suffix) else { continue };
        let Some(subset) = u.subset(from) else { continue };
        if u.is_idle(from) {
            continue;
        }
        let Some((applied, definition)) = defined(from, u, subset) else { continue };
        let service = Host::Service { name: g.service, namespace: g.namespace };
        for (i, link) in fleet.links_of(from.id, u.host) {
            let Some(to) = link.to.filter(|_| !link.at_home) else { continue };
            if !link_matches(link, from, &definition.labels) {
                continue;
            }
            let port = u.port(from).or_else(|| only_port(link, from));
            let Some(sni) = Sni::of(from, &applied, u.destination(from).subset, port, u.host) else { continue };
            out.push(Crossing {
                from: from.id,
                to,
                host: u.host,
                service: sni.service().unwrap_or(service),
                sni_host: sni.host,
                subset: sni.subset,
                port: sni.port,
                origin: Origin::Use(*u),
                link: Some(i),
            });
        }
    }
}

/// Multi-primary: Services of the same name in clusters on other networks (domain.md, section 6).
fn add_networks<'s>(out: &mut Vec<Crossing<'s>>, fleet: &Fleet<'s>, from: &Cluster<'s>) {
    let others: Vec<&Cluster<'s>> = fleet
        .clusters
        .iter()
        .filter(|to| to.id != from.id && fleet.together(from, to) == Together::Shown && on_other_network(from, to))
        .collect();
    if others.is_empty() {
        return;
    }
    // Ambient crosses by another way (HBONE), which has no SNI.
    let own = Own::of(fleet, from);
    let crosses = |s: &&Service<'s>| !own.has(s) && !from.is_ambient(s.meta.namespace.value);
    for service in from.objects.services.iter().filter(crosses) {
        let host = Cluster::host_of(service);
        for to in &others {
            if backing(to, host).is_some_and(|s| !to.workloads_of(s).is_empty()) {
                out.push(Crossing {
                    from: from.id,
                    to: to.id,
                    host,
                    service: host,
                    sni_host: host,
                    subset: None,
                    port: None,
                    origin: Origin::Service,
                    link: None,
                });
            }
        }
    }
    for u in from.uses() {
        if !matches!(u.host, Host::Service { .. }) || u.is_idle(from) {
            continue;
        }
        if from.service_of(&u.host).is_some_and(|s| !crosses(&s)) {
            continue;
        }
        let Some(subset) = u.subset(from) else { continue };
        let Some((_, definition)) = defined(from, u, subset) else { continue };
        for to in &others {
            // Only clusters with Pods that match the caller's labels are chosen (evidence B).
            let Some(service) = backing(to, u.host) else { continue };
            if !to.workloads_of(service).iter().any(|w| to.subset_selects(&definition.labels, w)) {
                continue;
            }
            out.push(Crossing {
                from: from.id,
                to: to.id,
                host: u.host,
                service: u.host,
                sni_host: u.host,
                subset: u.destination(from).subset,
                port: u.port(from),
                origin: Origin::Use(*u),
                link: None,
            });
        }
    }
}

impl<'s> Crossing<'s> {
    /// Where it starts: the route's subset or host, the ServiceEntry's host, the Service's name.
    pub fn site<'a>(&self, fleet: &'a Fleet<'s>) -> Site<'a, 's> {
        let from = fleet.cluster(self.from);
        match self.origin {
            Origin::Use(u) => u.subset_site(from),
            Origin::Entry => match self.link {
                Some(i) => {
                    let link = fleet.link(i);
                    from.site(&link.entry(from).meta, link.host.span)
                }
                None => Site::nowhere(),
            },
            Origin::Service => match from.service_of(&self.host) {
                Some(s) => from.site(&s.meta, s.meta.name.span),
                None => Site::nowhere(),
            },
        }
    }

    /// The name under which the traffic leaves: `outbound_.9080_.v3_.reviews.default.global`.
    pub fn sni(&self, fleet: &Fleet<'s>) -> String {
        let port = self.port.map_or("*".into(), |p| p.to_string());
        let subset = self.subset.map_or("", |s| s.value);
        format!("outbound_.{port}_.{subset}_.{}", self.sni_host.full(fleet.cluster(self.to).domain))
    }
}

impl<'s> Cluster<'s> {
    /// Whether a workload's Pods carry a subset's labels; the topology labels are the cluster's own (evidence J).
    pub fn subset_selects(&self, labels: &crate::model::Labels<'s>, workload: &crate::model::Workload<'s>) -> bool {
        labels.iter().all(|(k, v)| match k.value {
            "topology.istio.io/cluster" => {
                // The folder's name says nothing where the manifests say another.
                self.mesh.cluster_name.is_none_or(|n| n.value == v.value || unknown(n.value)) || unknown(v.value)
            }
            "topology.istio.io/network" => self.mesh.network().is_none_or(|n| n.value == v.value) || unknown(v.value),
            // What a Pod inherits from its node; what the node does not say is no label.
            "topology.kubernetes.io/region"
            | "topology.kubernetes.io/zone"
            | "topology.istio.io/subzone"
            | "kubernetes.io/hostname"
            | "failure-domain.beta.kubernetes.io/region"
            | "failure-domain.beta.kubernetes.io/zone" => !v.value.is_empty(),
            // Set by a controller when it runs.
            "rollouts-pod-template-hash" | "pod-template-hash" | "controller-revision-hash" => true,
            _ => selects(&[(*k, *v)], &workload.labels),
        })
    }
}

/// Whether an endpoint carries a subset's labels; `topology.istio.io/network` comes from its `network` (evidence J4).
fn link_matches<'s>(link: &Link<'s>, from: &Cluster<'s>, labels: &crate::model::Labels<'s>) -> bool {
    endpoint_matches(link.endpoint(from), labels)
}

/// See [`link_matches`].
pub(crate) fn endpoint_matches<'s>(endpoint: &crate::model::Endpoint<'s>, labels: &crate::model::Labels<'s>) -> bool {
    labels.iter().all(|(k, v)| {
        if k.value == "topology.istio.io/network"
            && let Some(n) = endpoint.network
        {
            return n.value == v.value || unknown(n.value) || unknown(v.value);
        }
        if k.value == "topology.istio.io/cluster" {
            // Overwritten with the reader's own cluster id: it never tells endpoints apart.
            return false;
        }
        // Also set from the endpoint's `locality`, or that of what it stands for.
        if matches!(
            k.value,
            "topology.kubernetes.io/region" | "topology.kubernetes.io/zone" | "topology.istio.io/subzone"
        ) {
            return true;
        }
        selects(&[(*k, *v)], &endpoint.labels)
    })
}

fn only_port<'s>(link: &Link<'s>, from: &Cluster<'s>) -> Option<u32> {
    match link.entry(from).ports.as_slice() {
        [only] => only.port(),
        _ => None,
    }
}

/// What the SNI of a `.global` host's traffic carries.
struct Sni<'s> {
    port: Option<u32>,
    subset: Option<Text<'s>>,
    host: Host<'s>,
}

impl<'s> Sni<'s> {
    /// What a subset's own `tls.sni` says, where the rule itself names none: such a rule is made for calls that routes
    /// send to its subsets.
    fn or_of_a_subset(
        self,
        from: &Cluster<'s>,
        applied: &super::Applied<'_, 's>,
        port: Option<u32>,
        host: Host<'s>,
    ) -> Self {
        if applied.tls(None, port).is_some_and(|t| t.sni.is_some()) {
            return self;
        }
        let mut subsets = applied.rules.iter().flat_map(|r| &r.subsets).map(|s| s.name);
        let own = subsets.find(|s| applied.tls(Some(s.value), port).is_some_and(|t| t.sni.is_some()));
        own.and_then(|s| Self::of(from, applied, Some(s), port, host)).unwrap_or(self)
    }

    /// An explicit `tls.sni` takes the place of all of it: `outbound_.80_.v1_.reviews.default.svc.cluster.local`
    /// (evidence G30). `None` where that is a name of another form, by which no gateway's AUTO_PASSTHROUGH goes.
    fn of(
        from: &Cluster<'s>,
        applied: &super::Applied<'_, 's>,
        subset: Option<Text<'s>>,
        port: Option<u32>,
        host: Host<'s>,
    ) -> Option<Self> {
        let Some(sni) = applied.tls(subset.map(|s| s.value), port).and_then(|t| t.sni) else {
            return Some(Self { port, subset, host });
        };
        let mut parts = sni.value.strip_prefix("outbound_.").filter(|r| !unknown(r))?.splitn(3, "_.");
        let (port, subset, host) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            port: port.parse().ok(),
            subset: (!subset.is_empty()).then(|| Text::new(subset, sni.span)),
            host: Host::parse(host, "", from.domain),
        })
    }
}

impl<'s> Sni<'s> {
    /// The Service that it names itself.
    fn service(&self) -> Option<Host<'s>> {
        self.host.namespace().map(|_| self.host)
    }
}

/// The rules and the definition that a route's clients find for its subset.
fn defined<'a, 's>(
    from: &'a Cluster<'s>,
    u: &Use<'s>,
    subset: &str,
) -> Option<(super::Applied<'a, 's>, &'a Subset<'s>)> {
    from.client_namespaces(u.virtual_service(from)).into_iter().find_map(|client| {
        let applied = from.destination_rules(client, u.host);
        let (_, definition) = applied.subset(subset)?;
        Some((applied, definition))
    })
}

/// The Service of a host that can have Pods behind it.
fn backing<'a, 's>(cluster: &'a Cluster<'s>, host: Host<'s>) -> Option<&'a Service<'s>> {
    cluster.service_of(&host).filter(|s| !s.is_external_name())
}

/// Whether two clusters are on networks that are known to differ.
fn on_other_network(a: &Cluster<'_>, b: &Cluster<'_>) -> bool {
    match (a.mesh.network(), b.mesh.network()) {
        (Some(a), Some(b)) => a.value != b.value,
        _ => false,
    }
}
