//! Finding out which folder is which cluster, and which files each cluster applies.
//!
//! `given` looks at the paths, `walk` lists what is below them, `layout` makes clusters of it by names, `read` reads
//! their files, and `variants` takes apart what lies side by side but never applies together. A file for each tool
//! (`helm`, `kustomize`, `flux`, `argo`) knows what that tool makes of a folder or an object.

mod argo;
mod assemble;
mod beside;
mod collect;
mod configured;
mod crds;
mod effective;
mod flux;
mod given;
mod helm;
mod ignored;
mod kustomize;
mod layout;
mod library;
mod names;
mod nothing;
mod paths;
mod pointer;
mod reach;
mod read;
mod repository;
mod skip;
mod variants;
mod walk;

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use collect::{Collected, Found};
use given::{Given, Place, dotted};
use layout::{Draft, Layout};
use walk::Walker;

pub(crate) use repository::remotes;

use crate::config::Settings;
use crate::workspace::Workspace;

/// Why nothing can be checked: a mistake in how the program was called. The message is for standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError {
    /// What is wrong, without `error: ` before it.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.help {
            Some(help) => write!(f, "{}; {help}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for UsageError {}

/// Where a run looks.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The paths as given; `-` is standard input. None: the clusters of the configuration, else `./clusters`, else `.`.
    pub paths: Vec<PathBuf>,
    /// The working directory: paths are shown relative to it.
    pub cwd: PathBuf,
}

/// Reads what the paths hold: which clusters there are, and their files, parsed.
///
/// # Errors
/// A path that does not exist, or nothing to check.
pub fn open(target: &Target, settings: &Settings) -> Result<Workspace, UsageError> {
    let cwd = &target.cwd;
    let root = root_of(target, settings);
    let excludes = ignored::excludes(&root, &settings.exclude);
    let mut layout = configured::lay_out(settings, cwd, &excludes)?;
    let configured: Vec<PathBuf> = layout.drafts.iter().flat_map(|d| d.paths.iter().cloned()).collect();
    let paths = paths_of(target, settings, &excludes);
    let mut files = Vec::new();
    for path in &paths {
        match Given::of(path, cwd)? {
            Given::Stdin => {
                layout.drafts.push(stdin());
                layout.understood.push("one cluster: standard input".into());
            }
            Given::File(place) if !is_in(&place.path, &configured) => files.push(place),
            Given::Folder(place) if !is_in(&place.path, &configured) => {
                layout.append(folder(&place, &configured, &excludes));
            }
            Given::File(_) | Given::Folder(_) => {}
        }
    }
    layout.append(loose(&files));
    layout.join();
    let (mut workspace, unread) = assemble::workspace(layout, settings, cwd)?;
    match nothing::to_check(&workspace, &unread, &paths) {
        Some(error) => Err(error),
        None => {
            configured::say_missing(settings, &mut workspace);
            workspace.reach = reach::of(target, settings, &root);
            workspace.crds = crds::read(settings, cwd)?;
            Ok(workspace)
        }
    }
}

/// The paths that a run looks at besides those of the configured clusters.
pub fn paths(target: &Target, settings: &Settings) -> Vec<PathBuf> {
    paths_of(target, settings, &ignored::excludes(&root_of(target, settings), &settings.exclude))
}

fn paths_of(target: &Target, settings: &Settings, excludes: &ignore::gitignore::Gitignore) -> Vec<PathBuf> {
    let is_configured = settings.clusters.iter().any(|c| !c.paths.is_empty());
    if target.paths.is_empty() && !is_configured {
        return vec![default_path(&target.cwd, excludes)];
    }
    target.paths.clone()
}

/// What the configuration's `exclude` is relative to, without links.
fn root_of(target: &Target, settings: &Settings) -> PathBuf {
    let root = settings.root.as_deref().unwrap_or(&target.cwd);
    std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf())
}

/// `clusters` where it is there and holds anything, else the working directory.
fn default_path(cwd: &Path, excludes: &ignore::gitignore::Gitignore) -> PathBuf {
    let clusters = cwd.join("clusters");
    let holds_files = |path: &Path| {
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        path.is_dir() && Walker::new(excludes).walk(&real, String::new(), String::new()).holds_files()
    };
    if holds_files(&clusters) { "clusters".into() } else { ".".into() }
}

fn is_in(path: &Path, folders: &[PathBuf]) -> bool {
    folders.iter().any(|f| path.starts_with(f))
}

fn stdin() -> Draft {
    let found = Found { path: "-".into(), shown: "<stdin>".into(), link: false };
    Draft {
        name: "stdin".into(),
        paths: vec!["-".into()],
        root: "-".into(),
        why: "standard input".into(),
        found: Collected { files: vec![found], ..Collected::default() },
        ..Draft::default()
    }
}

/// A folder that was given: its clusters, or what is beside the configured ones in it.
fn folder(place: &Place, configured: &[PathBuf], excludes: &ignore::gitignore::Gitignore) -> Layout {
    let name = place.name.as_deref().map(|n| n.to_string_lossy().into_owned());
    let real = place.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let tree = Walker::new(excludes).walk(&place.path, place.shown.clone(), name.clone().unwrap_or(real));
    if configured.iter().any(|c| c.starts_with(&place.path)) {
        return Layout { left_out: beside::list(&tree, configured, &[]), ..Layout::default() };
    }
    layout::lay_out(&tree, name.as_deref())
}

/// Files that were given: each belongs to the cluster that its path names, and all others make one cluster.
fn loose(files: &[Place]) -> Layout {
    let mut layout = Layout::default();
    let mut others: Option<(PathBuf, Draft)> = None;
    for place in files {
        let found = Found { path: place.path.clone(), shown: place.shown.clone(), link: false };
        let parent = place.path.parent().unwrap_or(Path::new("")).to_path_buf();
        if let Some((name, path)) = layout::cluster_of(&place.path) {
            let root = if path == place.path { place.shown.clone() } else { parent_of(&place.shown) };
            let found = Collected { files: vec![found], ..Collected::default() };
            let why = "the files given".into();
            let is_part = path != place.path;
            layout.drafts.push(Draft { name, paths: vec![path], root, why, found, is_part, ..Draft::default() });
            continue;
        }
        let (folder, draft) = others.get_or_insert_with(|| {
            let (root, why) = (parent_of(&place.shown), "the files given".into());
            (parent.clone(), Draft { root, why, is_part: true, ..Draft::default() })
        });
        while !parent.starts_with(&*folder) && folder.pop() {
            draft.root = parent_of(&draft.root);
        }
        draft.found.files.push(found);
    }
    if let Some((folder, mut draft)) = others {
        let is_stream = ["/dev", "/proc"].iter().any(|p| folder.starts_with(p));
        let name = Path::new(&draft.root).file_name().filter(|_| !is_stream).unwrap_or(OsStr::new("default"));
        draft.name = name.to_string_lossy().into_owned();
        if let [only] = &draft.found.files[..] {
            draft.root.clone_from(&only.shown);
        }
        layout.understood.push(format!("one cluster: {}", dotted(&draft.root)));
        draft.paths.push(folder);
        layout.drafts.push(draft);
    }
    layout
}

/// The folder of a path, as people know it.
fn parent_of(shown: &str) -> String {
    shown.rsplit_once('/').map_or(".", |(folder, _)| if folder.is_empty() { "/" } else { folder }).into()
}
