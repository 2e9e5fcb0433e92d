//! `selector-on-gateway`: an object that selects the Pods of a Gateway of the Gateway API instead of naming it.

use super::policies::{self, Policy};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::Text;
use crate::model::read;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/selector-on-gateway.md"), check);

/// The label that says whose Pods they are.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

const KINDS: &[(&str, &str)] = &[
    ("security.istio.io", "AuthorizationPolicy"),
    ("security.istio.io", "RequestAuthentication"),
    ("telemetry.istio.io", "Telemetry"),
    ("extensions.istio.io", "WasmPlugin"),
];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for (group, kind) in KINDS {
        for policy in policies::others(cluster, group, kind).iter().filter(|p| p.selects()) {
            let Some(name) = gateway(cluster, policy) else { continue };
            let class = cluster
                .api_gateway(policy.namespace(), name.value)
                .and_then(|g| read::text(g.spec(), "gatewayClassName"));
            let title = policy.meta.title();
            let site = cluster.site(policy.meta, policy.selector_span());
            if class.is_some_and(|c| c.value == "istio-waypoint") {
                out.report(site, format!("{title} selects the Pods of waypoint {}, which takes no {kind} by selector", name.value))
            } else {
                out.report(site, format!("{title} selects the Pods of Gateway {} instead of naming it", name.value))
                    .at_level(Severity::Note)
                    .with_label("ignored where ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY is off")
            }
            .with_help(format!(
                "use `targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: {}}}]` instead of the selector",
                name.value
            ));
        }
    }
}

/// The name of the Gateway whose Pods it selects: by its label, or by others that such Pods have.
fn gateway<'s>(cluster: &Cluster<'s>, policy: &Policy<'_, 's>) -> Option<Text<'s>> {
    let by_label = read::label(&policy.selector, GATEWAY_NAME);
    let is_there = |name: &&Text<'s>| cluster.api_gateway(policy.namespace(), name.value).is_some();
    by_label.filter(is_there).copied().or_else(|| policy.selected(cluster).find_map(|w| w.label(GATEWAY_NAME).copied()))
}
