//! `annotation-unknown`: an annotation in Istio's name that Istio does not have.

use super::words::nearest;
use super::{Findings, Rule, istio_annotations};
use crate::annotations::{annotation, is_label, names};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/annotation-unknown.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for placed in istio_annotations::all(cluster) {
        let key = placed.key.value;
        if annotation(key).is_some() || unknown(key) {
            continue;
        }
        let near = nearest(key, names());
        let message = format!("annotation `{key}` of {} is none that Istio has: it does nothing", placed.on.holder());
        let finding = out.report(cluster.site(placed.on.meta, placed.key.span), message);
        if is_label(key) {
            finding.message =
                format!("`{key}` of {} is an annotation, and Istio reads it as a label only", placed.on.holder());
            finding.with_help("move it from `annotations` to `labels`");
        } else if let Some(near) = near {
            finding.with_help(format!("did you mean `{near}`?"));
        } else {
            // Another version may have it.
            finding.at_level(Severity::Note).with_help("remove it, or check its name in Istio's list of annotations");
        }
    }
}
