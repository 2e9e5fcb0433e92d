//! One subset name of a host that means other Pods in another cluster (domain.md, section 6; evidence B, J3).

use rustc_hash::FxHashMap;

use super::meshes::shown;
use super::words::labels;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;
use crate::model::{DestinationRule, Host, Labels, Subset};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/subset-differs-across-clusters.md"), check);

/// A subset's definition in one cluster.
#[derive(Clone, Copy)]
struct Defined<'a, 's> {
    cluster: &'a Cluster<'s>,
    rule: &'a DestinationRule<'s>,
    subset: &'a Subset<'s>,
}

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for mesh in shown(fleet) {
        let mut groups: FxHashMap<(Host<'_>, &str), Vec<Defined<'_, '_>>> = FxHashMap::default();
        for cluster in mesh {
            for rule in cluster.objects.destination_rules.iter().filter(|r| r.workload_selector.is_none()) {
                let Some(text) = rule.host else { continue };
                let host = cluster.host(text.value, rule.meta.namespace.value);
                // What gateways see: the rule in the Service's own namespace.
                if host.namespace() != Some(rule.meta.namespace.value) {
                    continue;
                }
                for subset in &rule.subsets {
                    let group = groups.entry((host, subset.name.value)).or_default();
                    if group.last().is_none_or(|d| d.cluster.id != cluster.id) {
                        group.push(Defined { cluster, rule, subset });
                    }
                }
            }
        }
        for ((host, name), all) in groups {
            let same = |d: &Defined<'_, '_>| same_labels(&d.subset.labels, &all[0].subset.labels);
            if !all.iter().all(same) {
                judge(host, name, &all, out);
            }
        }
    }
}

fn judge<'s>(host: Host<'s>, name: &str, all: &[Defined<'_, 's>], out: &mut Findings) {
    let pairs = || all.iter().flat_map(|a| all.iter().map(move |b| (a, b)));
    let of = |(caller, home): &(&Defined<'_, 's>, &Defined<'_, 's>)| crosses_wrongly(host, caller, home);
    let Some((caller, home)) = pairs().find(of) else {
        return unverified(host, name, all, out);
    };
    // The odd one of the two is the one to change; in a tie the home's, which decides.
    let like = |d: &Defined<'_, 's>| all.iter().filter(|o| same_labels(&o.subset.labels, &d.subset.labels)).count();
    let (odd, other) = if like(caller) < like(home) { (caller, home) } else { (home, caller) };
    let finding = out.report(
        odd.cluster.site(&odd.rule.meta, odd.subset.labels_span),
        format!(
            "subset `{name}` of {host} is {} in {} and {} in {}: what {} sends there by the one ends at Pods of the other",
            labels(&caller.subset.labels),
            caller.cluster.name,
            labels(&home.subset.labels),
            home.cluster.name,
            caller.cluster.name,
        ),
    );
    finding.with_label(format!("what `{name}` is in {}", odd.cluster.name));
    finding.with_related(
        other.cluster.site(&other.rule.meta, other.subset.labels_span),
        format!("what it is in {}", other.cluster.name),
    );
    finding.with_help(format!("give `{name}` the same labels in both clusters, or another name in one of them"));
}

/// Whether the caller sends calls for the subset to the home cluster, because Pods there have its labels, and the home's
/// gateway hands them to other Pods.
fn crosses_wrongly<'s>(host: Host<'s>, caller: &Defined<'_, 's>, home: &Defined<'_, 's>) -> bool {
    let there = home.cluster;
    if !are_apart(caller.cluster, there) || caller.subset.labels.iter().all(|(k, _)| is_topology(k.value)) {
        return false;
    }
    let Some(service) = there.service_of(&host) else { return false };
    let pods = there.workloads_of(service);
    let chosen: Vec<bool> = pods.iter().map(|w| there.subset_selects(&caller.subset.labels, w)).collect();
    let served: Vec<bool> = pods.iter().map(|w| there.subset_selects(&home.subset.labels, w)).collect();
    // None served at all is another rule's matter.
    chosen.contains(&true) && served.contains(&true) && chosen != served
}

/// No Pods in any repository: two values of one label may be meant, or not.
fn unverified<'s>(host: Host<'s>, name: &str, all: &[Defined<'_, 's>], out: &mut Findings) {
    let has_pods =
        |d: &Defined<'_, 's>| d.cluster.service_of(&host).is_some_and(|s| !d.cluster.workloads_of(s).is_empty());
    if all.iter().any(has_pods) {
        return;
    }
    let first = &all[0];
    let Some(other) = all.iter().find(|d| contradict(&first.subset.labels, &d.subset.labels)) else { return };
    let finding = out.report(
        other.cluster.site(&other.rule.meta, other.subset.labels_span),
        format!(
            "could not verify that subset `{name}` of {host} means the same everywhere: it is {} in {} and {} in {}, and no Pods of it are in this repository",
            labels(&first.subset.labels),
            first.cluster.name,
            labels(&other.subset.labels),
            other.cluster.name,
        ),
    );
    finding.at_level(Severity::Note);
    finding.with_related(
        first.cluster.site(&first.rule.meta, first.subset.labels_span),
        format!("what it is in {}", first.cluster.name),
    );
    finding.with_help(format!("give `{name}` the same labels in both clusters, or another name in one of them"));
}

/// Whether the two have a label in common with different values that are known.
fn contradict(a: &Labels<'_>, b: &Labels<'_>) -> bool {
    a.iter().any(|(k, v)| {
        let there = b.iter().find(|(bk, _)| bk.value == k.value && !is_topology(k.value));
        there.is_some_and(|(_, bv)| bv.value != v.value && !unknown(bv.value) && !unknown(v.value))
    })
}

/// Labels that say where, and not what: a caller may choose a cluster by them, and the home its Pods by others.
fn is_topology(key: &str) -> bool {
    key.starts_with("topology.")
}

fn same_labels(a: &Labels<'_>, b: &Labels<'_>) -> bool {
    a.len() == b.len() && a.iter().all(|(k, v)| b.iter().any(|(bk, bv)| bk.value == k.value && bv.value == v.value))
}

/// Whether the two are on networks that are known to differ: on one, the caller's own labels choose the Pods.
fn are_apart(a: &Cluster<'_>, b: &Cluster<'_>) -> bool {
    matches!((a.mesh.network(), b.mesh.network()), (Some(a), Some(b)) if a.value != b.value)
}
