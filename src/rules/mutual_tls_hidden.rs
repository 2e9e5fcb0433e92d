//! `mutual-tls-hidden`: a DestinationRule without TLS settings takes the place of one for many hosts that has them.

use rustc_hash::FxHashMap;

use super::tls_modes::{ClientMode, Reach, Sides};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::DestinationRule;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/mutual-tls-hidden.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    // With automatic mutual TLS, which is the default, no rule is needed.
    if cluster.mesh.auto_mtls != Some(false) {
        return;
    }
    let root = cluster.mesh.root_namespace;
    let mut wide: FxHashMap<&str, Vec<ClientMode<'_, '_>>> = FxHashMap::default();
    for client in Sides::of(cluster).client_modes(&["ISTIO_MUTUAL", "MUTUAL"]) {
        if !matches!(client.reach, Reach::Service(_)) {
            wide.entry(client.rule.meta.namespace.value).or_default().push(client);
        }
    }
    for rule in &cluster.objects.destination_rules {
        let Some(text) = rule.host else { continue };
        let own = rule.meta.namespace.value;
        let host = cluster.host(text.value, own);
        if cluster.service_of(&host).is_none() || sets_tls(rule) {
            continue;
        }
        let places = [Some(own), host.namespace(), Some(root)];
        let mut in_sight = places.iter().flatten().flat_map(|ns| wide.get(ns)).flatten();
        let Some(hidden) = in_sight.find(|c| {
            let pattern = c.rule.host.map_or("", |h| h.value);
            cluster.host(pattern, c.rule.meta.namespace.value).covers(&host, cluster.domain)
        }) else {
            continue;
        };
        let message = format!(
            "{} sets no TLS for {host}, and takes the place of {}, which asks for mutual TLS: callers in {} use plaintext",
            rule.meta.title(),
            hidden.rule.meta.title(),
            cluster.name
        );
        let finding = out.report(cluster.site(&rule.meta, text.span), message);
        finding
            .with_label("a rule is taken whole: that of the wider host does not add to it")
            .with_related(cluster.site(&hidden.rule.meta, hidden.mode.span), "what no longer holds for this host")
            .with_help(format!("add `tls: {{mode: {}}}` to its trafficPolicy", hidden.mode.value));
        if cluster.lie_apart(&rule.meta, &hidden.rule.meta) {
            finding.at_level(Severity::Note);
        }
    }
}

/// Whether a rule says anything of TLS.
fn sets_tls(rule: &DestinationRule<'_>) -> bool {
    let subsets = rule.subsets.iter().filter_map(|s| s.policy.as_deref());
    rule.policy.iter().chain(subsets).any(|p| p.tls.is_some() || p.ports.iter().any(|(_, p)| p.tls.is_some()))
}
