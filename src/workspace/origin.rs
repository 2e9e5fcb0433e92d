//! Where the values of a text that a program has built come from: the lines that a person has to edit.
//!
//! Built documents keep their own places while they are judged. What is shown of them is traced afterwards: from a
//! value in a built document through the layers that made it (patches, the object as it is written, a chart's template
//! and its values, an ApplicationSet's template and its parameters), until a text is reached that a person wrote.

mod generated;
mod layers;
mod part;
mod patches;
mod replacements;
mod template;
mod trace;

pub use trace::{Trace, Via, trace_finding};

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Parsed;
use crate::source::{Place, SourceId, Sources};
use crate::yaml::Node;

/// A node of a document: the document's index in its stream, and a JSON pointer (RFC 6901) from the document's root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// The text.
    pub source: SourceId,
    /// The index of the document in its stream.
    pub document: u32,
    /// The node in it; empty for the root.
    pub pointer: String,
}

/// The texts of a workspace, perhaps of one that is not complete yet.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    /// All texts.
    pub sources: &'a Sources,
    /// What each holds, at its id's index.
    pub streams: &'a [Parsed],
    /// Those of files, by their paths without links.
    pub files: &'a FxHashMap<PathBuf, SourceId>,
}

impl<'a> Texts<'a> {
    /// A document of a text.
    pub fn root(&self, source: SourceId, document: usize) -> Option<Node<'a>> {
        let document = self.streams[source.0 as usize].stream.documents.get(document)?;
        document.tree.root()
    }

    /// The node that an [`At`] names.
    pub fn node(&self, at: &At) -> Option<Node<'a>> {
        self.root(at.source, at.document as usize)?.at_pointer(&at.pointer)
    }
}

/// What is known of a text that no person wrote.
#[derive(Clone, Debug, Default)]
pub struct Derived {
    /// What made its documents.
    pub documents: Documents,
    /// Flux variables that were put in, with the places of their values.
    pub variables: Arc<BTreeMap<String, Place>>,
}

impl Derived {
    /// What made a document of the text, last first. `source`: the text itself.
    pub fn layers(&self, texts: Texts<'_>, source: SourceId, document: usize) -> Arc<[Layer]> {
        match &self.documents {
            Documents::Known(all) => all.get(document).cloned().unwrap_or_default(),
            Documents::Asked(maker) => maker.layers(texts, source, document).into(),
        }
    }
}

/// What made the documents of a text.
#[derive(Clone, Debug)]
pub enum Documents {
    /// For each of them, the last first.
    Known(Vec<Arc<[Layer]>>),
    /// It is worked out for those that are asked for: most never are.
    Asked(Arc<dyn Maker>),
}

impl Default for Documents {
    fn default() -> Self {
        Self::Known(Vec::new())
    }
}

/// What knows how a text was made.
pub trait Maker: fmt::Debug + Send + Sync {
    /// What made a document of the text `source`, last first.
    fn layers(&self, texts: Texts<'_>, source: SourceId, document: usize) -> Vec<Layer>;
}

/// Something that has had a say in a built document.
#[derive(Clone, Debug)]
pub enum Layer {
    /// The object as it is written, or as it was before a program took it.
    Object(At),
    /// What holds `patches`, `images`, `labels`, `namespace` and the like: a kustomization, the `spec` of a Flux
    /// Kustomization, `spec.source.kustomize` of an Argo CD Application. Files that it names are relative to `folder`.
    Kustomization {
        /// The mapping that holds them.
        at: At,
        /// Where its files are looked for.
        folder: PathBuf,
    },
    /// A template of a chart.
    Template(Arc<Template>),
    /// What a text in a value holds, as a document: `helm.values: |`, a ConfigMap's `values.yaml: |`, `templatePatch: |`.
    Text {
        /// The value.
        at: At,
        /// What was put in, with the places of the values.
        parameters: Arc<BTreeMap<String, Place>>,
    },
    /// A template of an ApplicationSet: the pointer of a value leads to the same value below one of these.
    Generated {
        /// The templates, those that win first.
        templates: Vec<At>,
        /// Its parameters, with the places of their values.
        parameters: Arc<BTreeMap<String, Place>>,
    },
}

/// A chart's template, as one release renders it.
#[derive(Clone, Debug)]
pub struct Template {
    /// The template's text; it has no nodes.
    pub source: SourceId,
    /// What renders it: `Flux HelmRelease apps/shop`.
    pub release: String,
    /// Its values, those that win first.
    pub values: Vec<Values>,
}

/// Values that a chart is rendered with.
#[derive(Clone, Debug)]
pub struct Values {
    /// The mapping that holds them, or a single value.
    pub at: At,
    /// Where in the chart's values that is: empty for all of them, else `route.subset`.
    pub path: String,
}
