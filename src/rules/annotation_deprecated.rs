//! `annotation-deprecated`: an annotation of Istio's that something else took the place of.

use super::{Findings, Rule, istio_annotations};
use crate::annotations::annotation;
use crate::mesh::{Cluster, Fleet};
use crate::model::read;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/annotation-deprecated.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for placed in istio_annotations::all(cluster) {
        let Some(known) = annotation(placed.key.value).filter(|a| a.is_deprecated) else { continue };
        // Who has both is compatible with old versions and knows.
        if read::label(placed.on.labels, known.name).is_some() {
            continue;
        }
        let message = format!("annotation `{}` of {} is deprecated", known.name, placed.on.holder());
        let finding = out.report(cluster.site(placed.on.meta, placed.key.span), message);
        if !known.instead.is_empty() {
            finding.with_help(format!("use {}", known.instead));
        }
    }
}
