//! Nothing says which cluster an endpoint leads to, so its far side is not checked.

use rustc_hash::FxHashMap;

use super::words::and_more;
use super::{Findings, Rule};
use crate::mesh::Fleet;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/endpoint-cluster-unknown.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    // One note for each address: that is what has to be made known.
    let mut groups: FxHashMap<(u32, &str), Vec<&crate::mesh::Link<'_>>> = FxHashMap::default();
    for link in fleet.links().iter().filter(|l| l.evidence.is_empty()) {
        let address = link.endpoint(fleet.cluster(link.from)).address.map_or("", |a| a.value);
        groups.entry((link.from.0, address)).or_default().push(link);
    }
    for ((_, address), links) in groups {
        let Some(link) = links.first() else { continue };
        let from = fleet.cluster(link.from);
        let others: Vec<&str> = fleet.clusters.iter().filter(|c| c.id != from.id).map(|c| c.name).collect();
        let example = others.first().copied().unwrap_or("<cluster>");
        out.report(
            link.site(from),
            format!(
                "could not verify the far side of `{}`{}: nothing says which cluster `{address}` leads to",
                link.host.value,
                and_more(links.len() - 1, "host")
            ),
        )
        .with_help(format!(
            "list the address under `clusters.{example}.gateways` in meshlint.yaml, or label the endpoint `cluster: {example}`"
        ));
    }
}
