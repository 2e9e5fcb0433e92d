//! `waypoint-ignores-selector`: a policy about requests is for Pods in ambient mode by a selector, or by its namespace
//! alone, and waypoints take `targetRefs` only (Istio's `ShouldAttachPolicy`).

use super::request_policies::of_requests;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Policy;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/waypoint-ignores-selector.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if !cluster.has_ambient() {
        return;
    }
    for policy in of_requests(cluster) {
        let own = policy.meta.namespace.value;
        let Some(asked) = policy.reads_requests() else { continue };
        // The root namespace's are for the proxies of all namespaces, and ambient mode is not for it.
        if !policy.targets.is_empty() || !cluster.is_ambient(own) || own == cluster.mesh.root_namespace {
            continue;
        }
        // What it selects may keep its sidecar, or be a gateway.
        let mut pods = cluster.workloads(Some(own), &policy.selector);
        let has_pods = !pods.is_empty();
        pods.retain(|w| {
            let outside = cluster.has_sidecar(w) == Some(true) || cluster.is_of_gateway(&w.labels);
            cluster.asks_for_ambient(w) && !outside
        });
        if cluster.is_of_gateway(&policy.selector) || has_pods && pods.is_empty() {
            continue;
        }
        let enrolled = match has_pods {
            false => cluster.waypoint_of_namespace(own).is_some(),
            true => pods.iter().all(|w| cluster.waypoint_of_workload(w).is_some()),
        };
        report(cluster, &policy, asked.value, enrolled, out);
    }
}

fn report(cluster: &Cluster<'_>, policy: &Policy<'_, '_>, asked: &str, enrolled: bool, out: &mut Findings) {
    let title = policy.meta.title();
    let whom = if policy.selector.is_empty() { "a whole namespace" } else { "Pods by a selector" };
    // ztunnel applies what it can of an AuthorizationPolicy, and refuses what it cannot judge.
    let (what, codes, effect): (_, &'static [&'static str], _) = match (policy.meta.kind.value, enrolled) {
        ("AuthorizationPolicy", true) => (
            format!("asks for `{asked}`"),
            &["KIA0110"],
            "ztunnel, which applies it instead, cannot judge requests: it refuses what an ALLOW policy would let in",
        ),
        ("AuthorizationPolicy", false) => (
            format!("asks for `{asked}`"),
            &["KIA0110", "KIA0109", "KIA1317"],
            "ztunnel, which applies it instead, cannot judge requests: it refuses what an ALLOW policy would let in",
        ),
        ("RequestAuthentication", true) => ("reads requests".into(), &["KIA1115"], "no token is checked"),
        ("RequestAuthentication", false) => ("reads requests".into(), &["KIA1115", "KIA1110"], "no token is checked"),
        ("WasmPlugin", true) => ("reads requests".into(), &["KIA1116"], "the plugin does not run"),
        ("WasmPlugin", false) => ("reads requests".into(), &["KIA1116", "KIA1111"], "the plugin does not run"),
        (_, true) => (format!("sets `{asked}`"), &["KIA1117"], "it is not applied"),
        (_, false) => (format!("sets `{asked}`"), &["KIA1117", "KIA1112"], "it is not applied"),
    };
    let mut message = format!("{title} {what} and is for {whom} in ambient mode, and waypoints take `targetRefs` only");
    if !enrolled {
        message.push_str("; no label gives them a waypoint, either");
    }
    let finding = out.report(cluster.site(policy.meta, policy.selector_span()), message);
    finding.with_codes(codes).with_effect(effect);
    finding.with_help(if enrolled {
        "name the Services in `targetRefs`, as `{group: \"\", kind: Service, name: …}`, or the waypoint as `{group: gateway.networking.k8s.io, kind: Gateway, name: …}`"
    } else {
        "label the namespace or the Services `istio.io/use-waypoint: <name>`, and name the Services, or the waypoint, in `targetRefs`"
    });
}
