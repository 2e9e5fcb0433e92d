//! Links: which cluster each endpoint of a `.global` ServiceEntry leads to, and what says so.

use rustc_hash::FxHashMap;

use super::{Cluster, ClusterId, Site};
use crate::model::host::{Global, GlobalHost, global};
use crate::model::read::{placeholder_names, unknown};
use crate::model::{Endpoint, Host, Service, ServiceEntry, ServicePort, Text};

/// An endpoint of a `.global` host, and where it leads.
#[derive(Clone, Debug)]
pub struct Link<'s> {
    /// The cluster that has the ServiceEntry.
    pub from: ClusterId,
    /// The host, as written.
    pub host: Text<'s>,
    /// What the host stands for.
    pub global: GlobalHost<'s>,
    /// The cluster that it leads to, where anything says so and nothing contradicts.
    pub to: Option<ClusterId>,
    /// What says so, strongest first.
    pub evidence: Vec<Evidence<'s>>,
    entry: u32,
    endpoint: u32,
}

/// What says which cluster an endpoint leads to (domain.md, section 5), strongest first.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'s> {
    /// What kind of evidence.
    pub kind: EvidenceKind,
    /// The cluster that it names.
    pub to: ClusterId,
    /// The value that says it.
    pub value: Text<'s>,
    /// The Service in that cluster whose address it is.
    pub service: Option<u32>,
}

/// Kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// The address is a gateway's of that cluster.
    Address,
    /// The endpoint's network is that cluster's alone.
    Network,
    /// A label names the cluster.
    Label,
    /// The host itself names it.
    Host,
    /// The placeholder that stands for the address names it.
    Placeholder,
}

/// Labels that name an endpoint's cluster.
const CLUSTER_LABELS: &[&str] = &["cluster", "topology.istio.io/cluster", "istio.io/cluster"];

impl<'s> Link<'s> {
    /// The ServiceEntry.
    pub fn entry<'a>(&self, from: &'a Cluster<'s>) -> &'a ServiceEntry<'s> {
        &from.objects.service_entries[self.entry as usize]
    }

    /// The endpoint.
    pub fn endpoint<'a>(&self, from: &'a Cluster<'s>) -> &'a Endpoint<'s> {
        &self.entry(from).endpoints[self.endpoint as usize]
    }

    /// Whether the evidence disagrees.
    pub fn is_contradicted(&self) -> bool {
        self.evidence.iter().any(|e| e.to != self.evidence[0].to)
    }

    /// The place of the endpoint's address, or of the endpoint.
    pub fn site<'a>(&self, from: &'a Cluster<'s>) -> Site<'a, 's> {
        let endpoint = self.endpoint(from);
        from.site(&self.entry(from).meta, endpoint.address.map_or(endpoint.span, |a| a.span))
    }

    /// The host as the mesh understands it.
    pub fn host(&self) -> Host<'s> {
        Host::Name(self.host.value)
    }

    /// The port that is dialled at the endpoint for a port of the ServiceEntry, and its place: the endpoint's own
    /// mapping of that port's name, the port's `targetPort`, the port's number (evidence E).
    pub fn dialled<'a>(&self, from: &'a Cluster<'s>, port: &ServicePort<'s>) -> (Option<u32>, Site<'a, 's>) {
        let (entry, endpoint) = (self.entry(from), self.endpoint(from));
        let name = port.name.map_or("", |n| n.value);
        if let Some((_, number)) = endpoint.ports.iter().find(|(k, _)| k.value == name) {
            return (number.value, from.site(&entry.meta, number.span));
        }
        if let Some(target) = port.target {
            return (target.value, from.site(&entry.meta, target.span));
        }
        (port.port(), from.site(&entry.meta, port.number_span()))
    }

    /// Whether the endpoint maps that port, or the port has a `targetPort`.
    pub fn maps(&self, from: &Cluster<'s>, port: &ServicePort<'s>) -> bool {
        let name = port.name.map_or("", |n| n.value);
        port.target.is_some() || self.endpoint(from).ports.iter().any(|(k, _)| k.value == name)
    }
}

/// Names and addresses by which clusters are known to each other.
#[derive(Debug, Default)]
pub(super) struct Directory<'s> {
    addresses: FxHashMap<&'s str, Vec<(ClusterId, Option<u32>)>>,
    networks: FxHashMap<&'s str, Vec<ClusterId>>,
    names: FxHashMap<&'s str, ClusterId>,
    plain_names: Vec<(String, ClusterId)>,
}

