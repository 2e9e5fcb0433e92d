//! `waypoint-without-ambient`: a namespace or workload names a waypoint, and is not in ambient mode.

use super::{Findings, Rule};
use crate::mesh::{Cluster, DATAPLANE_MODE, Fleet};
use crate::model::read::{self, unknown};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/waypoint-without-ambient.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for label in cluster.uses_of_waypoints() {
        let meta = label.meta;
        let (namespace, mode) = match meta.kind.value {
            "Namespace" => (meta.name.value, meta.label(DATAPLANE_MODE)),
            // A Service's callers may be in ambient mode where its Pods are not.
            "Service" | "ServiceEntry" => continue,
            _ => (meta.namespace.value, None),
        };
        // Where the namespace itself was not read, its labels are not known.
        let Some(object) = cluster.namespace(namespace) else { continue };
        let from_gateways = object.label("istio.io/ingress-use-waypoint").is_some();
        let own_mode = || {
            let template = meta.root.at_path(&["spec", "template", "metadata"]).or_else(|| meta.root.get("metadata"));
            template.is_some_and(|m| read::label(&read::labels(m, "labels"), DATAPLANE_MODE).is_some())
        };
        if cluster.is_ambient(namespace) || from_gateways || mode.is_some_and(|m| unknown(m.value)) || own_mode() {
            continue;
        }
        let message = format!(
            "{} uses the waypoint `{}` and is not in ambient mode: only callers in ambient mode go through it",
            meta.title(),
            label.name.value
        );
        out.report(cluster.site(meta, label.name.span), message).with_help(format!(
            "label namespace {namespace} `istio.io/dataplane-mode: ambient`, or remove `istio.io/use-waypoint`"
        ));
    }
}
