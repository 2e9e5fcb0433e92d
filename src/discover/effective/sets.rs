//! Argo CD's part: Applications of plain folders, sets of Applications, the clusters that they go to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::argo::clusters::{self, Cluster};
use super::super::argo::directory::{self, SourceKind};
use super::super::argo::{self, sets};
use super::super::collect::{Collected, Found};
use super::super::ignored;
use super::super::kustomize::Build;
use super::super::library::{Facts, Loaded};
use super::super::pointer::{Apply, Argo, Pointer, Unknown};
use super::super::read;
use super::super::walk::{Folder, Walker};
use super::Effective;
use super::run::{Job, Task};
use super::variables::Variables;
use crate::source::SourceId;
use crate::workspace::{At, Derived, Documents, Layer, Parsed};
use crate::yaml::Node;

/// The repository, as generators see it.
struct Seen<'e, 'a> {
    all: &'e Effective<'a>,
    holder: usize,
    listing: Arc<Listing>,
}

/// What is in the repository, by paths from its root.
#[derive(Default)]
pub(super) struct Listing {
    folders: Vec<String>,
    files: Vec<String>,
    found: Vec<Found>,
}

impl sets::World for Seen<'_, '_> {
    fn folders(&self) -> &[String] {
        &self.listing.folders
    }

    fn files(&self) -> &[String] {
        &self.listing.files
    }

    fn read(&self, path: &str, each: &mut dyn FnMut(SourceId, Node<'_>)) {
        let library = &self.all.library;
        let Some(source) = library.file(&self.all.base.boundary.join(path)) else { return };
        for document in &library.streams[source.0 as usize].stream.documents {
            if let Some(root) = document.tree.root() {
                each(source, root);
            }
        }
    }

    fn is_own(&self, url: &str) -> bool {
        self.all.base.is_own(url, &[]) != Some(false)
    }

    fn clusters(&self) -> Vec<(SourceId, Cluster)> {
        self.all.known_clusters(self.holder)
    }
}

impl Effective<'_> {
    /// What an Argo CD source makes of a folder.
    pub(super) fn argo_tasks(
        &mut self,
        holder: usize,
        pointer: &Pointer,
        apply: &Apply,
        options: &Argo,
        folder: PathBuf,
        task: &dyn Fn(Job, Option<Variables>) -> Task,
    ) -> Result<Vec<Task>, Unknown> {
        if let Some(why) = &options.unknown {
            return Err(Unknown::new(why, apply.path.clone()));
        }
        match directory::kind(options, &folder, |f| self.kustomizations.build(f)) {
            SourceKind::Helm => {
                let chart = self.chart(holder, pointer, &options.helm, folder)?;
                Ok(vec![task(Job::Chart(Box::new(chart)), None)])
            }
            SourceKind::Kustomize => {
                let build = Build { folder, listed: None, overlay: options.kustomize.clone() };
                Ok(vec![task(Job::Build(Box::new(build)), None)])
            }
            SourceKind::Directory => {
                let tree = self.walk(&folder);
                let mut files = Vec::new();
                all_files(&tree, &mut files);
                files.retain(|f| {
                    let relative = f.path.strip_prefix(&folder).unwrap_or(&f.path).to_string_lossy().into_owned();
                    directory::applies(options, &relative)
                });
                Ok(vec![task(Job::Files(files), None)])
            }
        }
    }

    /// The tree at a folder.
    pub(super) fn walk(&self, folder: &Path) -> Folder {
        let root = self.settings.root.as_deref().unwrap_or(self.cwd);
        let excludes = ignored::excludes(root, &self.settings.exclude);
        Walker::new(&excludes).walk(folder, self.shown(folder), String::new())
    }

    /// The files of a folder that are applied as they are, and the folders in it that Kustomize builds.
    pub(super) fn list_folder(&self, folder: &Path) -> (Vec<Found>, Vec<PathBuf>) {
        let mut found = Collected::default();
        found.folder(&self.walk(folder));
        (found.files, found.built.into_iter().map(|b| b.path).collect())
    }

    /// The clusters whose Secrets a cluster applies.
    fn known_clusters(&self, holder: usize) -> Vec<(SourceId, Cluster)> {
        let secrets = self.objects(holder, "Secret", None, None);
        secrets.filter_map(|(at, _)| Some((at.source, clusters::read(self.library.node(&at)?)?))).collect()
    }

