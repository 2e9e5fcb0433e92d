//! `label-value-ineffective`: a label that decides how Pods get into the mesh, with a value that is none of its own.

use super::words::list;
use super::{Findings, Rule, carriers};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/label-value-ineffective.md"), check);

/// A label, the kind that carries it, its values, and what another one comes to.
const LABELS: &[(&str, &str, [&str; 2], &str)] = &[
    ("istio-injection", "Namespace", ["enabled", "disabled"], "its Pods get no sidecar"),
    ("sidecar.istio.io/inject", "Pod", ["true", "false"], "what their namespace says counts"),
    ("istio.io/dataplane-mode", "Namespace", ["ambient", "none"], "its Pods are not in ambient mode"),
    ("istio.io/dataplane-mode", "Pod", ["ambient", "none"], "what their namespace says counts"),
];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for carrier in carriers::all(cluster) {
        for (key, value) in carrier.labels {
            let is_it =
                |(label, kind, _, _): &&(&str, &str, [&str; 2], &str)| *label == key.value && *kind == carrier.kind;
            let Some((label, _, values, comes_to)) = LABELS.iter().find(is_it) else { continue };
            if values.contains(&value.value) || value.value.is_empty() || unknown(value.value) {
                continue;
            }
            let message = format!(
                "`{label}: {}` of {} is neither {}: {comes_to}",
                value.value,
                carrier.holder(),
                list(values).replace(" and ", " nor ")
            );
            let help = match meant(value.value) {
                Some(on) => format!("did you mean `{label}: {}`?", values[usize::from(!on)]),
                None => format!("write {}", list(values).replace(" and ", " or ")),
            };
            out.report(cluster.site(carrier.meta, value.span), message).with_help(help);
        }
    }
}

/// Whether a value means on or off, in other words than these labels have.
fn meant(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "enable" | "enabled" | "on" | "yes" | "ambient" => Some(true),
        "false" | "disable" | "disabled" | "off" | "no" | "none" => Some(false),
        _ => None,
    }
}
