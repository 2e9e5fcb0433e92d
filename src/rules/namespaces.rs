//! The namespaces that a fleet has, for rules on what names one.

use rustc_hash::FxHashSet;

use crate::mesh::Fleet;

/// What Kubernetes brings.
const BUILT_IN: &[&str] = &["default", "kube-system", "kube-public", "kube-node-lease"];

/// All namespaces of the fleet: those that are written down, and those that anything is in.
pub(super) fn known<'s>(fleet: &Fleet<'s>) -> FxHashSet<&'s str> {
    let mut all: FxHashSet<&'s str> = BUILT_IN.iter().copied().collect();
    for cluster in &fleet.clusters {
        all.insert(cluster.mesh.root_namespace);
        all.extend(cluster.objects.namespaces.iter().map(|n| n.name.value));
        all.extend(cluster.objects.metas().map(|m| m.namespace.value));
    }
    all
}
