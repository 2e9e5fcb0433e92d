//! `injection-labels-conflict`: a namespace that says twice how its Pods get into the mesh.

use super::words::list;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/injection-labels-conflict.md"), check);

const INJECTION: &str = "istio-injection";
const REVISION: &str = "istio.io/rev";
const MODE: &str = "istio.io/dataplane-mode";

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for object in &cluster.objects.namespaces {
        let label = |name| object.labels.iter().find(|(k, v)| k.value == name && !unknown(v.value));
        // With another value it is left out of the mesh, whatever the others say.
        if object.name.value == cluster.mesh.root_namespace
            || label(INJECTION).is_some_and(|(_, v)| v.value != "enabled")
        {
            continue;
        }
        let said: Vec<_> = [INJECTION, REVISION, MODE].into_iter().filter_map(label).collect();
        let [(_, first), .., (last, _)] = said[..] else { continue };
        let does = match (label(INJECTION), label(REVISION)) {
            (Some(_), Some(_)) => format!("`{INJECTION}` counts and `{REVISION}` does not"),
            _ => "its Pods get sidecars, and those with a sidecar are not in ambient mode".into(),
        };
        let labels = list(said.iter().map(|(k, v)| format!("{}: {}", k.value, v.value)));
        let message = format!("Namespace {} has the labels {labels}: {does}", object.name.value);
        let finding = out.report(cluster.site(object, last.span), message);
        finding.with_related(cluster.site(object, first.span), "the other one").with_help("keep the one that is meant");
    }
}
