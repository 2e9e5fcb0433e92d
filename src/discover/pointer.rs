//! What objects in a cluster say that it, or another cluster, applies besides: Flux and Argo CD, in common terms.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::source::{Place, Span};
use crate::workspace::At;
use crate::yaml::Node;

/// An object that says what is applied.
#[derive(Clone, Debug)]
pub(super) struct Pointer {
    /// What it is: `Flux Kustomization`.
    pub(super) kind: &'static str,
    /// `namespace/name`, or the name alone.
    pub(super) title: String,
    /// Its namespace, `default` where it says none.
    pub(super) namespace: String,
    /// The object.
    pub(super) at: At,
    /// Which cluster it applies to.
    pub(super) destination: Destination,
    /// What it applies; or why nothing of it can be known.
    pub(super) applies: Vec<Result<Apply, Unknown>>,
}

/// Why something cannot be known, as a phrase that others may share: `a chart that is not in this repository`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) reason: String,
    /// What it is about: `podinfo 6.x of HelmRepository podinfo`.
    pub(super) what: String,
    /// The namespace in which it may hold objects; `None`: any.
    pub(super) namespace: Option<String>,
    /// Whether the cluster may apply objects by it at all (a suspended one may have).
    pub(super) may_hold_objects: bool,
    /// Whether it is a path that has to be there, and is not.
    pub(super) is_missing: bool,
}

impl Unknown {
    pub(super) fn new(reason: &str, what: impl Into<String>) -> Self {
        Self { reason: reason.into(), what: what.into(), namespace: None, may_hold_objects: true, is_missing: false }
    }

    /// A path that does not exist in this repository.
    pub(super) fn missing(path: impl Into<String>) -> Self {
        Self { is_missing: true, ..Self::new("a path that does not exist", path) }
    }

    /// In one namespace only.
    pub(super) fn of(self, namespace: &str) -> Self {
        Self { namespace: Some(namespace.into()), ..self }
    }
}

/// The cluster that a pointer is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// The one that holds it.
    Here,
    /// The one of this name.
    Name(String),
    /// The one whose API server has this address.
    Server(String),
    /// Another one, and nothing says which: the phrase says what is known.
    Unknown(String),
}

/// One thing that is applied.
#[derive(Clone, Debug)]
pub(super) struct Apply {
    /// Where its files are.
    pub(super) from: Repository,
    /// The folder or chart in there, as written.
    pub(super) path: String,
    /// The place of that value in the pointer's own text.
    pub(super) span: Span,
    /// What is made of the files.
    pub(super) how: How,
    /// The namespace of objects that say none.
    pub(super) namespace: String,
}

/// Where files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Repository {
    /// A Flux source of this kind, namespace and name: the object says its URL.
    Flux { kind: String, namespace: String, name: String },
    /// A repository of this URL.
    Url(String),
}

/// What is made of a folder's files.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// Flux: what `kustomize build` prints, of a kustomization that Flux makes where there is none.
    Flux {
        /// What is put on top: `namespace`, `patches`, `images`, `components`, ….
        overlay: Overlay,
        /// What is put in the place of variables afterwards.
        post_build: Option<PostBuild>,
    },
    /// Argo CD looks what it is: a chart, a kustomization, or plain files.
    Argo(Box<Argo>),
    /// A chart.
    Helm(Release),
}

/// Fields of a kustomization that are put on top of another one.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlay {
    /// The fields, as in a `kustomization.yaml`; paths in it are relative to the folder that is built.
    pub(super) fields: Map<String, Value>,
    /// The mapping that they are written in.
    pub(super) at: Option<At>,
}

/// `spec.postBuild` of a Flux Kustomization.
#[derive(Clone, Debug, Default)]
pub(super) struct PostBuild {
    /// Variables that are given there, with the places of their values.
    pub(super) substitute: BTreeMap<String, (String, Place)>,
    /// Where others come from; later ones win, and `substitute` over all.
    pub(super) from: Vec<Reference>,
}

/// A reference to a ConfigMap or a Secret in the pointer's namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// `ConfigMap` or `Secret`.
    pub(super) kind: String,
    pub(super) name: String,
    /// The key in it, for values of a chart.
    pub(super) key: Option<String>,
    /// Where the value goes, for values of a chart: `route.subset`.
    pub(super) target: Option<String>,
    /// Whether it may be missing.
    pub(super) optional: bool,
    pub(super) span: Span,
}

/// A release of a chart.
#[derive(Clone, Debug, Default)]
pub(super) struct Release {
    pub(super) name: String,
    /// The namespace that it is installed in.
    pub(super) namespace: String,
    /// Values, those that win last.
    pub(super) values: Vec<ReleaseValues>,
    pub(super) skip_crds: bool,
    /// What is done to the output: kustomizations' fields (Flux `postRenderers`), in order.
    pub(super) post: Vec<Overlay>,
    /// Why it cannot be rendered as it is: options that meshlint does not know.
    pub(super) unknown: Option<String>,
}

/// Values of a release.
#[derive(Clone, Debug)]
pub(super) enum ReleaseValues {
    /// A file: relative to the chart, or (`from` an Argo CD `ref` source) to the root of a repository.
    File { path: String, from: Option<Repository>, optional: bool },
    /// A mapping that stands in the pointer's own text, or one that is given as text there.
    Inline { json: Value, at: At },
    /// One value: `--set path=value`; `as_text`: never a number or a boolean.
    Set { path: String, value: String, as_text: bool, at: At },
    /// The content of a file as one value.
    SetFile { path: String, file: String },
    /// From a ConfigMap or a Secret of the cluster.
    From(Reference),
}

/// What an Argo CD source says beside its path.
#[derive(Clone, Debug, Default)]
pub(super) struct Argo {
    /// `directory.recurse`
    pub(super) recurse: bool,
    /// Globs of `directory.include`; none: all.
    pub(super) include: Vec<String>,
    /// Globs of `directory.exclude`.
    pub(super) exclude: Vec<String>,
    /// `kustomize`, as fields of a kustomization.
    pub(super) kustomize: Overlay,
    /// What it says that the folder is.
    pub(super) explicit: Option<super::argo::directory::SourceKind>,
    /// `helm`.
    pub(super) helm: Release,
    /// Why the files are not applied as they are: Jsonnet, a plugin.
    pub(super) unknown: Option<String>,
}

/// The text under a key; `None` where there is none, or nothing in it.
pub(super) fn text<'s>(node: Node<'s>, key: &str) -> Option<&'s str> {
    node.get(key).filter(|n| !n.is_null()).and_then(|n| n.text()).filter(|t| !t.is_empty())
}

/// Whether a switch is on.
pub(super) fn is_true(node: Node<'_>, key: &str) -> bool {
    text(node, key) == Some("true")
}
