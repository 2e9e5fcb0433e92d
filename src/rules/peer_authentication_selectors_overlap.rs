//! `peer-authentication-selectors-overlap`: several PeerAuthentications select one workload.

use super::{Findings, Rule, policies};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule =
    Rule::per_cluster(include_str!("../../rules/peer-authentication-selectors-overlap.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    policies::report_overlaps(cluster, &policies::peer_authentications(cluster), |_| true, out);
}
