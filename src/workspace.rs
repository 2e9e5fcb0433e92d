//! A workspace: the sources that were read and parsed, and which cluster applies which of them.

use std::collections::BTreeMap;

use crate::source::{Place, Source, SourceId, Sources, Span};
use crate::yaml::{Stream, Tree};

/// Everything that a run looks at.
#[derive(Debug, Default)]
pub struct Workspace {
    /// All texts.
    pub sources: Sources,
    /// What each source holds, at its id's index.
    pub streams: Vec<Parsed>,
    /// The clusters, by name.
    pub clusters: Vec<ClusterInput>,
    /// How the repository was understood, in a line: `one cluster for each folder of ./clusters`.
    pub understood: String,
    /// Files and folders beside the clusters that no cluster applies.
    pub left_out: Vec<Skipped>,
    /// Folders and files that stand in `sources` by name alone, without a text: see [`Workspace::add_places`].
    pub named: BTreeMap<String, SourceId>,
}

impl Workspace {
    /// Gives the clusters' folders and what was skipped a place each, so that findings can point at them.
    pub fn add_places(&mut self) {
        let skipped = self.clusters.iter().flat_map(|c| &c.skipped).map(|s| &s.path);
        let names: Vec<String> = self.clusters.iter().map(|c| &c.root).chain(skipped).cloned().collect();
        for name in names {
            if !self.named.contains_key(&name) {
                let id = self.sources.add(Source::new(name.clone(), ""));
                self.streams.push(Parsed::default());
                self.named.insert(name, id);
            }
        }
    }

    /// The place that stands for a folder or a file of which no text was read.
    pub fn place_of(&self, path: &str) -> Option<Place> {
        self.named.get(path).map(|&source| Place { source, span: Span::default() })
    }
}

/// What a source holds.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Its documents and what is wrong with the others.
    pub stream: Stream,
    /// Documents inside documents: the `mesh` and `meshNetworks` of an `istio` ConfigMap.
    pub embedded: Vec<Embedded>,
}

/// A YAML document that stands in a block scalar of another one.
#[derive(Debug)]
pub struct Embedded {
    /// The index of the outer document in its stream.
    pub document: usize,
    /// The key under `data`.
    pub key: String,
    /// Its nodes, with places in the same source.
    pub tree: Tree,
}

/// What one cluster applies.
#[derive(Debug, Default)]
pub struct ClusterInput {
    /// Its name.
    pub name: String,
    /// Its folder or file, as people know it.
    pub root: String,
    /// Why this is a cluster: `a folder of ./clusters`, `meshlint.yaml`, …
    pub why: String,
    /// The files that it applies.
    pub files: Vec<ClusterFile>,
    /// What was found there and not read, and why.
    pub skipped: Vec<Skipped>,
}

/// A file that a cluster applies.
#[derive(Debug)]
pub struct ClusterFile {
    /// Its text.
    pub source: SourceId,
    /// The namespace of objects in it that say none.
    pub namespace: String,
}

/// Something that was not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file or folder, as people know it.
    pub path: String,
    /// Why, as a phrase: `a Helm template, not a manifest`.
    pub reason: String,
    /// Whether a cluster may apply objects from it that meshlint has not seen.
    pub may_hold_objects: bool,
    /// Whether it is wrong in itself (unreadable), and not only left out.
    pub is_error: bool,
}
