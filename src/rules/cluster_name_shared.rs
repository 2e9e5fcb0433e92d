//! Two clusters of one mesh call themselves the same (domain.md, section 6).

use rustc_hash::FxHashMap;

use super::meshes::{shown_firmly, site};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Said};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/cluster-name-shared.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for mesh in shown_firmly(fleet) {
        let mut first_of: FxHashMap<&str, (&Cluster<'_>, Said<'_>)> = FxHashMap::default();
        for cluster in &mesh {
            let Some(said) = cluster.mesh.cluster_name else { continue };
            let (first, first_said) = *first_of.entry(said.value).or_insert((cluster, said));
            let Some(place) = site(cluster, &said).filter(|_| first.id != cluster.id) else { continue };
            let name = said.value;
            let finding = out.report(
                place,
                format!(
                    "{} and {} are one mesh and both call themselves `{name}`: each takes the other's endpoints for its own, or ignores them",
                    first.name, cluster.name
                ),
            );
            finding.with_label(format!("the name of {}", cluster.name));
            if let Some(other) = site(first, &first_said) {
                finding.with_related(other, format!("the name of {}", first.name));
            }
            let is_taken = |n: &str| mesh.iter().any(|c| c.mesh.cluster_name.is_some_and(|s| s.value == n));
            finding.with_help(match is_taken(cluster.name) {
                false => format!("call it `{}`, like its folder", cluster.name),
                true => "give each cluster of the mesh a name of its own".into(),
            });
        }
    }
}
