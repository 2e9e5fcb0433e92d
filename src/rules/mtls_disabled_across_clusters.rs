//! PeerAuthentication or a DestinationRule turns mutual TLS off on a path that leads through a gateway.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::remote_subset_undefined::host_there;
use super::words::and_more;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Crossing, Fleet, Origin, Site};
use crate::model::{TrafficPolicy, Workload};
use crate::source::Place;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/mtls-disabled-across-clusters.md"), check);

/// What breaks a crossing: where, and in what words.
struct Cause<'a, 's> {
    site: Site<'a, 's>,
    message: String,
    label: &'static str,
    help: &'static str,
    level: Severity,
}

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<Place, (Cause<'_, '_>, Vec<&Crossing<'_>>)> = FxHashMap::default();
    // Most clusters turn nothing off anywhere, and then no crossing has to be followed.
    let turns_off: Vec<bool> = fleet.clusters.iter().map(turns_off).collect();
    for crossing in fleet.crossings.iter() {
        let (from, to) = (turns_off[crossing.from.0 as usize], turns_off[crossing.to.0 as usize]);
        // Where the caller drops the endpoints, nothing arrives that the other side could refuse.
        let at_caller = from.then(|| at_caller(fleet, crossing)).flatten();
        let Some(cause) = at_caller.or_else(|| to.then(|| at_home(fleet, crossing)).flatten()) else { continue };
        match groups.entry(cause.site.place) {
            Entry::Occupied(mut group) => {
                let (first, crossings) = group.get_mut();
                crossings.push(crossing);
                if cause.level > first.level {
                    *first = cause;
                }
            }
            Entry::Vacant(group) => {
                group.insert((cause, vec![crossing]));
            }
        }
    }
    for (cause, crossings) in groups.into_values() {
        let mut hosts: Vec<_> = crossings.iter().map(|c| c.service).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let first = crossings.iter().find(|c| matches!(c.origin, Origin::Use(_))).or(crossings.first());
        let Some(first) = first else { continue };
        // With Pods of its own the cluster can do without the others'.
        let doubt = if cause.level == Severity::Note { "could not verify that this is meant: " } else { "" };
        let more = and_more(hosts.len() - 1, "Service");
        let finding = out.report(cause.site, format!("{doubt}{}{more}", cause.message));
        finding.with_label(cause.label);
        finding.at_level(cause.level);
        finding.with_related(
            first.site(fleet),
            format!("leaves {} as {}", fleet.cluster(first.from).name, first.sni(fleet)),
        );
        finding.with_help(cause.help);
    }
}

/// Whether anything in a cluster turns mutual TLS off, for whomever.
fn turns_off(cluster: &Cluster<'_>) -> bool {
    let own = |p: &TrafficPolicy<'_>| {
        p.tls.as_ref().and_then(|t| t.mode).is_some_and(|m| matches!(m.value, "DISABLE" | "SIMPLE"))
    };
    let is_off = |p: &TrafficPolicy<'_>| own(p) || p.ports.iter().any(|(_, port)| own(port));
    let policies = &cluster.objects.peer_authentications;
    policies.iter().any(|p| p.mode.iter().chain(p.ports.iter().map(|(_, m)| m)).any(|m| m.value == "DISABLE"))
        || cluster.objects.destination_rules.iter().any(|rule| {
            let subsets = rule.subsets.iter().filter_map(|s| s.policy.as_deref());
            rule.policy.iter().chain(subsets).any(is_off)
        })
}

const RULE_HELP: &str = "write `mode: ISTIO_MUTUAL`, or leave `tls` out: Istio then uses mutual TLS by itself";
const PEER_HELP: &str = "use PERMISSIVE, which takes plain text as well, or STRICT";

