//! A workspace: the sources that were read and parsed, and which cluster applies which of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::{Place, Source, SourceId, Sources, Span};
use crate::yaml::{self, Stream, Tree};

mod decode;
mod embedded;
mod origin;
mod placeholders;

pub use origin::{At, Derived, Documents, Layer, Maker, Template, Texts, Trace, Values, Via, trace_finding};

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
    /// Folders and files of the same sort that do have a text: a file that is a cluster, one that points elsewhere.
    pub read: BTreeMap<String, SourceId>,
    /// What programs have built, and of what.
    pub derived: FxHashMap<SourceId, Derived>,
    /// The configuration's text, where findings may have to point at it.
    pub configuration: Option<SourceId>,
    /// How much of the repository this is.
    pub reach: Reach,
    /// Why what programs have built is not kept for the next run, where that failed.
    pub unkept: Option<String>,
    /// Files that were read so that places in what is built can be traced to them, by their paths without links.
    pub files: FxHashMap<PathBuf, SourceId>,
    /// Files with CustomResourceDefinitions that every cluster has (`--crds`): nothing in them is checked.
    pub crds: Vec<(Source, Parsed)>,
}

impl Workspace {
    /// The clusters by their fleets, in order: only clusters of one fleet can meet.
    pub fn fleets(&self) -> Vec<Vec<&ClusterInput>> {
        let mut fleets: Vec<Vec<&ClusterInput>> = Vec::new();
        for cluster in &self.clusters {
            match fleets.iter_mut().find(|f| f[0].fleet == cluster.fleet) {
                Some(fleet) => fleet.push(cluster),
                None => fleets.push(vec![cluster]),
            }
        }
        fleets
    }

    /// Gives the clusters' folders and what was skipped a place each, so that findings can point at them.
    pub fn add_places(&mut self) {
        let skipped = self.clusters.iter().flat_map(|c| &c.skipped).map(|s| &s.path);
        let mut names: BTreeSet<String> = self.clusters.iter().map(|c| &c.root).chain(skipped).cloned().collect();
        // What was read has a text, and its place is in that.
        for (id, source) in self.sources.iter() {
            if names.remove(&source.path) {
                self.read.insert(source.path.clone(), id);
            }
        }
        for name in names {
            let id = self.sources.add(Source::new(name.clone(), ""));
            self.streams.push(Parsed::default());
            self.named.insert(name, id);
        }
    }

    /// Takes in the text of the configuration, so that findings can point at it.
    pub fn add_configuration(&mut self, shown: &str, text: &str) {
        self.streams.push(Parsed::default());
        self.configuration = Some(self.sources.add(Source::new(shown, text)));
    }

    /// The line of a place, without the blanks around it; empty where there is no text.
    pub fn line_at(&self, place: Place) -> &str {
        let source = self.sources.get(place.source);
        source.text()[source.line(source.position(place.span.start).line).range()].trim()
    }

    /// The place that stands for a folder or a file as a whole.
    pub fn place_of(&self, path: &str) -> Option<Place> {
        self.named.get(path).or_else(|| self.read.get(path)).map(|&source| Place { source, span: Span::default() })
    }
}

/// How much of a repository was read: whether it means anything that something is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// All clusters that there are.
    Whole,
    /// The paths that were given, which may be all or not.
    #[default]
    Unknown,
    /// Some of the clusters, while others lie beside them.
    Part,
}

/// What a source holds.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Its documents and what is wrong with the others.
    pub stream: Stream,
    /// Documents inside documents: the `mesh` and `meshNetworks` of an `istio` ConfigMap.
    pub embedded: Vec<Embedded>,
}

/// The longest text that is read.
pub const MAX_BYTES: u64 = 256 << 20;

impl Parsed {
    /// Takes a file's bytes for text and reads its documents; values of placeholders that are known are put in.
    ///
    /// What is no text, and what is no YAML, costs its own document only: it is among the stream's errors.
    pub fn read(path: String, bytes: Vec<u8>, variables: &BTreeMap<String, String>) -> (Source, Self) {
        let (source, mut parsed) = Self::parse(path, bytes);
        parsed.resolve(source.text(), variables);
        (source, parsed)
    }

    /// The same, with all placeholders as they are written.
    pub fn parse(path: String, bytes: Vec<u8>) -> (Source, Self) {
        let (text, defects) = decode::decode(bytes);
        let text: Arc<str> = text.into();
        let mut stream = yaml::parse_shared(&text);
        if !defects.is_empty() {
            decode::refuse(&mut stream, &text, &defects);
        }
        let (embedded, errors) = embedded::read(&text, &stream.documents);
        if !errors.is_empty() {
            stream.errors.extend(errors);
            stream.errors.sort_by_key(|e| e.span);
        }
        (Source::new(path, text), Self { stream, embedded })
    }

    /// Puts in the values of placeholders that are known.
    pub fn resolve(&mut self, text: &str, variables: &BTreeMap<String, String>) {
        if text.as_bytes().contains(&b'$') {
            let resolve = |value: &str| placeholders::resolve(value, variables);
            let trees = self.stream.documents.iter_mut().map(|d| &mut d.tree);
            let trees = trees.chain(self.embedded.iter_mut().map(|e| &mut e.tree));
            trees.for_each(|tree| tree.substitute(&resolve));
        }
    }
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
    /// The fleet that it belongs to, by its folder; empty where there is one only. Clusters of different fleets are
    /// variants that lie side by side: they never meet in one mesh.
    pub fleet: String,
    /// Its folder or file, as people know it.
    pub root: String,
    /// Why this is a cluster: `a folder of ./clusters`, `meshlint.yaml`, …
    pub why: String,
    /// Whether nothing but their lying together says that all of its files apply together.
    pub is_guess: bool,
    /// Whether only a part of its folder was asked for.
    pub is_part: bool,
    /// The files that it applies.
    pub files: Vec<ClusterFile>,
    /// What was found there and not read, and why.
    pub skipped: Vec<Skipped>,
    /// What its files are applied as, at the indices that they name.
    pub sets: Vec<AppliedSet>,
    /// What could not be made of its files.
    pub failures: Vec<BuildFailure>,
    /// The objects that say what else is applied and whose say was followed, by the places of their roots.
    pub followed: FxHashSet<Place>,
}

