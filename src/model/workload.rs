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
    /// Reads a workload; gives the object's metadata back where it is none.
    pub(super) fn read(meta: Meta<'s>) -> Result<Self, Meta<'s>> {
        let spec = meta.spec();
        let template = match meta.kind.value {
            "Pod" => Some(meta.root),
            "CronJob" => spec.at_path(&["jobTemplate", "spec", "template"]),
            "WorkloadGroup" => spec.get("metadata").map(|_| spec),
            "WorkloadEntry" => {
                let endpoint = Endpoint::read(spec);
                return Ok(Self {
                    labels: endpoint.labels.clone(),
                    annotations: Vec::new(),
                    pod: None,
                    endpoint: Some(Box::new(endpoint)),
                    meta,
                });
            }
            kind if TEMPLATED.contains(&kind) => spec.get("template"),
            _ => return Err(meta),
        };
        let Some(template) = template else { return Err(meta) };
        let metadata = template.get("metadata");
        Ok(Self {
            labels: metadata.map(|m| read::labels(m, "labels")).unwrap_or_default(),
            annotations: metadata.map(|m| read::labels(m, "annotations")).unwrap_or_default(),
            pod: (meta.kind.value != "WorkloadGroup").then(|| template.get("spec")).flatten(),
            endpoint: None,
            meta,
        })
    }

    /// The Pods' label of that name.
    pub fn label(&self, name: &str) -> Option<&Text<'s>> {
        read::label(&self.labels, name)
    }

    /// The containers of its Pods.
    pub fn containers(&self) -> impl Iterator<Item = Node<'s>> + use<'s> {
        self.pod.into_iter().flat_map(|p| read::items(p, "containers"))
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
