//! What a cluster has, by name, beyond what single objects say: its namespaces, and the identities of its Pods.

use rustc_hash::FxHashSet;

use super::Cluster;
use crate::model::read::{self, unknown};
use crate::model::{Host, Service};

impl<'s> Cluster<'s> {
    /// The namespaces that anything which was read is in, or is.
    pub fn namespaces(&self) -> FxHashSet<&'s str> {
        let named = self.objects.namespaces.iter().map(|n| n.name.value);
        let held = self.objects.metas().map(|m| m.namespace.value);
        named.chain(held).filter(|n| !n.is_empty()).collect()
    }

    /// Whether a placeholder stands for a namespace, so that it may be any.
    pub fn has_namespace_with_placeholder(&self) -> bool {
        self.namespaces().iter().any(|n| unknown(n))
    }

    /// The service accounts by which its Pods are known, and those that exist: namespace and name.
    pub fn accounts(&self) -> FxHashSet<(&'s str, &'s str)> {
        let of_pods = self.objects.workloads.iter().map(|w| {
            let named =
                w.pod.and_then(|p| read::text(p, "serviceAccountName").or_else(|| read::text(p, "serviceAccount")));
            let at_home = || w.endpoint.as_ref().and_then(|_| read::text(w.meta.spec(), "serviceAccount"));
            (w.meta.namespace.value, named.or_else(at_home).map_or("default", |a| a.value))
        });
        let existing = self.others("", "ServiceAccount").map(|m| (m.namespace.value, m.name.value));
        of_pods.chain(existing).collect()
    }

    /// A host that stands for whatever Service of a namespace no rule names by itself; `*` for any namespace.
    pub fn any_service_of(namespace: &'s str) -> Host<'s> {
        Host::Service { name: "*", namespace }
    }

    /// Whether a Service sends to Pods with these labels.
    pub fn is_behind(service: &Service<'_>, labels: &read::Labels<'_>) -> bool {
        !service.selector.is_empty() && read::selects(&service.selector, labels)
    }
}
