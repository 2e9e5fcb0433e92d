//! A kustomization file: what it names, and where.
//!
//! The fields are those of `types.Kustomization` in Kustomize's `api`; a path that exists is taken for that file or
//! folder, everything else would be fetched: Kustomize itself tries a file, a folder and a repository, in that order.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use serde_json::{Map, Value};

use super::problem::{ABSENT, Kind, Problem};
use super::{NAMES, is_of_flux};
use crate::discover::library::Digest;
use crate::discover::paths::{Paths, Real};
use crate::discover::pointer::text;
use crate::discover::read;
use crate::source::{Source, Span};
use crate::workspace::Parsed;
use crate::yaml::Node;

/// A kustomization.
#[derive(Debug)]
pub(in crate::discover) struct Kustomization {
    /// Its folder, without links.
    pub(in crate::discover) folder: PathBuf,
    /// Its file.
    pub(in crate::discover) file: PathBuf,
    pub(in crate::discover) is_component: bool,
    /// It is an object of Flux that is kept in a file of that name.
    pub(in crate::discover) is_of_flux: bool,
    /// `openapi`, which only counts in the kustomization that is built.
    pub(in crate::discover) openapi: Option<Value>,
    /// What it names.
    pub(in crate::discover) entries: Vec<Named>,
    /// Why it is not built.
    pub(in crate::discover) problems: Vec<Problem>,
    /// The hash of the file's bytes.
    pub(super) content: Digest,
    /// The hash of them and of all files that it names, once it was asked for.
    pub(super) digest: OnceLock<Option<Digest>>,
    /// The file as it was read, until it is taken.
    text: Mutex<Option<(Source, Parsed)>>,
}

/// A path that a kustomization names.
#[derive(Debug)]
pub(in crate::discover) struct Named {
    pub(in crate::discover) target: Target,
    pub(in crate::discover) span: Span,
}

/// What is there.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::discover) enum Target {
    /// Another kustomization.
    Folder(PathBuf),
    /// A file of resources.
    Resource(PathBuf),
    /// A patch, a generator's input, ….
    File(PathBuf),
}

impl Kustomization {
    /// The file as it was read, so that nobody reads it again; `None` once it has been taken.
    pub(in crate::discover) fn take_text(&self) -> Option<(Source, Parsed)> {
        self.text.lock().ok()?.take()
    }
}

impl Target {
    pub(in crate::discover) fn resource(&self) -> Option<&Path> {
        if let Target::Resource(path) = self { Some(path) } else { None }
    }

    pub(in crate::discover) fn path(&self) -> &Path {
        match self {
            Target::Folder(path) | Target::Resource(path) | Target::File(path) => path,
        }
    }
}

/// The longest kustomization that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Fields that hold lists of files, or of texts that stand for themselves.
const LISTS: [&str; 6] =
    ["patchesStrategicMerge", "configurations", "crds", "generators", "transformers", "validators"];

/// The kustomization of a folder; `None` where it has none.
pub(super) fn read(folder: &Path, paths: &Paths) -> Option<Kustomization> {
    let (name, real) = find(folder, paths)?;
    let file = folder.join(name);
    let mut out = empty(folder, &file);
    let bytes = if paths.is_inside(&real.path) { read::file(&real.path, MAX_BYTES).ok() } else { None };
    let Some(bytes) = bytes else {
        out.problems.push(Problem::refused(&file, "it cannot be read, or leads out of the repository"));
        return Some(out);
    };
    out.content = *blake3::hash(&bytes).as_bytes();
    let (source, parsed) = fill(&mut out, bytes, paths);
    out.is_of_flux = is_of_flux(source.text());
    out.text = Mutex::new(Some((source, parsed)));
    Some(out)
}

/// The file of a folder that Kustomize would take, by its name, and where that leads.
fn find(folder: &Path, paths: &Paths) -> Option<(&'static str, Real)> {
    NAMES.iter().find_map(|name| paths.real(folder, name).filter(Real::is_file).map(|real| (*name, real)))
}