    /// The name of the cluster whose API server this is.
    pub(super) fn name_of_server(&self, holder: usize, server: &str) -> String {
        let known = self
            .known_clusters(holder)
            .into_iter()
            .find(|(_, c)| c.server.trim_end_matches('/') == server.trim_end_matches('/'));
        let host = || {
            let host = server.split_once("://").map_or(server, |(_, rest)| rest);
            host.split(['/', ':']).next().unwrap_or(host).to_string()
        };
        known.map_or_else(host, |(_, c)| c.name)
    }

    /// The Applications of a set, as pointers.
    pub(super) fn expand(&mut self, holder: usize, at: &At) -> Vec<Pointer> {
        let says = |word: &str| self.library.node(at).is_some_and(|n| n.source_text()[n.span().range()].contains(word));
        let (asks_git, asks_files) = (says("git"), says("files"));
        let listing = if asks_git { self.listing() } else { Arc::default() };
        if asks_files {
            read::more(&listing.found, self.library, self.settings);
        }
        let seen = Seen { holder, listing, all: self };
        let Some(root) = self.library.node(at) else { return Vec::new() };
        let name = root.at_path(&["metadata", "name"]).and_then(|n| n.text()).unwrap_or_default().to_string();
        let expansion = sets::expand(root, at, &seen);
        let mut pointers = Vec::new();
        for generated in expansion.applications {
            let text = format!("{}: an Application of ApplicationSet {name}", self.library.sources.get(at.source).path);
            let (source, parsed) = Parsed::read(text, generated.yaml.into_bytes(), &self.settings.variables);
            let documents = parsed.stream.documents.len();
            let id = self.library.add(Loaded { facts: Facts::default(), source, parsed });
            let below = |pointer: &str| At { pointer: format!("{}{pointer}", at.pointer), ..at.clone() };
            let templates = generated.templates.iter().map(|t| below(t)).collect();
            let parameters = Arc::new(generated.parameters);
            let patch = generated.patch.map(|p| self.text_source(&p, below("/spec/templatePatch"), parameters.clone()));
            let layers: Arc<[Layer]> =
                patch.map(Layer::Object).into_iter().chain([Layer::Generated { templates, parameters }]).collect();
            let derived = Derived { documents: Documents::Known(vec![layers; documents]), ..Derived::default() };
            self.library.derived.insert(id, derived);
            let own = At { source: id, document: 0, pointer: String::new() };
            let root = self.library.node(&own);
            pointers.extend(root.and_then(|r| argo::pointer("argoproj.io", "Application", r, &own)));
        }
        for reason in expansion.unknown {
            let path = self.library.sources.get(at.source).path.clone();
            self.applied[holder].skip(path, reason, Some(format!("Argo CD ApplicationSet {name}")));
        }
        pointers
    }

    /// The repository's folders and files, listed when the first generator asks.
    fn listing(&mut self) -> Arc<Listing> {
        if let Some(known) = &self.listing {
            return known.clone();
        }
        let tree = self.walk(&self.base.boundary);
        let (mut found, mut folders) = (Vec::new(), Vec::new());
        all_files(&tree, &mut found);
        all_folders(&tree, &mut folders);
        let relative = |p: &Path| p.strip_prefix(&self.base.boundary).unwrap_or(p).to_string_lossy().into_owned();
        let listing = Arc::new(Listing {
            folders: folders.iter().map(|p| relative(p)).filter(|p| !p.is_empty()).collect(),
            files: found.iter().map(|f| relative(&f.path)).collect(),
            found,
        });
        self.listing = Some(listing.clone());
        listing
    }
}

/// The manifests in a folder and below it.
pub(super) fn all_files(folder: &Folder, all: &mut Vec<Found>) {
    let name = |n: &std::ffi::OsStr| Found { path: folder.path.join(n), shown: folder.shown_of(n), link: false };
    all.extend(folder.files().map(name));
    folder.folders().for_each(|f| all_files(f, all));
}

fn all_folders(folder: &Folder, all: &mut Vec<PathBuf>) {
    all.push(folder.path.clone());
    folder.folders().for_each(|f| all_folders(f, all));
}
