//! `root-sidecar-selector`: a Sidecar of the root namespace that selects Pods, and so is not for the whole mesh.

use super::words::labels;
use super::{Findings, Rule, policies};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/root-sidecar-selector.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let root = cluster.mesh.root_namespace;
    for sidecar in policies::sidecars(cluster).iter().filter(|s| s.namespace() == root && s.selects()) {
        if sidecar.selected(cluster).next().is_some() {
            continue;
        }
        let message = format!(
            "{} selects Pods with {}, and with a selector it is for those of {root} alone",
            sidecar.meta.title(),
            labels(&sidecar.selector)
        );
        out.report(cluster.site(sidecar.meta, sidecar.selector_span()), message).with_help(
            "remove `workloadSelector` to make it the default of the whole mesh, or move it to the namespace of the Pods",
        );
    }
}
