//! PeerAuthentication or a DestinationRule turns mutual TLS off on a path that leads through a gateway.

use rustc_hash::FxHashMap;

use super::remote_subset_undefined::host_there;
use super::words::and_more;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Crossing, Fleet, Origin, Site};
use crate::model::Workload;
use crate::source::Place;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/mtls-disabled-across-clusters.md"), check);

/// What breaks a crossing: where, and in what words.
struct Cause<'a, 's> {
    site: Site<'a, 's>,
    message: String,
    label: &'static str,
    certain: bool,
}

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<Place, (Cause<'_, '_>, Vec<&Crossing<'_>>)> = FxHashMap::default();
    for crossing in fleet.crossings.iter() {
        for cause in [at_home(fleet, crossing), at_caller(fleet, crossing)].into_iter().flatten() {
            let group = groups.entry(cause.site.place).or_insert_with(|| (cause, Vec::new()));
            group.1.push(crossing);
        }
    }
    for (cause, crossings) in groups.into_values() {
        let mut hosts: Vec<_> = crossings.iter().map(|c| c.service).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let first = crossings.iter().find(|c| matches!(c.origin, Origin::Use(_))).or(crossings.first());
        let Some(first) = first else { continue };
        let finding = out.report(cause.site, format!("{}{}", cause.message, and_more(hosts.len() - 1, "Service")));
        finding.with_label(cause.label);
        if !cause.certain {
            finding.at_level(Severity::Warning);
        }
        finding.with_related(
            first.site(fleet),
            format!("leaves {} as {}", fleet.cluster(first.from).name, first.sni(fleet)),
        );
        finding.with_help("use ISTIO_MUTUAL in DestinationRules, and PERMISSIVE or STRICT in PeerAuthentication");
    }
}

/// In the target cluster: its gateway's rule for the Service, or what the Pods ask for (evidence H5, H8 to H14).
fn at_home<'a, 's>(fleet: &'a Fleet<'s>, crossing: &Crossing<'s>) -> Option<Cause<'a, 's>> {
    let to = fleet.cluster(crossing.to);
    let host = host_there(to, crossing);
    let service = to.service_of(&host)?;
    let subset = crossing.subset.map(|s| s.value);
    let ports: Vec<Option<u32>> = match crossing.port {
        Some(port) => vec![Some(port)],
        None => service.ports.iter().map(|p| p.port()).collect(),
    };
    for namespace in fleet.entrance(to.id).namespaces() {
        let applied = to.destination_rules(namespace, host);
        if !applied.conditional.is_empty() {
            continue;
        }
        for port in &ports {
            if let Some(tls) = applied.tls(subset, *port)
                && let Some(mode @ ("DISABLE" | "SIMPLE" | "MUTUAL")) = tls.mode
            {
                return Some(Cause {
                    site: to.site(&tls.rule.meta, tls.span),
                    message: format!(
                        "TLS mode {mode} for {host} in {} breaks the calls that come in through its gateway",
                        to.name
                    ),
                    label: "the gateway passes the caller's mutual TLS on",
                    certain: true,
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
        let target = port.and_then(|p| service.port(p)).map(|p| p.target.and_then(|t| t.value).or(p.port()));
        let off: Vec<_> = pods
            .iter()
            .filter_map(|w| to.peer_mode(w.meta.namespace.value, &w.labels, target.flatten()))
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
                certain: off.len() == pods.len(),
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
    let certain = !has_pods(from, crossing);
    let client = match crossing.origin {
        Origin::Use(u) => u.virtual_service(from).meta.namespace.value,
        _ => service.meta.namespace.value,
    };
    let applied = from.destination_rules(client, crossing.host);
    let subset = crossing.subset.map(|s| s.value);
    let ports: Vec<Option<u32>> = match crossing.port {
        Some(port) => vec![Some(port)],
        None => service.ports.iter().map(|p| p.port()).collect(),
    };
    if applied.conditional.is_empty() {
        for port in &ports {
            if let Some(tls) = applied.tls(subset, *port)
                && let Some(mode @ ("DISABLE" | "SIMPLE")) = tls.mode
            {
                return Some(Cause {
                    site: from.site(&tls.rule.meta, tls.span),
                    message: format!(
                        "TLS mode {mode} for {} in {} drops the Pods of {}, which only mutual TLS can reach",
                        crossing.host, from.name, to.name
                    ),
                    label: "without mutual TLS there is no SNI for the gateway to route by",
                    certain,
                });
            }
        }
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
        label: "without mutual TLS there is no SNI for the gateway to route by",
        certain,
    })
}

fn has_pods(from: &Cluster<'_>, crossing: &Crossing<'_>) -> bool {
    from.service_of(&crossing.host).is_some_and(|s| !from.workloads_of(s).is_empty())
}