impl ClusterInput {
    /// The set that a source is applied in.
    pub fn set_of(&self, source: SourceId) -> Option<u32> {
        self.files.iter().find(|f| f.source == source).map(|f| f.set)
    }

    /// Whether all that it applies was read, so that what is not found in it is not there.
    pub fn is_whole(&self) -> bool {
        !self.is_part && self.failures.is_empty()
    }

    /// Its name, with that of its fleet where there are several.
    pub fn title(&self) -> String {
        match &*self.fleet {
            "" => self.name.clone(),
            fleet if fleet == self.name => self.name.clone(),
            fleet => format!("{fleet}/{}", self.name),
        }
    }
}

/// A file that a cluster applies.
#[derive(Clone, Debug)]
pub struct ClusterFile {
    /// Its text.
    pub source: SourceId,
    /// The namespace of objects in it that say none.
    pub namespace: String,
    /// The set that it is applied in: see [`ClusterInput::sets`].
    pub set: u32,
}

/// Files that are applied together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedSet {
    /// How they are made.
    pub how: How,
    /// What they are: `files`, `kustomize build apps/production`, `helm template charts/shop`.
    pub what: String,
    /// The object that says so: `Flux Kustomization flux-system/apps`.
    pub by: Option<String>,
}

/// How what is applied is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum How {
    /// The files are applied as they are.
    #[default]
    Files,
    /// By `kustomize build`.
    Built,
    /// By `helm template`.
    Rendered,
}

/// Something that could not be made: a kustomization that does not build, a program that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFailure {
    /// Where it is said what has to be made.
    pub place: Place,
    /// What is wrong, as a finding says it.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Whether it is because a program is not installed.
    pub is_missing: bool,
    /// Other places that matter.
    pub related: Vec<(Place, String)>,
}

/// Something that was not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file or folder, as people know it.
    pub path: String,
    /// Why, as a phrase that others may share: `a Helm template, not a manifest`.
    pub reason: String,
    /// What of it, where the reason does not say: `flux-system/apps: ./apps`.
    pub detail: Option<String>,
    /// The namespace that its objects are in, where that is known.
    pub namespace: Option<String>,
    /// Whether a cluster may apply objects from it that meshlint has not seen.
    pub may_hold_objects: bool,
    /// Whether it is wrong in itself (unreadable), and not only left out.
    pub is_error: bool,
    /// Whether a [`BuildFailure`] says so already.
    pub is_reported: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, variables: &[(&str, &str)]) -> (Source, Parsed) {
        let variables = variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        Parsed::read("a.yaml".into(), text.into(), &variables)
    }

    #[test]
    fn the_mesh_configuration_in_a_config_map_has_its_places_in_the_file() {
        let text = "kind: ConfigMap\nmetadata:\n  name: istio\ndata:\n  other: x\n  mesh: |-\n    # comment\n    \
                    trustDomain: ${TD:-east.local}\n\n    defaultConfig:\n      discoveryAddress: x\n  meshNetworks: |\n    \
                    networks: {}\n";
        let (source, parsed) = read(text, &[]);
        assert_eq!(parsed.stream.errors, []);
        assert_eq!(parsed.embedded.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(), ["mesh", "meshNetworks"]);
        let root = parsed.embedded[0].tree.root().unwrap();
        let domain = root.get("trustDomain").unwrap();
        assert_eq!(domain.text(), Some("east.local"));
        assert_eq!(source.position(domain.span().start).line, 8);
        assert_eq!(root.at_path(&["defaultConfig", "discoveryAddress"]).and_then(|n| n.text()), Some("x"));
    }

    #[test]
    fn a_broken_mesh_configuration_is_an_error_at_its_place() {
        let text = "kind: List\nitems:\n- kind: ConfigMap\n  metadata: {name: istio-1-20}\n  data:\n    mesh: |\n      a: [\n    \
                    meshNetworks: 'networks: {}'\n";
        let (source, parsed) = read(text, &[]);
        assert!(parsed.embedded.is_empty());
        assert_eq!(parsed.stream.errors.len(), 1);
        assert_eq!(source.position(parsed.stream.errors[0].span.start).line, 7);
    }

    #[test]
    fn config_maps_of_others_are_not_looked_into() {
        let (_, parsed) = read("kind: ConfigMap\nmetadata: {name: app}\ndata:\n  mesh: |\n    a: [\n", &[]);
        assert!(parsed.stream.errors.is_empty() && parsed.embedded.is_empty());
    }

    #[test]
    fn known_placeholders_are_put_in() {
        let (_, parsed) = read("a: ${A}\nb: $(B)\nn: ${N:-80}\n", &[("A", "x")]);
        let root = parsed.stream.documents[0].tree.root().unwrap();
        let value = |key| root.get(key).and_then(|n| n.value());
        assert_eq!(value("a"), Some(yaml::Scalar::Str("x")));
        assert_eq!(value("b"), Some(yaml::Scalar::Str("$(B)")));
        assert_eq!(value("n"), Some(yaml::Scalar::Int(80)));
    }
}
