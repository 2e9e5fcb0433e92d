//! `annotation-misplaced`: an annotation of Istio's on a kind on which it is not read.

use super::istio_annotations::{self, Placed};
use super::{Findings, Rule};
use crate::annotations::{ANY, annotation};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/annotation-misplaced.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for placed in istio_annotations::all(cluster) {
        let Some(known) = annotation(placed.key.value) else { continue };
        if known.kinds.iter().any(|k| *k == ANY || *k == placed.on.kind) {
            continue;
        }
        let goes_on_pods = known.kinds.contains(&"Pod");
        let kinds = known.kinds.join(", ");
        let message = format!(
            "`{}` does nothing on {}: Istio reads it on {}",
            known.name,
            placed.on.holder(),
            if goes_on_pods { "Pods".into() } else { format!("objects of kind {kinds}") }
        );
        let finding = out.report(cluster.site(placed.on.meta, placed.key.span), message);
        if is_on_pods_too(&placed) {
            finding.at_level(Severity::Note).with_help("remove it here: the Pods carry it, too");
        } else if let Some(path) = template_path(&placed).filter(|_| goes_on_pods) {
            finding.with_help(format!("move it to `{path}`"));
        } else if goes_on_pods {
            finding.with_help("write it into the Pod templates of the workloads that it is for");
        } else {
            finding.with_help(format!("move it to the {kinds} that it is for"));
        }
    }
}

/// Whether the Pods carry the same, as an annotation or as a label.
fn is_on_pods_too(placed: &Placed<'_, '_>) -> bool {
    placed.on.workload.filter(|_| placed.on.kind != "Pod").is_some_and(|w| {
        let both = [&w.annotations, &w.labels];
        both.iter().any(|l| read::label(l, placed.key.value).is_some_and(|v| v.value == placed.value.value))
    })
}

/// Where the workload's Pods have their annotations.
fn template_path(placed: &Placed<'_, '_>) -> Option<&'static str> {
    placed.on.workload.filter(|_| placed.on.kind != "Pod")?;
    Some(match placed.on.kind {
        "CronJob" => "spec.jobTemplate.spec.template.metadata.annotations",
        _ => "spec.template.metadata.annotations",
    })
}
