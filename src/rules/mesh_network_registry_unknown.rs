//! `meshNetworks` names a registry that is no cluster (domain.md, section 6).

use super::meshes::site;
use super::words::{list, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/mesh-network-registry-unknown.md"), check);

/// Registries that every control plane has.
const BUILT_IN: &[&str] = &["Kubernetes", "Mock", "External"];

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if cluster.mesh.registries.is_empty() {
        return;
    }
    let secrets = remote_clusters(cluster);
    let mut known: Vec<&str> = secrets.clone();
    known.extend(fleet.clusters.iter().flat_map(|c| [Some(c.name), c.mesh.cluster_name.map(|n| n.value)]).flatten());
    known.sort_unstable();
    known.dedup();
    for said in &cluster.mesh.registries {
        let name = said.value;
        if known.contains(&name) || BUILT_IN.contains(&name) {
            continue;
        }
        let Some(place) = site(cluster, said) else { continue };
        // A name that another registry has is taken, so it is not what this one was to be: `cluster1` beside `cluster3`.
        let is_listed = |n: &str| cluster.mesh.registries.iter().any(|r| r.value == n);
        let free = known.iter().chain(BUILT_IN).copied().filter(|n| !is_listed(n));
        let slip = nearest(name, free).or(BUILT_IN.iter().copied().find(|b| b.eq_ignore_ascii_case(name)));
        let finding = out.report(
            place,
            format!(
                "the mesh networks of {} put the registry `{name}` on a network, and no cluster is called that: its endpoints stay on no network",
                cluster.name
            ),
        );
        // Credentials and clusters that this repository does not hold may exist; a slip of a name that it does hold is
        // one all the same.
        if slip.is_none() && secrets.is_empty() {
            finding.message = format!(
                "could not verify that a cluster is called `{name}`, as the mesh networks of {} have it: none of this repository is",
                cluster.name
            );
            finding.at_level(Severity::Note);
        }
        finding.with_label("no cluster of this name");
        finding.with_help(match slip {
            Some(slip) => format!("did you mean `{slip}`?"),
            None => format!("name a cluster; those that are known are {}", list(known.iter().copied())),
        });
    }
}

/// The names under which the cluster has others' credentials.
fn remote_clusters<'s>(cluster: &Cluster<'s>) -> Vec<&'s str> {
    let is_remote = |o: &&crate::model::Meta<'s>| {
        o.kind.value == "Secret" && o.label("istio/multiCluster").is_some_and(|l| l.value == "true")
    };
    let secrets = cluster.objects.others.iter().filter(is_remote);
    let keys = secrets.flat_map(|o| ["data", "stringData"].map(|part| o.root.get(part))).flatten();
    keys.flat_map(|part| part.entries()).filter_map(|(k, _)| k.text()).filter(|k| !unknown(k)).collect()
}