impl<'s> Directory<'s> {
    pub(super) fn of(clusters: &[Cluster<'s>]) -> Self {
        let mut d = Self::default();
        for c in clusters {
            if let Some(config) = c.config {
                for a in &config.gateways {
                    d.addresses.entry(a).or_default().push((c.id, None));
                }
            }
            for (i, service) in c.objects.services.iter().enumerate() {
                for a in service.outside.iter().filter(|a| !unknown(a.value)) {
                    d.addresses.entry(a.value).or_default().push((c.id, Some(i as u32)));
                }
            }
            if let Some(network) = c.mesh.network() {
                d.networks.entry(network.value).or_default().push(c.id);
            }
            if let Some(name) = c.mesh.cluster_name {
                d.names.entry(name.value).or_insert(c.id);
            }
        }
        // The folder's name before what another cluster may call itself.
        for c in clusters {
            d.names.insert(c.name, c.id);
            d.plain_names.push((plain(c.name), c.id));
        }
        d
    }

    fn cluster_of_placeholder(&self, text: &str) -> Option<ClusterId> {
        let names = placeholder_names(text);
        let text = plain(names.first()?);
        let hits = self.plain_names.iter().filter(|(n, _)| !n.is_empty() && text.contains(n.as_str()));
        let longest = hits.clone().map(|(n, _)| n.len()).max()?;
        let mut best = hits.filter(|(n, _)| n.len() == longest).map(|(_, id)| *id);
        let first = best.next()?;
        best.all(|id| id == first).then_some(first)
    }

    fn evidence(&self, endpoint: &Endpoint<'s>, host: Text<'s>, global: &GlobalHost<'s>) -> Vec<Evidence<'s>> {
        let mut all = Vec::new();
        let mut push = |kind, to, value, service| all.push(Evidence { kind, to, value, service });
        if let Some(address) = endpoint.address
            && let Some(owners) = self.addresses.get(address.value)
            && owners.iter().all(|(c, _)| *c == owners[0].0)
        {
            push(EvidenceKind::Address, owners[0].0, address, owners[0].1);
        }
        if let Some(network) = endpoint.network
            && let Some([only]) = self.networks.get(network.value).map(Vec::as_slice)
        {
            push(EvidenceKind::Network, *only, network, None);
        }
        for (k, v) in endpoint.labels.iter().filter(|(k, _)| CLUSTER_LABELS.contains(&k.value)) {
            let _ = k;
            if let Some(&to) = self.names.get(v.value) {
                push(EvidenceKind::Label, to, *v, None);
            }
        }
        if let Some(&to) = global.cluster.and_then(|c| self.names.get(c)) {
            push(EvidenceKind::Host, to, host, None);
        }
        if let Some(address) = endpoint.address.filter(|a| unknown(a.value))
            && let Some(to) = self.cluster_of_placeholder(address.value)
        {
            push(EvidenceKind::Placeholder, to, address, None);
        }
        all
    }

    /// All links of a cluster's `.global` hosts.
    pub(super) fn links(&self, from: &Cluster<'s>, hosts: &[GlobalEntry<'s>]) -> Vec<Link<'s>> {
        let mut links = Vec::new();
        for g in hosts.iter().filter(|g| g.cluster == from.id) {
            for (i, endpoint) in g.entry(from).endpoints.iter().enumerate() {
                let evidence = self.evidence(endpoint, g.host, &g.global);
                let to = evidence.first().map(|e| e.to).filter(|to| evidence.iter().all(|e| e.to == *to));
                links.push(Link {
                    from: from.id,
                    host: g.host,
                    global: g.global,
                    to,
                    evidence,
                    entry: g.entry,
                    endpoint: i as u32,
                });
            }
        }
        links
    }
}

/// A `.global` host that a ServiceEntry defines for a Service of other clusters.
#[derive(Clone, Copy, Debug)]
pub struct GlobalEntry<'s> {
    /// The cluster that has the ServiceEntry.
    pub cluster: ClusterId,
    /// The host, as written.
    pub host: Text<'s>,
    /// What it stands for.
    pub global: GlobalHost<'s>,
    entry: u32,
}

impl<'s> GlobalEntry<'s> {
    /// The ServiceEntry.
    pub fn entry<'a>(&self, cluster: &'a Cluster<'s>) -> &'a ServiceEntry<'s> {
        &cluster.objects.service_entries[self.entry as usize]
    }

    /// All of the fleet. `global` is a top-level domain too: a host counts only where something besides its name says
    /// that it is one of the mesh's.
    pub(super) fn all(clusters: &[Cluster<'s>], suffix: &str, sni_port: u32) -> Vec<Self> {
        let mut all = Vec::new();
        for cluster in clusters {
            for (e, entry) in cluster.objects.service_entries.iter().enumerate() {
                for host in &entry.hosts {
                    let Global::Host(global) = global(host.value, suffix) else { continue };
                    let known = |c: &Cluster<'s>| {
                        c.knows_services_of(global.namespace) || c.namespace(global.namespace).is_some()
                    };
                    if is_of_the_mesh(entry, sni_port) || clusters.iter().any(known) {
                        all.push(Self { cluster: cluster.id, host: *host, global, entry: e as u32 });
                    }
                }
            }
        }
        all
    }
}

/// Whether a ServiceEntry shows by itself that it leads to another cluster of the mesh: a virtual address of class E,
/// an endpoint at the SNI port, a label that names a cluster, or its location.
pub(crate) fn is_of_the_mesh(entry: &ServiceEntry<'_>, sni_port: u32) -> bool {
    entry.location.is_some_and(|l| l.value == "MESH_INTERNAL")
        || entry.addresses.iter().any(|a| {
            a.value
                .split('.')
                .next()
                .and_then(|o| o.parse::<u8>().ok())
                .is_some_and(|octet| (240..255).contains(&octet))
        })
        || entry.ports.iter().any(|p| p.target.is_some_and(|t| t.value == Some(sni_port)))
        || entry.endpoints.iter().any(|e| {
            e.ports.iter().any(|(_, n)| n.value == Some(sni_port))
                || e.labels.iter().any(|(k, _)| CLUSTER_LABELS.contains(&k.value))
        })
}

impl<'s> Evidence<'s> {
    /// The Service whose address it is.
    pub fn service<'a>(&self, to: &'a Cluster<'s>) -> Option<&'a Service<'s>> {
        self.service.map(|i| &to.objects.services[i as usize])
    }
}

/// Letters and digits only, in lower case: `CLUSTER2_GW` and `cluster-2` are compared in this form.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
