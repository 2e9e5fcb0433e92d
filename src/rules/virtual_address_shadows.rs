//! A virtual address that is somebody's real one in the same cluster: a Service's clusterIP, or in a range of Pods,
//! Services or nodes (domain.md, section 7; evidence F11).

use ipnetwork::IpNetwork;
use rustc_hash::FxHashMap;

use super::addresses::{Listens, Taken, Virtual, different_host, listens, of_cluster};
use super::protocols::{is_http, of_service};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::{Address, Range, Service, ServiceEntry, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/virtual-address-shadows.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    // With resolution NONE an address is where the traffic goes, and nothing is shadowed.
    let all: Vec<_> = of_cluster(cluster).into_iter().filter(|v| v.entry.resolution() != "NONE").collect();
    if all.is_empty() {
        return;
    }
    let mut services: FxHashMap<Range, (&Service<'_>, Text<'_>)> = FxHashMap::default();
    for service in &cluster.objects.services {
        for ip in service.cluster_ip.iter().chain(&service.cluster_ips) {
            if let Some(range) = Address::read(ip.value).range() {
                services.entry(range).or_insert((service, *ip));
            }
        }
    }
    let mut taken: Option<Taken> = None;
    for v in all.iter().filter(|v| !leads_to_itself(v)) {
        if let Some((service, ip)) = services.get(&v.range) {
            if let Some(host) = different_host(cluster, v.entry, Cluster::host_of(service)) {
                let taken = taken.get_or_insert_with(|| Taken::of(cluster));
                at_cluster_ip(cluster, v, host, service, *ip, taken, out);
            }
        } else if let Some((what, range)) = in_range(cluster, &v.range) {
            let host = v.entry.hosts.first().map_or("", |h| h.value);
            let finding = out.report(
                v.site(cluster),
                format!(
                    "the address `{}` of `{host}` lies in `{range}`, the range of {}'s {what}: what is dialled there never reaches them",
                    v.text.value, cluster.name
                ),
            );
            finding.with_label(format!("an address of {}'s {what}", cluster.name));
            finding.with_help(format!("take an address that no {what} can have, such as one from 240.0.0.0/4"));
        }
    }
}

fn at_cluster_ip<'s>(
    cluster: &Cluster<'s>,
    v: &Virtual<'_, 's>,
    host: Text<'s>,
    service: &Service<'s>,
    ip: Text<'s>,
    taken: &mut Taken,
    out: &mut Findings,
) {
    let shared = shared_port(v.entry, service);
    let name = Cluster::host_of(service);
    let effect = match shared {
        Some((port, true)) => format!("at port {port} they are told apart by the Host header alone"),
        Some((port, false)) => format!("at port {port} clients of one reach the other"),
        None => "it works only as long as they have no port in common".into(),
    };
    let finding = out.report(
        v.site(cluster),
        format!(
            "the address `{}` of `{}` is the clusterIP of Service {name} in {}: {effect}",
            v.text.value, host.value, cluster.name
        ),
    );
    if shared.is_none() {
        finding.at_level(Severity::Warning);
    }
    finding.with_label(format!("the address of `{}`", host.value));
    finding.with_related(cluster.site(&service.meta, ip.span), format!("the same address, of Service {name}"));
    let free = taken.give().map(|a| format!(", such as `{a}`")).unwrap_or_default();
    finding.with_help(format!("give `{}` an address that no Service can have{free}", host.value));
}

/// A port number at which both take connections, and whether it is HTTP for both; others before such.
fn shared_port(entry: &ServiceEntry<'_>, service: &Service<'_>) -> Option<(u32, bool)> {
    let listening = entry.ports.iter().filter(|p| listens(p) != Listens::No);
    let shared = listening.filter_map(|p| {
        let number = p.port()?;
        let at_service = service.port(number)?;
        Some((number, listens(p) == Listens::Http && is_http(&of_service(at_service))))
    });
    shared.min_by_key(|(_, is_http)| *is_http)
}

/// Whether the entry's endpoints have that very address: then it is theirs, and not virtual.
fn leads_to_itself(v: &Virtual<'_, '_>) -> bool {
    v.entry.endpoints.iter().filter_map(|e| e.address).any(|a| {
        let range = Address::read(a.value).range();
        range.is_some_and(|r| v.range.contains(&r))
    })
}

/// The range of the configuration that it lies in.
fn in_range(cluster: &Cluster<'_>, range: &Range) -> Option<(&'static str, Range)> {
    let config = cluster.config?;
    let of = |what, ranges: &[IpNetwork]| {
        let found = ranges.iter().map(|r| Range::from(*r)).find(|r| r.contains(range));
        found.map(|r| (what, r))
    };
    of("Pods", &config.pod_ranges)
        .or_else(|| of("Services", &config.service_ranges))
        .or_else(|| of("nodes", &config.node_ranges))
}
