//! What every object has.

use super::read::{self, Labels, Text};
use crate::finding::ObjectRef;
use crate::source::{SourceId, Span, Spanned};
use crate::yaml::Node;

/// An object's identity and where it stands.
#[derive(Clone, Debug)]
pub struct Meta<'s> {
    /// The source that it is in.
    pub source: SourceId,
    /// The whole object.
    pub root: Node<'s>,
    /// `apiVersion`
    pub api_version: Text<'s>,
    /// `kind`
    pub kind: Text<'s>,
    /// `metadata.name` (or `generateName`)
    pub name: Text<'s>,
    /// The namespace that it applies to: its own, or the one that applies it; empty for cluster-scoped kinds.
    pub namespace: Text<'s>,
    /// Whether the object itself says its namespace.
    pub explicit_namespace: bool,
    /// `metadata.labels`
    pub labels: Labels<'s>,
    /// `metadata.annotations`
    pub annotations: Labels<'s>,
}

/// Kinds without a namespace that meshlint has to do with.
const CLUSTER_SCOPED: &[&str] = &[
    "Namespace",
    "Node",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "PersistentVolume",
    "StorageClass",
    "PriorityClass",
    "IngressClass",
    "GatewayClass",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "APIService",
    "CSIDriver",
    "RuntimeClass",
    "VolumeAttachment",
    "ClusterIssuer",
    "ClusterTrustBundle",
    "ClusterPolicy",
    "ClusterSecretStore",
    "ClusterExternalSecret",
    "PodSecurityPolicy",
    "FlowSchema",
    "PriorityLevelConfiguration",
];

impl<'s> Meta<'s> {
    /// Reads an object's metadata; `None` where the node is no Kubernetes object (no `apiVersion`, `kind` or name).
    pub fn read(source: SourceId, root: Node<'s>, default_namespace: &'s str) -> Option<Self> {
        let api_version = read::text(root, "apiVersion")?;
        let kind = read::text(root, "kind")?;
        let metadata = root.get("metadata");
        let field = |key| metadata.and_then(|m| read::text(m, key));
        let name = field("name").or_else(|| field("generateName")).unwrap_or(Spanned::new("", kind.span));
        let written = field("namespace");
        let cluster_scoped = CLUSTER_SCOPED.contains(&kind.value);
        let namespace = match written {
            _ if cluster_scoped => Spanned::new("", name.span),
            Some(n) => n,
            None => Spanned::new(default_namespace, name.span),
        };
        Some(Self {
            source,
            root,
            api_version,
            kind,
            name,
            namespace,
            explicit_namespace: written.is_some() && !cluster_scoped,
            labels: metadata.map(|m| read::labels(m, "labels")).unwrap_or_default(),
            annotations: metadata.map(|m| read::labels(m, "annotations")).unwrap_or_default(),
        })
    }

    /// The API group: empty for the core group.
    pub fn group(&self) -> &'s str {
        self.api_version.value.rsplit_once('/').map_or("", |(g, _)| g)
    }

    /// `spec`, or an empty stand-in: the whole object.
    pub fn spec(&self) -> Node<'s> {
        self.root.get("spec").unwrap_or(self.root)
    }

    /// The label of that name.
    pub fn label(&self, name: &str) -> Option<&Text<'s>> {
        read::label(&self.labels, name)
    }

    /// The annotation of that name.
    pub fn annotation(&self, name: &str) -> Option<&Text<'s>> {
        read::label(&self.annotations, name)
    }

    /// `VirtualService default/reviews`, for messages.
    pub fn title(&self) -> String {
        if self.name.value.is_empty() {
            format!("a {} without a name", self.kind.value)
        } else if self.namespace.value.is_empty() {
            format!("{} {}", self.kind.value, self.name.value)
        } else {
            format!("{} {}/{}", self.kind.value, self.namespace.value, self.name.value)
        }
    }

    /// The place of a key of the object's metadata or, where it is absent, of its name.
    pub fn metadata_key(&self, key: &str) -> Span {
        self.root.get("metadata").and_then(|m| m.entry(key)).map_or(self.name.span, |(k, _)| k.span())
    }

    /// The object for a finding.
    pub fn object_ref(&self) -> ObjectRef {
        ObjectRef {
            api_version: self.api_version.value.into(),
            kind: self.kind.value.into(),
            namespace: (!self.namespace.value.is_empty()).then(|| self.namespace.value.into()),
            name: self.name.value.into(),
        }
    }
}
