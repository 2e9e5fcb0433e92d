//! `workload-groups-alike`: WorkloadGroups of a namespace that carry the same labels.

use rustc_hash::FxHashMap;

use super::words::{and_more, labels};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/workload-groups-alike.md"), check);

/// A namespace, and labels in their order.
type Key<'s> = (&'s str, Vec<(&'s str, &'s str)>);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut alike: FxHashMap<Key<'_>, Vec<&Meta<'_>>> = FxHashMap::default();
    for group in groups(cluster) {
        let mut own: Vec<_> = group.labels.iter().map(|(k, v)| (k.value, v.value)).collect();
        own.sort_unstable();
        if own.is_empty() || own.iter().any(|(_, v)| unknown(v)) {
            continue;
        }
        let same = alike.entry((group.namespace.value, own)).or_default();
        // The same object written twice is one object.
        if !same.iter().any(|g| g.name.value == group.name.value) {
            same.push(group);
        }
    }
    for groups in alike.into_values().filter(|groups| groups.len() > 1) {
        for (i, group) in groups.iter().enumerate() {
            let other = groups[usize::from(i == 0)];
            let message = format!(
                "{} and {}{} carry the same labels, {}",
                group.title(),
                other.title(),
                and_more(groups.len() - 2, "WorkloadGroup"),
                labels(&group.labels)
            );
            out.report(cluster.site(group, group.metadata_key("labels")), message)
                .with_related(cluster.site(other, other.metadata_key("labels")), "the same")
                .with_help("give each a label that tells them apart");
        }
    }
}

/// The WorkloadGroups of a cluster, with labels for their machines and without.
pub(super) fn groups<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = &'a Meta<'s>> {
    let with_labels = cluster.objects.workloads.iter().map(|w| &w.meta).filter(|m| m.kind.value == "WorkloadGroup");
    with_labels.chain(cluster.others("networking.istio.io", "WorkloadGroup"))
}
