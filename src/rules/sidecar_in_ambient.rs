//! `sidecar-in-ambient`: a Sidecar for Pods in ambient mode, which have no sidecar.

use super::{Findings, Rule, policies};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/sidecar-in-ambient.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for sidecar in policies::sidecars(cluster) {
        let (namespace, title) = (sidecar.namespace(), sidecar.meta.title());
        if sidecar.selects() {
            let Some(workload) = sidecar.selected(cluster).find(|w| cluster.is_ambient_workload(w)) else { continue };
            let message = format!(
                "{title} selects {}, whose Pods are in ambient mode and have no sidecar",
                workload.meta.title()
            );
            out.report(cluster.site(sidecar.meta, sidecar.selector_span()), message)
                .with_related(cluster.site(&workload.meta, workload.meta.name.span), "in ambient mode")
                .with_help("remove it: in ambient mode there is no sidecar that it could configure");
        } else if sidecar.selector.is_empty()
            && namespace != cluster.mesh.root_namespace
            && cluster.is_ambient_only(namespace)
        {
            let message =
                format!("{title} does nothing: namespace {namespace} is in ambient mode, and its Pods have no sidecar");
            let finding = out.report(cluster.site(sidecar.meta, sidecar.meta.name.span), message);
            finding.with_help("remove it: in ambient mode there is no sidecar that it could configure");
            if let Some(object) = cluster.namespace(namespace) {
                finding.with_related(cluster.site(object, object.metadata_key("labels")), "in ambient mode");
            }
        }
    }
}
