//! `user-of-sidecar`: a container that runs as the user whose traffic the sidecar does not see: its own.

use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, PROXY};
use crate::model::Workload;
use crate::model::read::{self, Number};
use crate::yaml::Node;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/user-of-sidecar.md"), check);

/// The user that the sidecar runs as.
const USER: u32 = 1337;

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for workload in &cluster.objects.workloads {
        let Some(pod) = workload.pod.filter(|_| !is_istios(workload)) else { continue };
        // Those that run first need that user to reach anything before the sidecar is up.
        let apps: Vec<Node<'_>> = workload.containers().filter(|c| !is_proxy(*c)).collect();
        let own = apps.iter().filter_map(|c| user(*c));
        let of_pod = user(pod).filter(|_| apps.iter().any(|c| user(*c).is_none()));
        for said in own.chain(of_pod).filter(|u| u.value == Some(USER)) {
            let message =
                format!("{} runs as user {USER}, whose traffic the sidecar takes for its own", workload.meta.title());
            let finding = out.report(cluster.site(&workload.meta, said.span), message);
            finding
                .with_label("calls leave without the sidecar: no mutual TLS, no routes")
                .with_help("run it as another user");
            if cluster.injects(workload) != Some(true) {
                finding.at_level(Severity::Note).with_label("where it gets a sidecar, calls leave without it");
            }
        }
    }
}

fn user(node: Node<'_>) -> Option<Number> {
    read::number(node.get("securityContext")?, "runAsUser")
}

fn is_proxy(container: Node<'_>) -> bool {
    read::text(container, "name").is_some_and(|n| matches!(n.value, PROXY | "istio-operator"))
}

/// Istio's own: its control plane and its gateways.
fn is_istios(workload: &Workload<'_>) -> bool {
    let meta = &workload.meta;
    meta.label("istio").is_some() || meta.label("release").is_some_and(|l| l.value == "istio")
}
