//! `mutual-tls-not-begun`: servers take mutual TLS only, automatic mutual TLS is off, and no DestinationRule begins it.

use super::tls_modes::{Sides, namespace_of, wide_policies};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/mutual-tls-not-begun.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if cluster.mesh.auto_mtls != Some(false) {
        return;
    }
    let sides = Sides::of(cluster);
    for peer in wide_policies(cluster, "STRICT") {
        let namespace = namespace_of(cluster, peer.policy);
        if cluster.is_ambient(namespace) || !sides.has_callers_without_mode(namespace) {
            continue;
        }
        let is_mesh = namespace == "*";
        let whom = if is_mesh { "the mesh".to_string() } else { format!("namespace {namespace}") };
        let message = format!(
            "{} makes the servers of {whom} take mutual TLS only, and nothing makes callers in {} begin it: `enableAutoMtls` is false",
            peer.policy.meta.title(),
            cluster.name
        );
        let host = if is_mesh { "*.local".to_string() } else { format!("*.{namespace}.svc.{}", cluster.domain) };
        let finding = out.report(cluster.site(&peer.policy.meta, peer.mode.span), message);
        finding
            .with_codes(if is_mesh { &["KIA0401"] } else { &["KIA0501"] })
            .with_effect("callers get 503, upstream connect error: connection reset")
            .with_help(format!(
                "add a DestinationRule for `{host}` with TLS mode ISTIO_MUTUAL, or turn `enableAutoMtls` on"
            ));
        if !cluster.is_complete() {
            finding.at_level(Severity::Note);
        }
    }
}
