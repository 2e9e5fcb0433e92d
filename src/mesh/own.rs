//! Services that each cluster of a mesh has for itself.

use rustc_hash::FxHashSet;

use super::{Cluster, Fleet};
use crate::model::read::{selects, unknown};
use crate::model::{Host, Labels, Service};

/// The Services that a cluster has for itself, also where others have some of the same name: of the control plane, of
/// Kubernetes, of gateways, and those that are kept local.
pub struct Own<'a, 's> {
    cluster: &'a Cluster<'s>,
    entrance: FxHashSet<(&'s str, &'s str)>,
    selectors: Vec<&'a Labels<'s>>,
}

impl<'a, 's> Own<'a, 's> {
    /// Of that cluster.
    pub fn of(fleet: &'a Fleet<'s>, cluster: &'a Cluster<'s>) -> Self {
        let key = |s: &Service<'s>| (s.meta.namespace.value, s.meta.name.value);
        let entrance = fleet.entrance(cluster.id).services(cluster).map(key).collect();
        let mut selectors: Vec<_> = cluster.objects.gateways.iter().map(|g| &g.selector).collect();
        let texts = |l: &Labels<'s>| l.iter().map(|(k, v)| (k.value, v.value)).collect::<Vec<_>>();
        selectors.retain(|s| !s.is_empty());
        selectors.sort_by_cached_key(|l| texts(l));
        selectors.dedup_by_key(|l| texts(l));
        Self { cluster, entrance, selectors }
    }

    /// Whether the Service is one of them.
    pub fn has(&self, service: &Service<'s>) -> bool {
        let (namespace, name) = (service.meta.namespace.value, service.meta.name.value);
        let of_system = namespace == self.cluster.mesh.root_namespace
            || namespace.starts_with("kube-")
            || (namespace, name) == ("default", "kubernetes");
        let hidden = service.meta.annotation("networking.istio.io/exportTo").is_some_and(|a| a.value == "~");
        let is_local = |pattern: &&str| {
            Host::parse(pattern, "", self.cluster.domain).covers(&Cluster::host_of(service), self.cluster.domain)
        };
        of_system
            || hidden
            || unknown(name)
            || unknown(namespace)
            || service.meta.label("istio").is_some()
            || self.entrance.contains(&(namespace, name))
            || self.selectors.iter().any(|s| selects(s, &service.selector))
            || self.cluster.mesh.cluster_local.iter().any(is_local)
    }
}
