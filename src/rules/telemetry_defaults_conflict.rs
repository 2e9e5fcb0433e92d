//! `telemetry-defaults-conflict`: several Telemetries are each for all Pods of a namespace.

use super::{Findings, Rule, policies};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/telemetry-defaults-conflict.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let all = policies::others(cluster, "telemetry.istio.io", "Telemetry");
    policies::report_defaults(cluster, &all, out);
}
