//! `label-misplaced`: a label that decides how Pods get into the mesh, on a kind on which it is not read.

use super::carriers::{self, Carrier};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::{Text, Workload, read};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/label-misplaced.md"), check);

/// The labels, and the kinds on which they are read.
const LABELS: &[(&str, &[&str])] = &[
    ("istio-injection", &["Namespace"]),
    ("sidecar.istio.io/inject", &["Pod"]),
    ("istio.io/dataplane-mode", &["Namespace", "Pod"]),
];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for carrier in carriers::all(cluster) {
        for (key, value) in carrier.labels {
            let Some((label, kinds)) = LABELS.iter().find(|(label, _)| *label == key.value) else { continue };
            if kinds.contains(&carrier.kind) || is_in_its_place_too(cluster, &carrier, label, value) {
                continue;
            }
            let places = kinds.iter().map(|k| format!("{k}s")).collect::<Vec<_>>().join(" and ");
            let message = format!("label `{label}` does nothing on {}: Istio reads it on {places}", carrier.holder());
            let help = match (carrier.workload, kinds.contains(&"Pod")) {
                (Some(w), true) if w.meta.kind.value == "CronJob" => {
                    "move it to `spec.jobTemplate.spec.template.metadata.labels`".into()
                }
                (Some(_), true) => "move it to `spec.template.metadata.labels`".into(),
                (Some(_), false) => {
                    "label the Pods `sidecar.istio.io/inject`, or their Namespace `istio-injection`".into()
                }
                (None, _) => format!("move it to the {places} that it is for"),
            };
            out.report(cluster.site(carrier.meta, key.span), message).with_help(help);
        }
    }
}

/// Whether the same is said where it counts: as by `commonLabels`, which puts a label on everything, and by the chart of
/// Istio's gateways. Of a Service whose Pods are not there, that is not known.
fn is_in_its_place_too(cluster: &Cluster<'_>, carrier: &Carrier<'_, '_>, label: &str, value: &Text<'_>) -> bool {
    let same = |l: &Text<'_>| l.value == value.value;
    let says = |w: &Workload<'_>| [&w.labels, &w.annotations].iter().any(|l| read::label(l, label).is_some_and(same));
    let on_its_pods = match carrier.service {
        Some(service) => {
            let behind = cluster.workloads_of(service);
            behind.is_empty() || behind.into_iter().any(says)
        }
        None => carrier.workload.filter(|_| carrier.kind != "Pod").is_some_and(says),
    };
    on_its_pods || cluster.namespace_label(carrier.meta.namespace.value, label).is_some_and(|l| same(&l))
}
