//! What Pods are made of: Pod templates of the workload kinds, bare Pods, `WorkloadEntry` and `WorkloadGroup`.

use super::Meta;
use super::read::{self, Labels, Text};
use super::service_entry::Endpoint;
use crate::yaml::Node;

/// Anything that makes Pods or stands for one, with the labels that its Pods carry.
#[derive(Clone, Debug)]
pub struct Workload<'s> {
    /// Its identity.
    pub meta: Meta<'s>,
    /// The labels of its Pods.
    pub labels: Labels<'s>,
    /// The annotations of its Pods.
    pub annotations: Labels<'s>,
    /// The Pod's spec, where it has one.
    pub pod: Option<Node<'s>>,
    /// The endpoint of a `WorkloadEntry`.
    pub endpoint: Option<Box<Endpoint<'s>>>,
}

/// The kinds whose `spec.template` is a Pod template.
const TEMPLATED: &[&str] =
    &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "Rollout"];

impl<'s> Workload<'s> {
    /// Whether an object makes Pods, or stands for one.
    pub(super) fn is_one(meta: &Meta<'_>) -> bool {
        meta.kind.value == "WorkloadEntry" || template(meta).is_some()
    }

    pub(super) fn read(meta: Meta<'s>) -> Self {
        if meta.kind.value == "WorkloadEntry" {
            let endpoint = Box::new(Endpoint::read(meta.spec()));
            let labels = endpoint.labels.clone();
            return Self { labels, annotations: Vec::new(), pod: None, endpoint: Some(endpoint), meta };
        }
        let template = template(&meta);
        let metadata = template.and_then(|t| t.get("metadata"));
        Self {
            labels: metadata.map(|m| read::labels(m, "labels")).unwrap_or_default(),
            annotations: metadata.map(|m| read::labels(m, "annotations")).unwrap_or_default(),
            pod: template.filter(|_| meta.kind.value != "WorkloadGroup").and_then(|t| t.get("spec")),
            endpoint: None,
            meta,
        }
    }

    /// The Pods' label of that name.
    pub fn label(&self, name: &str) -> Option<&Text<'s>> {
        read::label(&self.labels, name)
    }

    /// The containers of its Pods.
    pub fn containers(&self) -> impl Iterator<Item = Node<'s>> + use<'s> {
        self.pod.into_iter().flat_map(|p| read::items(p, "containers"))
    }

    /// Whether its Pods are reached at their node's address, without a Service.
    pub fn is_on_the_host(&self) -> bool {
        self.pod.is_some_and(|p| read::boolean(p, "hostNetwork") == Some(true))
            || self.containers().flat_map(|c| read::items(c, "ports")).any(|p| p.get("hostPort").is_some())
    }

    /// Whether its Pods say themselves whether they get a sidecar: the label before the annotation.
    pub fn injection(&self) -> Option<bool> {
        let own = self
            .label("sidecar.istio.io/inject")
            .or_else(|| read::label(&self.annotations, "sidecar.istio.io/inject"))?;
        match own.value {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

/// What a kind's Pods are made of: something with `metadata` and, but for a `WorkloadGroup`, `spec`.
fn template<'s>(meta: &Meta<'s>) -> Option<Node<'s>> {
    let spec = meta.spec();
    match meta.kind.value {
        "Pod" => Some(meta.root),
        "CronJob" => spec.at_path(&["jobTemplate", "spec", "template"]),
        "WorkloadGroup" => spec.get("metadata").map(|_| spec),
        kind if TEMPLATED.contains(&kind) => spec.get("template"),
        _ => None,
    }
}
