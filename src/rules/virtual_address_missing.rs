//! A ServiceEntry without an address where its clients need one (domain.md, section 7; evidence F7).

use rustc_hash::FxHashMap;

use super::addresses::{Globals, Taken, different_hosts, host, own_elsewhere};
use super::words::count;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Version};
use crate::model::read::{items, unknown};
use crate::model::{ServiceEntry, ServicePort, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/virtual-address-missing.md"), check);

/// The first Istio that allocates addresses on its own accord.
const ALLOCATES: Version = Version(1, 25, 0);
/// With how many other entries one is compared.
const ENOUGH: usize = 64;

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let Some(level) = level(cluster) else { return };
    let own: Vec<&ServiceEntry<'_>> =
        cluster.objects.service_entries.iter().filter(|e| lacks(e) && !is_ambient(cluster, e)).collect();
    let mut by_port: FxHashMap<u32, Vec<&ServiceEntry<'_>>> = FxHashMap::default();
    for entry in own.iter().filter(|e| is_bare(cluster, e)) {
        for port in tcp_ports(entry) {
            by_port.entry(port.port().unwrap_or_default()).or_default().push(entry);
        }
    }
    let globals = Globals::of(fleet, cluster);
    let mut taken: Option<Taken> = None;
    for entry in own {
        let Some(host) = globals.host(entry) else {
            tcp(cluster, entry, level, &by_port, out);
            continue;
        };
        // One with a workloadSelector is the home cluster's own, which its gateway alone looks up.
        if entry.workload_selector.is_none() && is_bare(cluster, entry) {
            let taken = taken.get_or_insert_with(|| Taken::of(cluster));
            let proposal = proposal(fleet, cluster, entry, taken);
            out.report(
                cluster.site(&entry.meta, host.span),
                if level == Severity::Note {
                    format!(
                        "could not verify that `{}` gets an address in {}: it has none of its own, and Istio allocates them from 1.25 on",
                        host.value, cluster.name
                    )
                } else {
                    format!(
                        "`{}` has no address in {}, so its clients there find none to dial",
                        host.value, cluster.name
                    )
                },
            )
            .at_level(level)
            .with_label("no `addresses` for this host")
            .with_help(format!("give it an address of its own under `spec.addresses`{proposal}"));
        }
    }
}

/// The TCP ports of an entry without an address of its own.
fn tcp<'s>(
    cluster: &Cluster<'s>,
    entry: &ServiceEntry<'s>,
    level: Severity,
    by_port: &FxHashMap<u32, Vec<&ServiceEntry<'s>>>,
    out: &mut Findings,
) {
    let Some(first) = tcp_ports(entry).next() else { return };
    let rival = tcp_ports(entry).filter(|_| is_bare(cluster, entry)).find_map(|p| {
        let mut others = by_port.get(&p.port()?)?.iter().take(ENOUGH);
        others.find_map(|o| Some((p, *o, rivals(cluster, entry, o)?)))
    });
    let more = match tcp_ports(entry).count() {
        1 => String::new(),
        n => format!(" (one of {})", count(n, "such port")),
    };
    let Some((port, other, (own, others))) = rival else {
        let name = entry.hosts.first().map_or("", |h| h.value);
        let number = first.port().map_or_else(|| "?".into(), |n| n.to_string());
        out.report(
            cluster.site(&entry.meta, place(first)),
            format!("could not verify that nothing else is meant by TCP port {number} of `{name}`{more}: without an address its listener takes port {number} of every address in {}", cluster.name),
        )
        .at_level(Severity::Note)
        .with_label("TCP, which says no host by itself")
        .with_help("give the host an address under `spec.addresses`, or turn on Istio's DNS proxying and address allocation");
        return;
    };
    let number = port.port().unwrap_or_default();
    let doubt = if level == Severity::Note { "could not verify that Istio allocates addresses; if not: " } else { "" };
    let finding = out.report(
        cluster.site(&entry.meta, place(port)),
        format!(
            "{doubt}neither `{}` nor `{}` has an address in {}, and both have TCP port {number}{more}: only the older entry gets a listener, which takes what is meant for the other",
            own.value, others.value, cluster.name
        ),
    );
    finding.at_level(level.min(Severity::Warning)).with_label(format!("port {number} of any address"));
    if let Some(p) = tcp_ports(other).find(|p| p.port() == Some(number)) {
        finding.with_related(cluster.site(&other.meta, place(p)), format!("port {number} of `{}`, too", others.value));
    }
    finding.with_help("give each of them an address of its own under `spec.addresses`");
}

/// How bad a missing address is; `None` where Istio gives one.
fn level(cluster: &Cluster<'_>) -> Option<Severity> {
    let mesh = &cluster.mesh;
    match (mesh.dns_capture, mesh.auto_allocate, mesh.versions.istio()) {
        (Some(true), Some(true), _) => None,
        (Some(true), None, Some(version)) if version >= ALLOCATES => None,
        (Some(true), None, None) => Some(Severity::Note),
        _ => Some(Severity::Warning),
    }
}

/// Whether the entry has no address, neither given nor allocated.
fn lacks(entry: &ServiceEntry<'_>) -> bool {
    entry.addresses.is_empty()
        && !entry.meta.spec().get("addresses").is_some_and(|a| a.text().is_some_and(unknown))
        && entry.meta.root.get("status").is_none_or(|s| items(s, "addresses").next().is_none())
}

/// Whether no other entry for its hosts has one either.
fn is_bare(cluster: &Cluster<'_>, entry: &ServiceEntry<'_>) -> bool {
    entry.hosts.iter().all(|h| cluster.entries(host(cluster, entry, *h)).all(lacks))
}

/// Whether its namespace is in ambient mode, where names are looked up by the node's proxy.
fn is_ambient(cluster: &Cluster<'_>, entry: &ServiceEntry<'_>) -> bool {
    let namespace = cluster.namespace(entry.meta.namespace.value);
    namespace.and_then(|n| n.label("istio.io/dataplane-mode")).is_some_and(|mode| mode.value == "ambient")
}

/// Its TCP ports: those with that protocol, or with none.
fn tcp_ports<'a, 's>(entry: &'a ServiceEntry<'s>) -> impl Iterator<Item = &'a ServicePort<'s>> {
    let is_tcp =
        |p: &&ServicePort<'_>| p.protocol.is_none_or(|p| p.value.is_empty() || p.value.eq_ignore_ascii_case("tcp"));
    entry.ports.iter().filter(is_tcp)
}

fn place(port: &ServicePort<'_>) -> crate::source::Span {
    port.protocol.filter(|p| !p.value.is_empty()).map_or(port.number_span(), |p| p.span)
}

/// The hosts of two entries, where a client of the one can end up at the other: with resolution NONE for both, all
/// goes where it was dialled.
fn rivals<'s>(cluster: &Cluster<'s>, a: &ServiceEntry<'s>, b: &ServiceEntry<'s>) -> Option<(Text<'s>, Text<'s>)> {
    if std::ptr::eq(a, b) || (a.resolution() == "NONE" && b.resolution() == "NONE") {
        return None;
    }
    let (own, other) = different_hosts(a, b)?;
    let seen = cluster.have_common_client((a, host(cluster, a, own)), (b, host(cluster, b, other)));
    seen.then_some((own, other))
}

fn proposal<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, entry: &ServiceEntry<'s>, taken: &mut Taken) -> String {
    if let Some((address, other)) = own_elsewhere(fleet, cluster, entry, taken) {
        return format!(", such as `{address}`, which it has in {other}");
    }
    taken.give().map(|a| format!(", such as `{a}`, which is free in {}", cluster.name)).unwrap_or_default()
}
