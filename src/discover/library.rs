//! All texts that were read or built, and what is in them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use super::read::Outcome;
use crate::source::{Source, SourceId, Sources};
use crate::workspace::{At, Derived, Parsed, Texts};
use crate::yaml::Node;

/// A text and what is in it.
pub(super) struct Loaded {
    pub(super) source: Source,
    pub(super) parsed: Parsed,
    pub(super) facts: Facts,
}

/// What is known of a source beside its nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// How many Kubernetes objects are in it.
    pub(super) objects: usize,
    /// How many documents are templates, which the stream's errors say.
    pub(super) templates: usize,
    /// The hash of its bytes, where something is built from it.
    pub(super) digest: Option<Digest>,
    /// Its objects that say what else is applied, or that such objects refer to.
    pub(super) tools: Vec<Tool>,
}

/// An object that matters to Flux or Argo CD.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    pub(super) group: String,
    pub(super) kind: String,
    /// Its namespace, where it says one.
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    /// The index of its document.
    pub(super) document: u32,
    /// Where it is in its document.
    pub(super) pointer: String,
}

/// Kinds that say what else is applied.
const POINTERS: [&str; 4] = ["Kustomization", "HelmRelease", "Application", "ApplicationSet"];

/// Kinds that those refer to.
const REFERRED: [&str; 8] = [
    "ConfigMap",
    "Secret",
    "GitRepository",
    "OCIRepository",
    "HelmRepository",
    "Bucket",
    "ExternalArtifact",
    "ArtifactGenerator",
];

/// All that was read.
#[derive(Default)]
pub(super) struct Library {
    pub(super) sources: Sources,
    pub(super) streams: Vec<Parsed>,
    pub(super) facts: Vec<Facts>,
    /// For each list of files that was asked for: what became of each file; its path where it was not read.
    pub(super) lists: Vec<Vec<Outcome>>,
    /// The sources of files, by their paths without links.
    pub(super) files: FxHashMap<PathBuf, SourceId>,
    /// What was built, and of what.
    pub(super) derived: FxHashMap<SourceId, Derived>,
    /// The objects of files that others are built from.
    pub(super) objects: Objects,
}

/// The hash of a file's bytes.
pub(super) type Digest = [u8; blake3::OUT_LEN];

/// The objects of the sources that were asked for, each source looked through once.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects(Arc<Mutex<FxHashMap<SourceId, Arc<Vec<Tool>>>>>);

impl Library {
    /// With room for that many texts.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self {
            sources: Sources::with_capacity(count),
            streams: Vec::with_capacity(count),
            facts: Vec::with_capacity(count),
            ..Self::default()
        }
    }

    /// Adds a text.
    pub(super) fn add(&mut self, loaded: Loaded) -> SourceId {
        self.streams.push(loaded.parsed);
        self.facts.push(loaded.facts);
        self.sources.add(loaded.source)
    }

    /// Makes the files that were read known by their paths.
    pub(super) fn index_files(&mut self, cwd: &Path) {
        self.files = self.sources.iter().map(|(id, source)| (cwd.join(&source.path), id)).collect();
    }

    /// The source of a file.
    pub(super) fn file(&self, path: &Path) -> Option<SourceId> {
        self.files.get(path).copied()
    }

    pub(super) fn facts(&self, id: SourceId) -> &Facts {
        &self.facts[id.0 as usize]
    }

    /// The node at a place.
    pub(super) fn node(&self, at: &At) -> Option<Node<'_>> {
        self.texts().node(at)
    }

    /// What tracing needs of it.
    pub(super) fn texts(&self) -> Texts<'_> {
        Texts { sources: &self.sources, streams: &self.streams, files: &self.files }
    }
}

