//! `sidecar-defaults-conflict`: several Sidecars are each for all Pods of a namespace.

use super::{Findings, Rule, policies};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/sidecar-defaults-conflict.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut all = policies::sidecars(cluster);
    // `sidecar-in-ambient` has these.
    all.retain(|s| !cluster.is_ambient_only(s.namespace()));
    policies::report_defaults(cluster, &all, out);
}
