//! `namespace-not-injected`: a namespace that does not say whether its Pods get sidecars, in a mesh of sidecars.

use rustc_hash::FxHashSet;

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/namespace-not-injected.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if cluster.mesh.injects_by_default.is_some_and(|said| said.value == "true") {
        return;
    }
    for object in unlabelled(cluster) {
        let message = format!(
            "Namespace {} of {} does not say whether its Pods get sidecars: they get none, while others here do",
            object.name.value, cluster.name
        );
        out.report(cluster.site(object, object.name.span), message).with_help(
            "label it `istio-injection: enabled`, or `istio-injection: disabled` where that is what is meant",
        );
    }
}

/// The Namespaces that no label includes in the mesh or leaves out of it, in a cluster with sidecars.
pub(super) fn unlabelled<'a, 's>(cluster: &'a Cluster<'s>) -> Vec<&'a Meta<'s>> {
    let has = |namespace: &str, label| cluster.namespace_label(namespace, label).is_some_and(|l| !l.value.is_empty());
    let is_silent = |n: &&Meta<'s>| {
        let name = n.name.value;
        name != cluster.mesh.root_namespace
            && !unknown(name)
            && !Cluster::is_system(name)
            && !["istio-injection", "istio.io/rev", "istio.io/dataplane-mode"].iter().any(|label| has(name, label))
    };
    let mut all: Vec<&Meta<'s>> = cluster.objects.namespaces.iter().filter(is_silent).collect();
    if all.is_empty() || !cluster.has_sidecars() {
        return Vec::new();
    }
    all.sort_by_key(|n| n.name.value);
    all.dedup_by_key(|n| n.name.value);
    // Of some, the workloads say it themselves.
    let said: FxHashSet<&str> =
        cluster.objects.workloads.iter().filter(|w| w.injection().is_some()).map(|w| w.meta.namespace.value).collect();
    all.retain(|n| !said.contains(n.name.value));
    all
}
