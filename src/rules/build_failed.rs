//! `build-failed`: what a cluster applies cannot be built.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/build-failed.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let site = |place| Site { cluster: cluster.name, meta: None, place };
    for failure in &cluster.input.failures {
        let finding = out.report(site(failure.place), failure.message.clone());
        let file = &fleet.workspace.sources.get(failure.place.source).path;
        let folder = file.rsplit('/').nth(1).unwrap_or_default();
        finding.with_anchor(format!("{folder}: {}", fleet.workspace.line_at(failure.place)));
        if let Some(help) = &failure.help {
            finding.with_help(help.clone());
        }
        for (place, message) in &failure.related {
            finding.with_related(site(*place), message.clone());
        }
    }
}
