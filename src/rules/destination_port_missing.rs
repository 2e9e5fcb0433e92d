//! `destination-port-missing`: a route names no port of a host that has several.

use rustc_hash::FxHashMap;

use super::words::{and_more, list};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Use};
use crate::model::{Host, VirtualService};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/destination-port-missing.md"), check);

/// A host and, where it is known, a port that requests come in on and the host does not have, with the gateway.
type Cause<'s> = (Host<'s>, Option<(u32, &'s str)>);

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut groups: FxHashMap<Cause<'s>, Vec<&Use<'s>>> = FxHashMap::default();
    for u in cluster.uses() {
        if u.destination(cluster).port.is_some() {
            continue;
        }
        let Some(ports) = cluster.ports_of(u.host).filter(|p| p.len() > 1) else { continue };
        let vs = u.virtual_service(cluster);
        // Without a port, Envoy goes to the one that was dialled (`GetDestinationCluster`). Where the host itself was
        // called, it has that one.
        let is_dialled = |h| cluster.host(h, vs.meta.namespace.value) == u.host;
        match closed(cluster, vs, &ports) {
            Some(outer) => groups.entry((u.host, Some(outer))).or_default().push(u),
            None if vs.in_mesh() && vs.hosts.iter().any(|h| is_dialled(h.value)) => {}
            None => groups.entry((u.host, None)).or_default().push(u),
        }
    }
    for ((host, outer), uses) in groups {
        let (Some(first), Some(ports)) = (uses.first(), cluster.ports_of(host)) else { continue };
        let more = and_more(uses.len() - 1, "route");
        let finding = match outer {
            Some((port, gateway)) => out.report(
                first.host_site(cluster),
                format!(
                    "a route names no port of {host}, which has {}: from port {port} of gateway `{gateway}` it leads to port {port}, which {host} does not have{more}",
                    list(&ports)
                ),
            ),
            None => {
                let message = format!(
                    "a route names no port of {host}, which has {}: it leads to the one of the same number as the port that was called{more}",
                    list(&ports)
                );
                out.report(first.host_site(cluster), message).at_level(Severity::Note)
            }
        };
        finding.with_help("add `port: {number: …}` to the destination");
    }
}

/// A port of one of its gateways, and that gateway, which the host does not have.
fn closed<'s>(cluster: &Cluster<'s>, vs: &VirtualService<'s>, ports: &[u32]) -> Option<(u32, &'s str)> {
    vs.gateways.iter().filter(|g| g.value != "mesh").find_map(|g| {
        let (namespace, name) = Cluster::gateway_name(g.value, vs.meta.namespace.value);
        let gateway = cluster.gateway(namespace, name).filter(|g| !cluster.lie_apart(&g.meta, &vs.meta))?;
        let takes = |h: &str| vs.hosts.iter().any(|v| super::host_not_on_gateway::overlap(h, v.value));
        let shut = gateway.servers.iter().filter_map(|s| Some((s, s.port().filter(|p| !ports.contains(p))?)));
        let mut reached = shut.filter(|(s, _)| s.host_names().any(|h| takes(h.value)));
        reached.next().map(|(_, port)| (port, g.value))
    })
}
