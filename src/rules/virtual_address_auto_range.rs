//! An address from the ranges that Istio itself allocates from (domain.md, section 7).

use super::addresses::{AUTO, Taken, of_cluster};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Version};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/virtual-address-auto-range.md"), check);

/// The first Istio that allocates addresses.
const FIRST: Version = Version(1, 8, 0);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if cluster.mesh.versions.istio().is_some_and(|v| v < FIRST) {
        return;
    }
    let mut taken: Option<Taken> = None;
    for v in of_cluster(cluster) {
        let Some(auto) = AUTO.iter().find(|r| r.contains(&v.range)) else { continue };
        let host = v.entry.hosts.first().map_or("", |h| h.value);
        let taken = taken.get_or_insert_with(|| Taken::of(cluster));
        let free = taken.give().map(|a| format!(", such as `{a}`")).unwrap_or_default();
        out.report(
            v.site(cluster),
            format!(
                "the address `{}` of `{host}` is in `{auto}`, from which Istio gives addresses to ServiceEntries without one: another host can get the same",
                v.text.value
            ),
        )
        .with_label(format!("in `{auto}`"))
        .with_help(format!("take an address outside `{auto}`{free}, or none, where Istio allocates it"));
    }
}
