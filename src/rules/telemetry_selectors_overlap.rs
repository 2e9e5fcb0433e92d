//! `telemetry-selectors-overlap`: several Telemetries select one workload.

use super::{Findings, Rule, policies};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/telemetry-selectors-overlap.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let all = policies::others(cluster, "telemetry.istio.io", "Telemetry");
    policies::report_overlaps(cluster, &all, |_| true, out);
}
