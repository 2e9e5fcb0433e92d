//! `ambient-with-sidecar`: a workload is put into ambient mode and given a sidecar.

use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, DATAPLANE_MODE, Fleet};
use crate::model::read;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/ambient-with-sidecar.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for workload in &cluster.objects.workloads {
        let own = workload.label(DATAPLANE_MODE).filter(|l| l.value == "ambient");
        if !cluster.asks_for_ambient(workload)
            || cluster.has_sidecar(workload) != Some(true)
            || cluster.is_of_gateway(&workload.labels)
        {
            continue;
        }
        let injected = workload.injection() == Some(true) || workload.label("istio.io/rev").is_some();
        let inject = workload.label("sidecar.istio.io/inject").or_else(|| workload.label("istio.io/rev"));
        let container =
            workload.containers().find(|c| read::text(*c, "name").is_some_and(|n| n.value == "istio-proxy"));
        let container = container.and_then(|c| read::text(c, "name"));
        // Both by the namespace: that is said of the namespace.
        if own.is_none() && !injected && container.is_none() {
            continue;
        }
        let title = workload.meta.title();
        let (at, message) = match (own, container) {
            (_, Some(container)) => {
                (container, format!("{title} is in ambient mode and has a sidecar, `istio-proxy`, in its Pods"))
            }
            (Some(own), None) => {
                (*own, format!("the Pods of {title} are put into ambient mode by their label, and get a sidecar"))
            }
            (None, None) => {
                let Some(inject) = inject else { continue };
                (*inject, format!("the Pods of {title} get a sidecar, and their namespace is in ambient mode"))
            }
        };
        let finding = out.report(cluster.site(&workload.meta, at.span), message);
        finding
            .with_label("Pods with a sidecar are left out of ambient mode")
            .with_help("keep one of the two: a sidecar, with `istio.io/dataplane-mode: none` on the Pods, or ambient mode, without");
        if let Some(namespace) = cluster.namespace(workload.meta.namespace.value)
            && let Some(mode) = namespace.label(DATAPLANE_MODE)
        {
            finding.with_related(cluster.site(namespace, mode.span), "the mode of the namespace");
        }
        // A Pod's own word against its namespace's is an exception that somebody made.
        if own.is_none() {
            finding.at_level(Severity::Note).with_codes(&["KIA1311", "KIA1315", "KIA1316"]);
        }
    }
}
