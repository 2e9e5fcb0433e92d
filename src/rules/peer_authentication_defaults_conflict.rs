//! `peer-authentication-defaults-conflict`: several PeerAuthentications are each for all Pods of a namespace.

use super::{Findings, Rule, policies};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule =
    Rule::per_cluster(include_str!("../../rules/peer-authentication-defaults-conflict.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    policies::report_defaults(cluster, &policies::peer_authentications(cluster), out);
}
