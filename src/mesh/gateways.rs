//! What an Istio Gateway is for: the Pods that it selects, and what its files say of them.

use rustc_hash::FxHashMap;

use super::Cluster;
use crate::model::{Gateway, Labels, Service, Workload};

/// Kinds by which gateways are installed whose workloads are not written down.
const INSTALLERS: &[&str] =
    &["IstioOperator", "HelmRelease", "HelmChart", "Application", "ApplicationSet", "Kustomization"];

impl<'s> Cluster<'s> {
    /// The Pods that a Gateway selects, in all namespaces. A WorkloadEntry is none.
    pub fn gateway_pods<'a>(&'a self, gateway: &Gateway<'s>) -> Vec<&'a Workload<'s>> {
        let mut pods = self.workloads(None, &gateway.selector);
        pods.retain(|w| w.endpoint.is_none());
        pods
    }

    /// The Services of each namespace.
    pub fn services_by_namespace(&self) -> FxHashMap<&'s str, Vec<&Service<'s>>> {
        let mut all: FxHashMap<&'s str, Vec<&Service<'s>>> = FxHashMap::default();
        for service in &self.objects.services {
            all.entry(service.meta.namespace.value).or_default().push(service);
        }
        all
    }

    /// Whether something of the repository may install gateways whose Pods it does not show.
    pub fn may_install_gateways(&self) -> bool {
        !self.is_complete() || self.objects.others.iter().any(|o| INSTALLERS.contains(&o.kind.value))
    }
}

/// Whether all Pods that `narrow` selects are selected by `wide` as well.
pub(crate) fn is_within(narrow: &Labels<'_>, wide: &Labels<'_>) -> bool {
    wide.iter().all(|(k, v)| narrow.iter().any(|(nk, nv)| nk.value == k.value && nv.value == v.value))
}
