//! `reference-not-granted`: a route or Gateway refers to an object of another namespace, and no ReferenceGrant there lets
//! it.

use super::api_routes::{gateways, routes};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Grants};
use crate::model::Meta;
use crate::model::gateway_api::Reference;
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/reference-not-granted.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut grants: Option<Grants<'_, '_>> = None;
    let mut judge = |meta: &Meta<'_>, to: &Reference<'_>, codes: &'static [&'static str], effect: &str| {
        let Some(namespace) = to.namespace.filter(|n| n.value != meta.namespace.value) else { return };
        let grants = grants.get_or_insert_with(|| Grants::of(cluster));
        let to_unknown = unknown(namespace.value) || unknown(meta.namespace.value) || unknown(to.name.value);
        if to_unknown || grants.allow(meta, to, namespace.value) {
            return;
        }
        // A grant lies beside what it is for: where that was not read, the grant may be elsewhere, too.
        let is_read = match to.kind {
            "Service" => cluster.service(namespace.value, to.name.value).is_some(),
            kind => cluster
                .others(to.group, kind)
                .any(|m| (m.namespace.value, m.name.value) == (namespace.value, to.name.value)),
        } || !grants.in_namespace(namespace.value).is_empty();
        let shown = is_read && cluster.is_complete() && !cluster.input.is_guess;
        let (title, kind, name) = (meta.title(), to.kind, to.name.value);
        let message = if shown {
            format!(
                "{title} refers to {kind} {}/{name}, and no ReferenceGrant in namespace {0} lets it",
                namespace.value
            )
        } else {
            format!(
                "could not verify that {title} may refer to {kind} {}/{name}: no ReferenceGrant for it was read",
                namespace.value
            )
        };
        let help = format!(
            "add a ReferenceGrant to namespace {}: from `{{group: gateway.networking.k8s.io, kind: {}, namespace: {}}}` to `{{group: \"{}\", kind: {kind}}}`",
            namespace.value, meta.kind.value, meta.namespace.value, to.group
        );
        let finding = out.report(cluster.site(meta, namespace.span), message);
        finding.with_codes(codes).with_effect(effect).with_help(help);
        if !shown {
            finding.at_level(Severity::Note);
        }
    };
    for route in routes(cluster) {
        for backend in &route.backends {
            judge(route.meta, &backend.to, &["KIA1402"], "its requests get 500");
        }
    }
    for gateway in gateways(cluster) {
        for listener in &gateway.listeners {
            for to in listener.certificates() {
                judge(gateway.meta, &to, &[], "the listener does not open");
            }
        }
    }
}
