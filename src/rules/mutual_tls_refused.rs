//! `mutual-tls-refused`: callers begin mutual TLS, and a PeerAuthentication makes the servers take plaintext only.

use rustc_hash::FxHashMap;

use super::tls_modes::{ClientMode, Reach, Sides, namespace_of, wide_policies};
use super::words::and_more;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, PeerMode};
use crate::source::Place;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/mutual-tls-refused.md"), check);

const EFFECT: &str = "callers get 503, upstream connect error: TLS error";

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if !cluster.objects.peer_authentications.iter().any(|p| p.mode.is_some_and(|m| m.value == "DISABLE")) {
        return;
    }
    let sides = Sides::of(cluster);
    let mut wide: FxHashMap<Place, (PeerMode<'_, '_>, Vec<ClientMode<'_, '_>>)> = FxHashMap::default();
    for client in sides.client_modes(&["ISTIO_MUTUAL", "MUTUAL"]) {
        match client.reach {
            Reach::Service(_) => of_service(cluster, &client, out),
            Reach::Namespace(_) | Reach::Mesh => {
                let refuses = wide_policies(cluster, "DISABLE").find(|peer| {
                    let namespace = namespace_of(cluster, peer.policy);
                    let covers = match client.reach {
                        Reach::Namespace(of) => {
                            namespace == of || {
                                let own = cluster.peer_mode(of, &Vec::new(), None);
                                namespace == "*" && own.is_some_and(|m| std::ptr::eq(m.policy, peer.policy))
                            }
                        }
                        _ => true,
                    };
                    let of = if let Reach::Namespace(of) = client.reach { of } else { namespace };
                    covers && !cluster.is_ambient(of) && sides.is_in_force(client.rule, of)
                });
                if let Some(peer) = refuses {
                    let place = cluster.site(&peer.policy.meta, peer.mode.span).place;
                    wide.entry(place).or_insert((peer, Vec::new())).1.push(client);
                }
            }
        }
    }
    for (peer, clients) in wide.values() {
        of_many(cluster, peer, clients, out);
    }
}

/// A policy for a namespace or the mesh, against rules for as many hosts.
fn of_many(cluster: &Cluster<'_>, peer: &PeerMode<'_, '_>, clients: &[ClientMode<'_, '_>], out: &mut Findings) {
    let Some(first) = clients.first() else { return };
    let is_mesh = namespace_of(cluster, peer.policy) == "*";
    let whom = if is_mesh { "the mesh".to_string() } else { format!("namespace {}", peer.policy.meta.namespace.value) };
    let message = format!(
        "{} makes the servers of {whom} take plaintext only, and {} makes callers begin mutual TLS ({}){}",
        peer.policy.meta.title(),
        first.rule.meta.title(),
        first.mode.value,
        and_more(clients.len() - 1, "DestinationRule"),
    );
    let finding = out.report(cluster.site(&peer.policy.meta, peer.mode.span), message);
    finding.with_codes(if is_mesh { &["KIA0506"] } else { &["KIA0505"] }).with_effect(EFFECT);
    for client in clients.iter().take(4) {
        finding.with_related(cluster.site(&client.rule.meta, client.mode.span), "callers begin mutual TLS here");
    }
    let host = first.rule.host.map_or("", |h| h.value);
    finding.with_help(format!(
        "set this mode to PERMISSIVE or STRICT, or the mode for `{host}` in {} to DISABLE",
        first.rule.meta.title()
    ));
    if !clients.iter().any(|c| !cluster.lie_apart(&peer.policy.meta, &c.rule.meta)) {
        finding.at_level(Severity::Note);
    }
}

/// A rule for one Service, against the policy in force for all of its Pods.
fn of_service(cluster: &Cluster<'_>, client: &ClientMode<'_, '_>, out: &mut Findings) {
    let Reach::Service(host) = client.reach else { return };
    let Some(service) = cluster.service_of(&host) else { return };
    let namespace = service.meta.namespace.value;
    let applied = cluster.destination_rules(client.rule.meta.namespace.value, host);
    if cluster.is_ambient(namespace)
        || service.is_external_name()
        || !applied.rules.first().is_some_and(|r| std::ptr::eq(*r, client.rule))
    {
        return;
    }
    // Where none were read, they may be another cluster's, which this policy is not for.
    let pods = cluster.workloads_of(service);
    let modes: Vec<_> = pods.iter().map(|w| cluster.peer_mode(namespace, &w.labels, None)).collect();
    let refuses = |m: &Option<PeerMode<'_, '_>>| {
        m.as_ref().is_some_and(|m| m.mode.value == "DISABLE" && m.policy.ports.is_empty())
    };
    let Some(peer) = modes.first().copied().flatten().filter(|_| modes.iter().all(refuses)) else { return };
    let message = format!(
        "{} makes callers of {host} begin mutual TLS ({}), and {} makes its Pods take plaintext only",
        client.rule.meta.title(),
        client.mode.value,
        peer.policy.meta.title()
    );
    let finding = out.report(cluster.site(&client.rule.meta, client.mode.span), message);
    finding
        .with_codes(&[])
        .with_effect(EFFECT)
        .with_related(cluster.site(&peer.policy.meta, peer.mode.span), "the servers take plaintext only")
        .with_help("set this mode to DISABLE, or that of the PeerAuthentication to PERMISSIVE or STRICT");
    if cluster.lie_apart(&peer.policy.meta, &client.rule.meta) {
        finding.at_level(Severity::Note);
    }
}
