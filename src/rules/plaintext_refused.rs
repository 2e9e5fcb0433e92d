//! `plaintext-refused`: callers use plaintext, and a PeerAuthentication makes the servers take mutual TLS only.

use super::tls_modes::{ClientMode, Reach, Sides, namespace_of, wide_policies};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, PeerMode};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/plaintext-refused.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if !cluster.objects.peer_authentications.iter().any(|p| p.mode.is_some_and(|m| m.value == "STRICT")) {
        return;
    }
    let sides = Sides::of(cluster);
    for client in sides.client_modes(&["DISABLE"]) {
        match client.reach {
            Reach::Service(_) => of_service(cluster, &client, out),
            Reach::Namespace(of) => {
                let peer = cluster.peer_mode(of, &Vec::new(), None).filter(|m| m.mode.value == "STRICT");
                if let Some(peer) = peer.filter(|_| sides.is_in_force(client.rule, of) && !cluster.is_ambient(of)) {
                    let is_mesh = namespace_of(cluster, peer.policy) == "*";
                    let codes: &'static [&'static str] = if is_mesh { &["KIA0208"] } else { &["KIA0207"] };
                    report(cluster, &client, &peer, &format!("all Services of namespace {of}"), codes, out);
                }
            }
            Reach::Mesh => {
                let mut peers: Vec<_> = wide_policies(cluster, "STRICT").collect();
                // The mesh's own policy says it best.
                peers.sort_by_key(|p| namespace_of(cluster, p.policy) != "*");
                let refuses = |p: &PeerMode<'_, '_>| {
                    let namespace = p.policy.meta.namespace.value;
                    namespace_of(cluster, p.policy) == "*"
                        || sides.is_in_force(client.rule, namespace) && !cluster.is_ambient(namespace)
                };
                if let Some(peer) = peers.into_iter().find(refuses) {
                    let is_mesh = namespace_of(cluster, peer.policy) == "*";
                    let codes: &'static [&'static str] = if is_mesh { &["KIA0208"] } else { &[] };
                    report(cluster, &client, &peer, "all Services of the mesh", codes, out);
                }
            }
        }
    }
}

fn report(
    cluster: &Cluster<'_>,
    client: &ClientMode<'_, '_>,
    peer: &PeerMode<'_, '_>,
    whom: &str,
    codes: &'static [&'static str],
    out: &mut Findings,
) {
    let servers = match namespace_of(cluster, peer.policy) {
        _ if !peer.policy.selector.is_empty() => "its Pods".to_string(),
        "*" => "the servers of the mesh".to_string(),
        namespace => format!("the servers of namespace {namespace}"),
    };
    let message = format!(
        "{} makes callers of {whom} use plaintext, and {} makes {servers} take mutual TLS only",
        client.rule.meta.title(),
        peer.policy.meta.title()
    );
    let finding = out.report(cluster.site(&client.rule.meta, client.mode.span), message);
    finding
        .with_codes(codes)
        .with_effect("callers get 503, upstream connect error: connection reset")
        .with_related(cluster.site(&peer.policy.meta, peer.mode.span), "the servers refuse plaintext")
        .with_help("set this mode to ISTIO_MUTUAL, or that of the PeerAuthentication to PERMISSIVE");
    if cluster.lie_apart(&peer.policy.meta, &client.rule.meta) {
        finding.at_level(Severity::Note);
    }
}

/// A rule for one Service, against the policy in force for all of its Pods. A policy counts only for Pods that have a
/// sidecar: plaintext is right for the others.
fn of_service(cluster: &Cluster<'_>, client: &ClientMode<'_, '_>, out: &mut Findings) {
    let Reach::Service(host) = client.reach else { return };
    let Some(service) = cluster.service_of(&host).filter(|s| !s.is_external_name()) else { return };
    let namespace = service.meta.namespace.value;
    let applied = cluster.destination_rules(client.rule.meta.namespace.value, host);
    if cluster.is_ambient(namespace) || !applied.rules.first().is_some_and(|r| std::ptr::eq(*r, client.rule)) {
        return;
    }
    let pods = cluster.workloads_of(service);
    let mut first = None;
    for pod in &pods {
        let Some(peer) = cluster.peer_mode(namespace, &pod.labels, None) else { return };
        // Who writes a policy for a namespace has sidecars there.
        let injected = match cluster.has_sidecar(pod) {
            Some(injected) => injected,
            None => peer.policy.meta.namespace.value == namespace && namespace != cluster.mesh.root_namespace,
        };
        if !injected || peer.mode.value != "STRICT" || !peer.policy.ports.is_empty() {
            return;
        }
        first.get_or_insert(peer);
    }
    if let Some(peer) = first {
        report(cluster, client, &peer, &host.to_string(), &[], out);
    }
}