impl Objects {
    /// The object in a source that another one was built from: of its kind and name, else of a name that is in its name.
    pub(super) fn like(&self, texts: Texts<'_>, id: SourceId, built: Node<'_>) -> Option<At> {
        let objects = self.of(texts, id)?;
        let text = |path: &[&str]| built.at_path(path).and_then(|n| n.text()).unwrap_or_default();
        let (kind, name, namespace) = (text(&["kind"]), text(&["metadata", "name"]), text(&["metadata", "namespace"]));
        let of_kind = || objects.iter().filter(|o| o.kind == kind);
        let same = || of_kind().filter(|o| o.name == name);
        let found = same()
            .find(|o| o.namespace.as_deref() == Some(namespace))
            .or_else(|| same().next())
            .or_else(|| of_kind().filter(|o| name.contains(&o.name)).max_by_key(|o| o.name.len()))
            .or_else(|| of_kind().next())?;
        Some(At { source: id, document: found.document, pointer: found.pointer.clone() })
    }

    fn of(&self, texts: Texts<'_>, id: SourceId) -> Option<Arc<Vec<Tool>>> {
        let mut all = self.0.lock().ok()?;
        let found = all.entry(id).or_insert_with(|| {
            let mut objects = Vec::new();
            for i in 0..texts.streams[id.0 as usize].stream.documents.len() {
                if let Some(root) = texts.root(id, i) {
                    each_object(root, &mut |root, pointer| {
                        objects.extend(Tool::of(root, i as u32, pointer));
                    });
                }
            }
            objects.into()
        });
        Some(found.clone())
    }
}

impl Facts {
    pub(super) fn of(parsed: &Parsed) -> Self {
        let templates = parsed.stream.errors.iter().filter(|e| e.template).count();
        let mut facts = Self { templates, ..Self::default() };
        for (i, document) in parsed.stream.documents.iter().enumerate() {
            let Some(root) = document.tree.root() else { continue };
            each_object(root, &mut |root, pointer| {
                facts.objects += 1;
                let kind = root.get("kind").and_then(|k| k.text()).unwrap_or_default();
                if POINTERS.contains(&kind) || REFERRED.contains(&kind) {
                    facts.tools.extend(Tool::of(root, i as u32, pointer));
                }
            });
        }
        facts
    }

    /// Whether an object in it may say what else is applied.
    pub(super) fn may_point(&self) -> bool {
        self.tools.iter().any(Tool::may_point)
    }
}

impl Tool {
    fn of(root: Node<'_>, document: u32, pointer: &str) -> Option<Self> {
        let text = |path: &[&str]| root.at_path(path).and_then(|n| n.text());
        let group = text(&["apiVersion"])?.split_once('/').map_or("", |(g, _)| g);
        Some(Self {
            group: group.into(),
            kind: text(&["kind"])?.into(),
            namespace: text(&["metadata", "namespace"]).filter(|n| !n.is_empty()).map(str::to_string),
            name: text(&["metadata", "name"])?.into(),
            document,
            pointer: pointer.into(),
        })
    }

    pub(super) fn may_point(&self) -> bool {
        let is_of_tool =
            self.group.ends_with("toolkit.fluxcd.io") || self.group == "helm.fluxcd.io" || self.group == "argoproj.io";
        is_of_tool && POINTERS.contains(&self.kind.as_str())
    }

    /// The object itself.
    pub(super) fn at(&self, source: SourceId) -> At {
        At { source, document: self.document, pointer: self.pointer.clone() }
    }
}

/// Each object of a document: itself, or the items of a list, with where it is in the document.
pub(super) fn each_object<'s>(root: Node<'s>, f: &mut dyn FnMut(Node<'s>, &str)) {
    below(root, &mut String::new(), 0, f);
}

fn below<'s>(root: Node<'s>, pointer: &mut String, depth: u8, f: &mut dyn FnMut(Node<'s>, &str)) {
    let text = |key| root.get(key).and_then(|n| n.text());
    let (Some(_), Some(kind)) = (text("apiVersion"), text("kind")) else { return };
    if kind.ends_with("List") && depth < 8 && root.get("items").is_some_and(|i| i.is_sequence()) {
        for (i, item) in root.items_of("items").enumerate() {
            let length = pointer.len();
            pointer.push_str(&format!("/items/{i}"));
            below(item, pointer, depth + 1, f);
            pointer.truncate(length);
        }
        return;
    }
    f(root, pointer);
}
