//! `sidecar-selectors-overlap`: several Sidecars select one workload.

use super::{Findings, Rule, policies};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/sidecar-selectors-overlap.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    // `sidecar-in-ambient` has those in ambient mode.
    policies::report_overlaps(cluster, &policies::sidecars(cluster), |w| !cluster.is_ambient_workload(w), out);
}
