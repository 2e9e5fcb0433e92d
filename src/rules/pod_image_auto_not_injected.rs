//! `pod-image-auto-not-injected`: as `image-auto-not-injected`, for a Pod that nothing makes anew.

use super::{Findings, Rule, image_auto_not_injected};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/pod-image-auto-not-injected.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    image_auto_not_injected::report(cluster, |w| w.meta.kind.value == "Pod", out);
}
