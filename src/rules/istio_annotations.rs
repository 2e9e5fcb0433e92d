//! What the rules on Istio's annotations share: which ones they are about.

use super::carriers::{self, Carrier};
use crate::annotations::is_istios;
use crate::mesh::Cluster;
use crate::model::Text;

/// Annotations that Istio itself writes: whoever copies them from a cluster means nothing by them.
const WRITTEN_BY_ISTIO: &[&str] = &["sidecar.istio.io/status", "gateway.istio.io/controller-version", "istio.io/rev"];

/// One of Istio's annotations.
pub(super) struct Placed<'a, 's> {
    /// What carries it.
    pub(super) on: Carrier<'a, 's>,
    /// Its name.
    pub(super) key: Text<'s>,
    /// Its value.
    pub(super) value: Text<'s>,
}

/// All of them on Namespaces, Services, workloads and Pods.
pub(super) fn all<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = Placed<'a, 's>> + use<'a, 's> {
    carriers::all(cluster).flat_map(|on| {
        let istios = on.annotations.iter().filter(|(k, _)| is_istios(k.value) && !WRITTEN_BY_ISTIO.contains(&k.value));
        istios.map(move |(key, value)| Placed { on, key: *key, value: *value })
    })
}