/// Fields that Flux or Argo CD put on top of a folder's own: as much a kustomization as that in a file, and read like it.
pub(super) fn of_fields(folder: &Path, fields: &Map<String, Value>, paths: &Paths) -> Kustomization {
    let mut out = empty(folder, folder);
    if !fields.is_empty() {
        fill(&mut out, Value::from(fields.clone()).to_string().into_bytes(), paths);
    }
    out
}

fn empty(folder: &Path, file: &Path) -> Kustomization {
    Kustomization {
        folder: folder.into(),
        file: file.into(),
        is_component: false,
        is_of_flux: false,
        openapi: None,
        entries: Vec::new(),
        problems: Vec::new(),
        content: Digest::default(),
        digest: OnceLock::new(),
        text: Mutex::default(),
    }
}

fn fill(out: &mut Kustomization, bytes: Vec<u8>, paths: &Paths) -> (Source, Parsed) {
    let (source, parsed) = Parsed::parse(String::new(), bytes);
    if let Some(error) = parsed.stream.errors.first() {
        out.problems.push(Problem::broken(&out.file, error.span, error.message.clone()));
    }
    if let Some(root) = parsed.stream.documents.first().and_then(|d| d.tree.root()) {
        Reader { paths, out }.root(root);
    }
    (source, parsed)
}

struct Reader<'a> {
    paths: &'a Paths,
    out: &'a mut Kustomization,
}

