//! Where the labels and annotations stand that Istio's rules are about.

use crate::mesh::Cluster;
use crate::model::{Labels, Meta, Service, Workload};

/// What carries labels and annotations: an object, or the Pods that it makes.
#[derive(Clone, Copy)]
pub(super) struct Carrier<'a, 's> {
    /// The object.
    pub(super) meta: &'a Meta<'s>,
    /// The kind that carries them: the object's, or `Pod`.
    pub(super) kind: &'s str,
    /// What makes the Pods, where it carries them or makes those that do.
    pub(super) workload: Option<&'a Workload<'s>>,
    /// The object, where it is a Service.
    pub(super) service: Option<&'a Service<'s>>,
    /// The labels.
    pub(super) labels: &'a Labels<'s>,
    /// The annotations.
    pub(super) annotations: &'a Labels<'s>,
}

impl<'s> Carrier<'_, 's> {
    /// In words: `Deployment shop/web`, `the Pods of Deployment shop/web`.
    pub(super) fn holder(&self) -> String {
        let of_pods = self.kind == "Pod" && self.meta.kind.value != "Pod";
        if of_pods { format!("the Pods of {}", self.meta.title()) } else { self.meta.title() }
    }
}

/// Those of Namespaces, Services, workloads and Pods.
pub(super) fn all<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = Carrier<'a, 's>> + use<'a, 's> {
    let objects = &cluster.objects;
    let of = |meta: &'a Meta<'s>, workload| Carrier {
        meta,
        kind: meta.kind.value,
        workload,
        service: None,
        labels: &meta.labels,
        annotations: &meta.annotations,
    };
    let made = objects.workloads.iter().filter(|w| w.pod.is_some()).flat_map(move |w| {
        let pods = Carrier { kind: "Pod", labels: &w.labels, annotations: &w.annotations, ..of(&w.meta, Some(w)) };
        // A Pod is its own template.
        let own = (w.meta.kind.value != "Pod").then(|| of(&w.meta, Some(w)));
        own.into_iter().chain([pods])
    });
    let namespaces = objects.namespaces.iter().map(move |meta| of(meta, None));
    let services = objects.services.iter().map(move |s| Carrier { service: Some(s), ..of(&s.meta, None) });
    namespaces.chain(services).chain(made)
}
