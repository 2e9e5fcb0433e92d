//! What the rules on the multicluster Services API (multicluster.x-k8s.io) share.

use rustc_hash::FxHashMap;

use crate::mesh::{Cluster, Fleet};
use crate::model::{Meta, Service};

/// The groups of its kinds: the API's own, and GKE's.
const GROUPS: &[&str] = &["multicluster.x-k8s.io", "net.gke.io"];

/// What exports a Service from a cluster.
#[derive(Clone, Copy)]
pub(super) struct Export<'a, 's> {
    pub(super) cluster: &'a Cluster<'s>,
    pub(super) meta: &'a Meta<'s>,
    /// The Service, where it was read.
    pub(super) service: Option<&'a Service<'s>>,
}

/// The objects of a cluster of that kind.
pub(super) fn of_kind<'a, 's>(
    cluster: &'a Cluster<'s>,
    kind: &'a str,
) -> impl Iterator<Item = &'a Meta<'s>> + use<'a, 's> {
    GROUPS.iter().flat_map(move |group| cluster.others(group, kind))
}

/// The exports of a fleet by the namespace and the name of the Service, which are the same in all clusters.
pub(super) fn all<'a, 's>(fleet: &'a Fleet<'s>) -> FxHashMap<(&'s str, &'s str), Vec<Export<'a, 's>>> {
    let mut all: FxHashMap<_, Vec<_>> = FxHashMap::default();
    for cluster in &fleet.clusters {
        for meta in of_kind(cluster, "ServiceExport") {
            let key = (meta.namespace.value, meta.name.value);
            let service = cluster.service(key.0, key.1);
            all.entry(key).or_default().push(Export { cluster, meta, service });
        }
    }
    all
}
