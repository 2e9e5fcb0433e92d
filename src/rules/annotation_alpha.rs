//! `annotation-alpha`: an annotation of Istio's that may still change.

use super::{Findings, Rule, istio_annotations};
use crate::annotations::annotation;
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/annotation-alpha.md"), check);

/// What Istio's CNI plugin and older injection write on Pods themselves.
const SET_BY_DEFAULT: &[&str] = &[
    "sidecar.istio.io/interceptionMode",
    "traffic.sidecar.istio.io/includeInboundPorts",
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/includeOutboundIPRanges",
];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for placed in istio_annotations::all(cluster) {
        let Some(known) = annotation(placed.key.value).filter(|a| a.is_alpha) else { continue };
        let is_pod = placed.on.meta.kind.value == "Pod";
        let has_init = || {
            let pod = placed.on.workload.and_then(|w| w.pod);
            let mut init = pod.into_iter().flat_map(|p| p.items_of("initContainers"));
            init.any(|c| c.get("name").and_then(|n| n.text()) == Some("istio-init"))
        };
        if is_pod && SET_BY_DEFAULT.contains(&known.name) && !has_init() {
            continue;
        }
        let message = format!("annotation `{}` of {} is alpha", known.name, placed.on.holder());
        out.report(cluster.site(placed.on.meta, placed.key.span), message)
            .with_help("expect it to change or go with a new version of Istio");
    }
}