/// In the target cluster: its gateway's rule for the Service, or what the Pods ask for (evidence H5, H8 to H14).
fn at_home<'a, 's>(fleet: &'a Fleet<'s>, crossing: &Crossing<'s>) -> Option<Cause<'a, 's>> {
    let to = fleet.cluster(crossing.to);
    let host = host_there(fleet, to, crossing);
    let service = to.service_of(&host)?;
    let subset = crossing.subset.map(|s| s.value);
    let ports: Vec<Option<u32>> = match crossing.port {
        Some(port) => vec![Some(port)],
        None => service.ports.iter().map(|p| p.port()).collect(),
    };
    let by_list = !fleet.entrance(to.id).literal().is_empty();
    for namespace in fleet.entrance(to.id).namespaces().iter().filter(|_| !by_list) {
        let applied = to.destination_rules(namespace, host);
        if !applied.conditional.is_empty() {
            continue;
        }
        for port in &ports {
            if let Some(tls) = applied.tls(subset, *port)
                && let Some(mode @ ("DISABLE" | "SIMPLE")) = tls.mode
            {
                return Some(Cause {
                    site: to.site(&tls.rule.meta, tls.span),
                    message: format!(
                        "TLS mode {mode} for {host} in {} leaves its gateway no Pods for calls from other clusters",
                        to.name
                    ),
                    label: "what comes in through the gateway is mutual TLS, and stays it up to the Pod",
                    help: RULE_HELP,
                    level: Severity::Error,
                });
            }
        }
    }
    let pods: Vec<&Workload<'_>> = to.workloads_of(service);
    let pods: Vec<_> = match subset.and_then(|s| super::remote_subset_undefined::seen_by_gateway(fleet, to, host, s)) {
        Some((_, definition)) => pods.into_iter().filter(|w| to.subset_selects(&definition.labels, w)).collect(),
        None => pods,
    };
    for port in &ports {
        let port = port.and_then(|p| service.port(p));
        let off: Vec<_> = pods
            .iter()
            .filter_map(|w| to.peer_mode(w.meta.namespace.value, &w.labels, port.and_then(|p| Cluster::pod_port(p, w))))
            .filter(|m| m.mode.value == "DISABLE")
            .collect();
        if let Some(peer) = off.first() {
            return Some(Cause {
                site: to.site(&peer.policy.meta, peer.mode.span),
                message: format!(
                    "{} turns mutual TLS off for Pods of {host} in {}, which other clusters call through its gateway",
                    peer.policy.meta.title(),
                    to.name
                ),
                label: "the Pods refuse what the gateway passes on",
                help: PEER_HELP,
                level: if off.len() == pods.len() { Severity::Error } else { Severity::Warning },
            });
        }
    }
    None
}

/// In the calling cluster, multi-primary: its rule for the Service, or its PeerAuthentication, drops the remote
/// endpoints (evidence H2, H3, H6, H13). Where it has Pods of its own, the calls stay with those.
fn at_caller<'a, 's>(fleet: &'a Fleet<'s>, crossing: &Crossing<'s>) -> Option<Cause<'a, 's>> {
    if crossing.link.is_some() {
        return None;
    }
    let (from, to) = (fleet.cluster(crossing.from), fleet.cluster(crossing.to));
    let service = from.service_of(&crossing.host)?;
    let clients = match crossing.origin {
        Origin::Use(u) => from.client_namespaces(u.virtual_service(from)),
        _ => vec![service.meta.namespace.value],
    };
    let subset = crossing.subset.map(|s| s.value);
    // With Pods of its own the cluster can do without the others': that may be what is wanted.
    let level = || if has_pods(from, crossing) { Severity::Note } else { Severity::Error };
    let ports: Vec<Option<u32>> = match crossing.port {
        Some(port) => vec![Some(port)],
        None => service.ports.iter().map(|p| p.port()).collect(),
    };
    let mut is_mutual = !ports.is_empty();
    for client in clients {
        let applied = from.destination_rules(client, crossing.host);
        for port in &ports {
            let tls = applied.tls(subset, *port).filter(|_| applied.conditional.is_empty());
            let mode = tls.and_then(|t| t.mode);
            is_mutual &= mode == Some("ISTIO_MUTUAL");
            if let (Some(tls), Some(mode @ ("DISABLE" | "SIMPLE"))) = (tls, mode) {
                return Some(Cause {
                    site: from.site(&tls.rule.meta, tls.span),
                    message: format!(
                        "TLS mode {mode} for {} in {} drops the Pods of {}, which only mutual TLS can reach",
                        crossing.host, from.name, to.name
                    ),
                    label: NO_SNI,
                    help: RULE_HELP,
                    level: level(),
                });
            }
        }
    }
    // A rule that asks for mutual TLS by name is stronger than what PeerAuthentication says (evidence H8).
    if is_mutual {
        return None;
    }
    let there = to.service_of(&crossing.service)?;
    let pod = to.workloads_of(there).into_iter().next()?;
    let peer = from.peer_mode(there.meta.namespace.value, &pod.labels, None).filter(|m| m.mode.value == "DISABLE")?;
    Some(Cause {
        site: from.site(&peer.policy.meta, peer.mode.span),
        message: format!(
            "{} turns mutual TLS off for {} in {}, which drops the Pods of {}",
            peer.policy.meta.title(),
            crossing.host,
            from.name,
            to.name
        ),
        label: NO_SNI,
        help: PEER_HELP,
        level: level(),
    })
}

const NO_SNI: &str = "without mutual TLS there is no SNI for the gateway to route by";

/// Whether the calling cluster has Pods of its own for what is called.
fn has_pods<'s>(from: &Cluster<'s>, crossing: &Crossing<'s>) -> bool {
    let Some(service) = from.service_of(&crossing.host) else { return false };
    let definition = match crossing.origin {
        Origin::Use(u) => from.client_namespaces(u.virtual_service(from)).into_iter().find_map(|client| {
            let subset = crossing.subset?.value;
            from.destination_rules(client, crossing.host).subset(subset).map(|(_, d)| d)
        }),
        _ => None,
    };
    let fits = |w: &&Workload<'s>| definition.is_none_or(|d| from.subset_selects(&d.labels, w));
    from.workloads_of(service).iter().any(fits) || service.selector.is_empty()
}
