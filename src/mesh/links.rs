//! Links: which cluster each endpoint of a `.global` ServiceEntry leads to, and what says so.

use rustc_hash::{FxHashMap, FxHashSet};

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
    /// Whether it is a Service or Pod of the cluster that has the ServiceEntry, so that no gateway is passed.
    pub at_home: bool,
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

impl EvidenceKind {
    /// Whether the endpoint or its host says it, whatever the address is.
    pub const fn is_declared(self) -> bool {
        matches!(self, Self::Network | Self::Label | Self::Host)
    }
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
        let spelled = spelled(names.first()?);
        let hits = self.plain_names.iter().filter(|(n, _)| spelled.contains(n));
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
    pub(super) fn links(&self, from: &Cluster<'s>, hosts: &[GlobalEntry<'s>], sni_port: u32) -> Vec<Link<'s>> {
        let mut links = Vec::new();
        let services = &from.objects.services;
        let own_addresses: FxHashSet<&str> =
            services.iter().flat_map(|s| s.cluster_ip.iter().chain(&s.cluster_ips)).map(|a| a.value).collect();
        for g in hosts.iter().filter(|g| g.cluster == from.id) {
            for (i, endpoint) in g.entry(from).endpoints.iter().enumerate() {
                let evidence = self.evidence(endpoint, g.host, &g.global);
                let to = evidence.first().map(|e| e.to).filter(|to| evidence.iter().all(|e| e.to == *to));
                let takes_sni = |n: Option<u32>| n == Some(sni_port);
                // An egress gateway of one's own is on the way out, at the SNI port.
                let at_home = evidence.iter().all(|e| e.to == from.id)
                    && !endpoint.ports.iter().any(|(_, n)| takes_sni(n.value))
                    && !g.entry(from).ports.iter().any(|p| takes_sni(p.target.and_then(|t| t.value)))
                    && (endpoint.address.is_some_and(|a| is_of_cluster(from, a.value, &own_addresses))
                        || !evidence.is_empty() && evidence.iter().all(|e| e.kind.is_declared()));
                links.push(Link {
                    from: from.id,
                    host: g.host,
                    global: g.global,
                    to,
                    evidence,
                    at_home,
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

    /// Whether it is the first such host of its ServiceEntry: for what is wrong with the whole of it.
    pub fn is_first(&self, fleet: &super::Fleet<'s>, cluster: &Cluster<'s>) -> bool {
        let is_global = |h: &&Text<'s>| matches!(global(h.value, &fleet.settings.global_suffix), Global::Host(_));
        self.entry(cluster).hosts.iter().find(is_global).is_some_and(|h| h.span == self.host.span)
    }

    /// Whether any endpoint leads, or may lead, out of the cluster.
    pub fn crosses(&self, fleet: &super::Fleet<'s>, cluster: &Cluster<'s>) -> bool {
        fleet.links_of(cluster.id, Host::Name(self.host.value)).any(|(_, l)| l.entry == self.entry && !l.at_home)
    }

    /// All of the fleet. `global` is a top-level domain too: a host counts only where something besides its name says
    /// that it is one of the mesh's.
    pub(super) fn all(clusters: &[Cluster<'s>], suffix: &str, sni_port: u32) -> Vec<Self> {
        let mut all = Vec::new();
        for cluster in clusters {
            for (e, entry) in cluster.objects.service_entries.iter().enumerate() {
                for host in &entry.hosts {
                    let Global::Host(global) = global(host.value, suffix) else { continue };
                    let namespace = global.namespace;
                    let inside = entry.location.is_some_and(|l| l.value == "MESH_INTERNAL");
                    if is_of_the_mesh(entry, sni_port)
                        || inside
                            && clusters
                                .iter()
                                .any(|c| c.knows_services_of(namespace) || c.namespace(namespace).is_some())
                        || !entry.endpoints.is_empty()
                            && clusters.iter().any(|c| c.service(namespace, global.service).is_some())
                    {
                        all.push(Self { cluster: cluster.id, host: *host, global, entry: e as u32 });
                    }
                }
            }
        }
        all
    }
}

/// Whether a ServiceEntry shows by itself that it leads to another cluster of the mesh: a virtual address of class E,
/// an endpoint at the SNI port, or a label that names a cluster.
pub(crate) fn is_of_the_mesh(entry: &ServiceEntry<'_>, sni_port: u32) -> bool {
    !is_looked_up(entry)
        && entry.addresses.iter().any(|a| {
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

/// Whether the host of a ServiceEntry is itself what is looked up, outside the mesh: a real name, whatever it ends in and
/// whatever virtual address it has.
pub(crate) fn is_looked_up(entry: &ServiceEntry<'_>) -> bool {
    entry.endpoints.is_empty()
        && entry.workload_selector.is_none()
        && entry.resolution().starts_with("DNS")
        && entry.location.is_none_or(|l| l.value != "MESH_INTERNAL")
}

/// Whether an address is one of the cluster's own: a Service's name or cluster IP, or in one of its ranges.
fn is_of_cluster<'s>(cluster: &Cluster<'s>, address: &'s str, own: &FxHashSet<&str>) -> bool {
    if unknown(address) {
        return false;
    }
    if let Ok(ip) = address.parse::<std::net::IpAddr>() {
        let in_range = |c: &crate::config::ClusterSettings| {
            c.pod_ranges.iter().chain(&c.service_ranges).any(|range| range.contains(ip))
        };
        return own.contains(address) || cluster.config.is_some_and(in_range);
    }
    if address.ends_with(".svc") {
        return true;
    }
    let mut parts = address.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(namespace), None) => cluster.service(namespace, name).is_some(),
        (Some(_), Some(_), Some(_)) => {
            matches!(Host::parse(address, "", cluster.domain), Host::Service { .. })
        }
        _ => false,
    }
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

/// Every run of whole words of a variable's name, in that form: `EU_1_GW` spells `eu`, `eu1`, `eu1gw`, `1`, … and
/// never the `us` of `CLUSTER_GW`.
fn spelled(name: &str) -> FxHashSet<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in name.chars() {
        let starts = !before.is_ascii_alphanumeric() || (before.is_ascii_lowercase() && c.is_ascii_uppercase());
        if c.is_ascii_alphanumeric() {
            match words.last_mut() {
                Some(word) if !starts => word.push(c.to_ascii_lowercase()),
                _ => words.push(c.to_ascii_lowercase().to_string()),
            }
        }
        before = c;
    }
    // A name of more words than this is none that a person gave.
    words.truncate(16);
    (0..words.len())
        .flat_map(|i| (i + 1..=words.len()).map(move |j| (i, j)))
        .map(|(i, j)| words[i..j].concat())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_spells_whole_words() {
        for (name, cluster) in [
            ("CLUSTER2_GW_ADDR", "cluster2"),
            ("GW_CLUSTER_2", "cluster-2"),
            ("eastGateway", "east"),
            ("EU_WEST_1_GATEWAY", "eu-west-1"),
        ] {
            assert!(spelled(name).contains(&plain(cluster)), "{name}");
        }
        assert!(!spelled("CLUSTER_GW_ADDR").contains("us"));
        assert!(!spelled("CLUSTER12_GW").contains("cluster1"));
    }
}
