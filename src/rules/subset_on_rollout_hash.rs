//! A subset by the hash that a Rollout's controller gives the Pods of its own cluster, in a Service that spans clusters.

use rustc_hash::FxHashMap;

use super::meshes::names;
use super::spread::{self, Member};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::read::text;
use crate::model::{DestinationRule, Host, Workload};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/subset-on-rollout-hash.md"), check);

/// Labels whose values a controller makes up from the Pod template.
const HASHES: &[&str] = &["rollouts-pod-template-hash", "pod-template-hash"];

/// Where something goes by a hash.
struct Hashed<'a, 's> {
    cluster: &'a Cluster<'s>,
    site: Site<'a, 's>,
    what: String,
}

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut by_host: FxHashMap<Host<'_>, Vec<Hashed<'_, '_>>> = FxHashMap::default();
    for cluster in &fleet.clusters {
        for rule in &cluster.objects.destination_rules {
            let Some(host) = host(cluster, rule) else { continue };
            for subset in &rule.subsets {
                if let Some((key, value)) = subset.labels.iter().find(|(k, _)| HASHES.contains(&k.value)) {
                    let what =
                        format!("subset `{}` selects Pods by `{}: {}`", subset.name.value, key.value, value.value);
                    by_host.entry(host).or_default().push(Hashed {
                        cluster,
                        site: cluster.site(&rule.meta, value.span),
                        what,
                    });
                }
            }
        }
        for rollout in cluster.objects.workloads.iter().filter(|w| w.meta.kind.value == "Rollout") {
            if let Some((host, hashed)) = of_rollout(cluster, rollout) {
                by_host.entry(host).or_default().push(hashed);
            }
        }
    }
    if by_host.is_empty() {
        return;
    }
    for spread in spread::all(fleet).into_iter().filter(|s| s.is_shown) {
        let Some(all) = by_host.get(&spread.host) else { continue };
        let here = |c: &Cluster<'_>| spread.members.iter().any(|m| m.cluster.id == c.id);
        let with_pods = |c: &Cluster<'_>| -> Vec<&str> {
            let has = |m: &&Member<'_, '_>| m.cluster.id != c.id && !m.cluster.workloads_of(m.service).is_empty();
            spread.members.iter().filter(has).map(|m| m.cluster.name).collect()
        };
        let mut affected = all.iter().filter(|h| here(h.cluster) && !with_pods(h.cluster).is_empty());
        let Some(first) = affected.next() else { continue };
        let finding = out.report(
            first.site,
            format!(
                "{}, a hash of the Pods of {} alone: the Pods of {} behind {} have it only as long as their templates happen to be the same",
                first.what, first.cluster.name, names(with_pods(first.cluster)), spread.host
            ),
        );
        finding.with_label("the controller sets this from its own cluster's Pod template");
        for other in affected.take(3) {
            finding.with_related(other.site, format!("in {}: {}", other.cluster.name, other.what));
        }
        finding.with_help("give the Pods a label of your own that is the same in all clusters, such as `version`, and let the subset go by that; or split the canary's traffic by Services (`canaryService`, `stableService`)");
    }
}

/// A Rollout that lets its controller write the hash into the subsets of a DestinationRule.
fn of_rollout<'a, 's>(cluster: &'a Cluster<'s>, rollout: &'a Workload<'s>) -> Option<(Host<'s>, Hashed<'a, 's>)> {
    let path = ["strategy", "canary", "trafficRouting", "istio", "destinationRule"];
    let reference = rollout.meta.spec().at_path(&path)?;
    let name = text(reference, "name")?;
    let subset = text(reference, "canarySubsetName").or(text(reference, "stableSubsetName"))?;
    let namespace = rollout.meta.namespace.value;
    let rules = &cluster.objects.destination_rules;
    let rule = rules.iter().find(|r| r.meta.namespace.value == namespace && r.meta.name.value == name.value)?;
    let what = format!(
        "{} has its controller define subset `{}` of {} by `{}`",
        rollout.meta.title(),
        subset.value,
        rule.meta.title(),
        HASHES[0]
    );
    Some((host(cluster, rule)?, Hashed { cluster, site: cluster.site(&rollout.meta, name.span), what }))
}

fn host<'s>(cluster: &Cluster<'s>, rule: &DestinationRule<'s>) -> Option<Host<'s>> {
    let host = cluster.host(rule.host?.value, rule.meta.namespace.value);
    matches!(host, Host::Service { .. }).then_some(host)
}