impl Reader<'_> {
    fn root(&mut self, root: Node<'_>) {
        self.out.is_component = text(root, "kind") == Some("Component");
        self.out.openapi = root.get("openapi").map(|n| n.to_json());
        for key in ["resources", "bases", "components"] {
            root.items_of(key).for_each(|n| self.resource(n, key));
        }
        for key in LISTS {
            for node in root.items_of(key) {
                let is_plugin = matches!(key, "generators" | "transformers" | "validators");
                self.file_or_text(node, is_plugin);
            }
        }
        for key in ["patches", "patchesJson6902", "replacements"] {
            root.items_of(key).filter_map(|p| p.get("path")).for_each(|n| self.file(n, Kind::Broken));
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            for generator in root.items_of(key) {
                generator.items_of("files").for_each(|n| self.generator_file(n));
                generator.items_of("envs").chain(generator.get("env")).for_each(|n| self.file(n, Kind::Missing));
            }
        }
        root.get("openapi").and_then(|o| o.get("path")).into_iter().for_each(|n| self.file(n, Kind::Broken));
        for key in ["helmCharts", "helmChartInflationGenerator"] {
            if let Some((name, _)) = root.entry(key).filter(|(_, v)| v.items().next().is_some()) {
                self.refuse(name.span(), format!("`{key}` needs `--enable-helm`, and fetches charts"));
            }
        }
    }

    fn refuse(&mut self, span: Span, what: String) {
        self.out.problems.push(Problem { file: self.out.file.clone(), span, what, kind: Kind::Refused });
    }

    /// A path in `resources`, `bases` or `components`.
    fn resource(&mut self, node: Node<'_>, key: &str) {
        let Some(path) = node.text().filter(|p| !p.is_empty()) else { return };
        match self.real(path) {
            Ok(real) if real.is_dir() => {
                if find(&real.path, self.paths).is_none() {
                    let what = format!("folder `{path}` holds no kustomization.yaml");
                    self.out.problems.push(Problem::broken(&self.out.file, node.span(), what));
                }
                self.named(Target::Folder(real.path), node);
            }
            Ok(real) if real.is_file() && key == "resources" => self.named(Target::Resource(real.path), node),
            Ok(_) => {
                let what = format!("`{path}` is not a {}", if key == "resources" { "file" } else { "folder" });
                self.out.problems.push(Problem::broken(&self.out.file, node.span(), what));
            }
            Err(why) => self.unread(path, why, Kind::Broken, node.span()),
        }
    }

    /// A path to a file that is needed.
    fn file(&mut self, node: Node<'_>, missing: Kind) {
        let Some(path) = node.text().filter(|p| !p.is_empty()) else { return };
        self.path(path, missing, node);
    }

    fn path(&mut self, path: &str, missing: Kind, node: Node<'_>) {
        match self.real(path) {
            Ok(real) if real.is_file() => self.named(Target::File(real.path), node),
            Ok(_) => {
                let what = format!("`{path}` is not a file");
                self.out.problems.push(Problem::broken(&self.out.file, node.span(), what));
            }
            Err(why) => self.unread(path, why, missing, node.span()),
        }
    }

    /// `key=path`, or a path.
    fn generator_file(&mut self, node: Node<'_>) {
        let Some(text) = node.text() else { return };
        let path = text.split_once('=').map_or(text, |(_, path)| path);
        self.path(path, Kind::Missing, node);
    }

    /// A path, or the text itself that would be in such a file.
    fn file_or_text(&mut self, node: Node<'_>, is_plugin: bool) {
        let Some(text) = node.text() else { return };
        if text.contains('\n') || text.trim_start().starts_with('{') {
            if is_plugin {
                self.plugin(text, node.span());
            }
            return;
        }
        match self.real(text) {
            Ok(real) if real.is_dir() => self.named(Target::Folder(real.path), node),
            Ok(real) => {
                if is_plugin
                    && real.is_file()
                    && let Ok(config) = fs::read_to_string(&real.path)
                {
                    self.plugin(&config, node.span());
                }
                self.path(text, Kind::Broken, node);
            }
            Err(why) => self.unread(text, why, Kind::Broken, node.span()),
        }
    }

    /// Refuses what only a plugin can do: a program, a container.
    fn plugin(&mut self, config: &str, span: Span) {
        let stream = crate::yaml::parse(config);
        for document in &stream.documents {
            let Some(root) = document.tree.root() else { continue };
            let kind = text(root, "kind").unwrap_or_default();
            let function = root.at_path(&["metadata", "annotations"]).is_some_and(|a| {
                a.get("config.kubernetes.io/function").or_else(|| a.get("config.k8s.io/function")).is_some()
            });
            if function || text(root, "apiVersion") != Some("builtin") || kind == "HelmChartInflationGenerator" {
                self.refuse(span, format!("{kind} needs a plugin, and plugins are not run"));
            }
        }
    }

    fn named(&mut self, target: Target, node: Node<'_>) {
        self.out.entries.push(Named { target, span: node.span() });
    }

    /// Where a path leads, links followed.
    fn real(&self, path: &str) -> Result<Real, Unread> {
        match self.paths.real(&self.out.folder, path) {
            None if is_remote(path) => Err(Unread::Remote),
            None => Err(Unread::Missing),
            Some(real) if self.paths.is_inside(&real.path) => Ok(real),
            Some(_) => Err(Unread::Outside),
        }
    }

    fn unread(&mut self, path: &str, why: Unread, missing: Kind, span: Span) {
        let (what, kind) = match why {
            Unread::Remote => (format!("`{path}` is not in this repository, and nothing is fetched"), Kind::Refused),
            Unread::Outside => (format!("`{path}` leads out of the repository"), Kind::Refused),
            Unread::Missing => (format!("`{path}` {ABSENT}"), missing),
        };
        self.out.problems.push(Problem { file: self.out.file.clone(), span, what, kind });
    }
}

enum Unread {
    /// It would be fetched.
    Remote,
    Outside,
    Missing,
}

/// Whether Kustomize would fetch what is called so: a URL, `git@host:…`, `github.com/…`, anything with `?ref=`.
fn is_remote(path: &str) -> bool {
    let hosts = ["github.com/", "gitlab.com/", "bitbucket.org/", "git@", "git::", "gh:", "www."];
    path.contains("://")
        || path.contains("?ref=")
        || path.contains(".git/")
        || path.ends_with(".git")
        || hosts.iter().any(|h| path.starts_with(h))
        || path.split_once(':').is_some_and(|(host, _)| host.contains('@'))
}
