//! Nothing says which cluster an endpoint leads to, so its far side is not checked.

use rustc_hash::FxHashMap;

use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::mesh::Fleet;
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/endpoint-cluster-unknown.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    // One note for each address: that is what has to be made known.
    let mut groups: FxHashMap<(u32, &str), Vec<&crate::mesh::Link<'_>>> = FxHashMap::default();
    for link in fleet.links().iter().filter(|l| l.evidence.is_empty() && !l.at_home) {
        let address = link.endpoint(fleet.cluster(link.from)).address.map_or("", |a| a.value);
        groups.entry((link.from.0, address)).or_default().push(link);
    }
    for ((_, address), links) in groups {
        let Some(link) = links.first() else { continue };
        let from = fleet.cluster(link.from);
        let others: Vec<&str> = fleet.clusters.iter().filter(|c| c.id != from.id).map(|c| c.name).collect();
        let example = others.first().copied().unwrap_or("<cluster>");
        let more = and_more(links.len() - 1, "host");
        let host = link.host.value;
        let address = if address.is_empty() { "an endpoint without an address".into() } else { format!("`{address}`") };
        // A label that names a cluster of which nothing was read.
        let label = link.endpoint(from).labels.iter().find(|(k, v)| k.value == "cluster" && !unknown(v.value));
        if let Some((_, label)) = label {
            let finding = out.report(
                link.site(from),
                format!(
                    "could not verify the far side of `{host}`{more}: {address} leads to `{}`, and no cluster here has that name",
                    label.value
                ),
            );
            finding.with_related(from.site(&link.entry(from).meta, label.span), "says so");
            finding.with_help(match nearest(label.value, others.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("let meshlint read the manifests of `{}`, too", label.value),
            });
        } else {
            out.report(
                link.site(from),
                format!("could not verify the far side of `{host}`{more}: nothing says which cluster {address} leads to"),
            )
            .with_help(format!(
                "list the address under `clusters.{example}.gateways` in meshlint.yaml, or label the endpoint `cluster: {example}`"
            ));
        }
    }
}
