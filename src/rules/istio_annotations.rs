//! What the rules on Istio's annotations share: where they stand.

use crate::annotations::is_istios;
use crate::mesh::Cluster;
use crate::model::{Labels, Meta, Text, Workload};

/// Annotations that Istio itself writes: whoever copies them from a cluster means nothing by them.
const WRITTEN_BY_ISTIO: &[&str] = &["sidecar.istio.io/status", "gateway.istio.io/controller-version", "istio.io/rev"];

/// One of Istio's annotations on an object, or on the Pods that it makes.
pub(super) struct Placed<'a, 's> {
    /// The object.
    pub(super) meta: &'a Meta<'s>,
    /// The kind that carries it: the object's, or `Pod`.
    pub(super) kind: &'s str,
    /// What makes the Pods, where it carries it or makes those that do.
    pub(super) workload: Option<&'a Workload<'s>>,
    /// The labels beside it.
    pub(super) labels: &'a Labels<'s>,
    /// Its name.
    pub(super) key: Text<'s>,
    /// Its value.
    pub(super) value: Text<'s>,
}

impl<'s> Placed<'_, 's> {
    /// Who carries it: `Deployment shop/web`, `the Pods of Deployment shop/web`.
    pub(super) fn holder(&self) -> String {
        let of_pods = self.kind == "Pod" && self.meta.kind.value != "Pod";
        if of_pods { format!("the Pods of {}", self.meta.title()) } else { self.meta.title() }
    }
}

/// All of them on Namespaces, Services, workloads and Pods.
pub(super) fn all<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = Placed<'a, 's>> + use<'a, 's> {
    let objects = &cluster.objects;
    let plain = objects.namespaces.iter().chain(objects.services.iter().map(|s| &s.meta));
    let plain = plain.map(|meta| (meta, meta.kind.value, None, &meta.annotations, &meta.labels));
    let made = objects.workloads.iter().filter(|w| w.pod.is_some()).flat_map(|w| {
        // A Pod is its own template.
        let own = (w.meta.kind.value != "Pod").then_some((
            &w.meta,
            w.meta.kind.value,
            Some(w),
            &w.meta.annotations,
            &w.meta.labels,
        ));
        own.into_iter().chain([(&w.meta, "Pod", Some(w), &w.annotations, &w.labels)])
    });
    plain.chain(made).flat_map(|(meta, kind, workload, annotations, labels)| {
        let istios = annotations.iter().filter(|(k, _)| is_istios(k.value) && !WRITTEN_BY_ISTIO.contains(&k.value));
        istios.map(move |(key, value)| Placed { meta, kind, workload, labels, key: *key, value: *value })
    })
}
