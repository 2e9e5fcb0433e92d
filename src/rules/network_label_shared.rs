//! Two clusters with gateways between them that say the same network (evidence L14).

use super::meshes::{names, shown, site};
use super::network_label_missing::takes_own_names;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Said};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/network-label-shared.md"), check);

/// A cluster with a gateway for other networks, and its own.
type Gated<'a, 's> = (&'a Cluster<'s>, Said<'s>);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for mesh in shown(fleet) {
        let known: Vec<Gated<'_, '_>> = mesh.iter().filter_map(|c| Some((*c, c.mesh.network()?))).collect();
        let gated: Vec<Gated<'_, '_>> = known.iter().copied().filter(|(c, _)| takes_own_names(fleet, c)).collect();
        let mut seen: Vec<&str> = Vec::new();
        for (first, said) in &gated {
            let name = said.value;
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let sharing: Vec<_> = gated.iter().filter(|(_, s)| s.value == name).collect();
            let is_only = known.len() == mesh.len() && known.iter().all(|(_, s)| s.value == name);
            // One network is the whole mesh, and has gateways that lead nowhere. Where there are others, several clusters
            // may well be on one of them, unless networks are named after clusters and this one after another.
            let odd = if is_only { sharing.get(1).copied() } else { named_after_another(&known, &sharing) };
            let Some((cluster, own)) = odd.filter(|_| sharing.len() > 1) else { continue };
            let (other, theirs) = sharing.iter().find(|(c, _)| c.id != cluster.id).map_or((*first, *said), |g| **g);
            let Some(place) = site(cluster, own) else { continue };
            let finding = out.report(
                place,
                format!(
                    "{} say that they are on one network, `{name}`, and each has a gateway for other networks: they dial each other's Pods directly, and none of those gateways is used",
                    names(sharing.iter().map(|(c, _)| c.name))
                ),
            );
            finding.with_label(format!("the network of {}", cluster.name));
            if let Some(there) = site(other, &theirs) {
                finding.with_related(there, format!("the network of {}, too", other.name));
            }
            finding.with_help(format!(
                "where Pods of one cluster cannot reach those of the other, give {} a network of its own, in the label of its root namespace and of its gateway Service, and in the installation",
                cluster.name
            ));
        }
    }
}

/// The cluster whose network is named after another one, in a mesh in which networks are named after their clusters.
fn named_after_another<'a, 'g, 's>(
    known: &[Gated<'a, 's>],
    sharing: &[&'g Gated<'a, 's>],
) -> Option<&'g Gated<'a, 's>> {
    let is_own = |(c, said): &Gated<'a, 's>| {
        said.value.contains(c.name) || c.mesh.cluster_name.is_some_and(|n| said.value.contains(n.value))
    };
    let shared = sharing.first()?.1.value;
    let others = || known.iter().filter(|(_, s)| s.value != shared);
    let by_name =
        others().next().is_some() && others().all(is_own) && sharing.iter().filter(|g| is_own(g)).count() == 1;
    sharing.iter().copied().find(|g| by_name && !is_own(g))
}
