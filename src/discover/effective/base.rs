//! The repository: what a path in an object is relative to, and which URLs mean it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::ignored::repository_of;
use super::super::layout::Draft;
use super::super::paths::Paths;
use super::super::{names, repository};
use crate::config::Settings;

/// The repository.
pub(in crate::discover) struct Base {
    /// Nothing outside of this folder is read: the repository, or what stands for it.
    pub(in crate::discover) boundary: PathBuf,
    pub(in crate::discover) paths: Arc<Paths>,
    /// The URLs of its remotes.
    pub(in crate::discover) remotes: Vec<String>,
    /// Whether it is a copy without `.git`, so that its root may lie above.
    is_copy: bool,
}

impl Base {
    /// The repository that the clusters are in.
    pub(super) fn of(drafts: &[Draft], settings: &Settings, cwd: &Path) -> Self {
        let first = drafts.iter().flat_map(|d| &d.paths).find(|p| p.is_absolute());
        let Some(first) = first.map(|p| fs::canonicalize(p).unwrap_or_else(|_| p.clone())) else {
            return Self::new(cwd.to_path_buf(), Vec::new(), true);
        };
        if let Some(root) = repository_of(&first) {
            let remotes = repository::remotes(&root);
            return Self::new(root, remotes, false);
        }
        let real = |p: &Path| fs::canonicalize(p).unwrap_or_else(|_| p.to_path_buf());
        let root = settings.root.as_deref().map(real).filter(|r| first.starts_with(r));
        // Who stands in `clusters`, or in one of them, stands in a part of the repository only.
        let is_part = |c: &PathBuf| c.ancestors().take(2).any(holds_clusters);
        let cwd = Some(real(cwd)).filter(|c| first.starts_with(c) && c.parent().is_some() && !is_part(c));
        let boundary = root.or(cwd).unwrap_or_else(|| above_clusters(&first, drafts));
        Self::new(boundary, Vec::new(), true)
    }

    fn new(boundary: PathBuf, remotes: Vec<String>, is_copy: bool) -> Self {
        Self { paths: Arc::new(Paths::new(boundary.clone())), boundary, remotes, is_copy }
    }

    /// The folder or file that a path in the repository means. `near`: the folder of the cluster.
    pub(super) fn resolve(&self, path: &str, near: &Path) -> Result<PathBuf, Unresolved> {
        let path = path.trim_start_matches('/');
        let mut above: Vec<&Path> = near.ancestors().filter(|a| a.starts_with(&self.boundary)).collect();
        // The root of the repository before a folder in it that would do.
        above.reverse();
        if above.is_empty() {
            above.push(&self.boundary);
        }
        // Of a copy of `deploy` alone, `deploy/apps` is its `apps`.
        let name = self.boundary.file_name().filter(|_| self.is_copy);
        let inside =
            name.and_then(|n| Path::new(path).strip_prefix(".").unwrap_or(Path::new(path)).strip_prefix(n).ok());
        let inside = inside.and_then(Path::to_str).map(|rest| (&*self.boundary, rest));
        let candidates = above.into_iter().map(|root| (root, path)).chain(inside);
        match candidates.filter_map(|(root, path)| self.paths.real(root, path)).next() {
            Some(real) if self.paths.is_inside(&real.path) => Ok(real.path),
            Some(_) => Err(Unresolved::Outside),
            None => Err(Unresolved::Missing),
        }
    }

    /// Whether a URL is this repository's; `None` where that cannot be known.
    pub(super) fn is_own(&self, url: &str, own: &[String]) -> Option<bool> {
        let mut known = self.remotes.iter().chain(own).peekable();
        known.peek()?;
        // A fork or a mirror is checked like the repository itself.
        let last =
            |u: &str| u.trim_end_matches('/').trim_end_matches(".git").rsplit(['/', ':']).next().map(str::to_string);
        Some(known.any(|k| repository::same(k, url) || last(k) == last(url)))
    }
}

/// Why a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    Missing,
    Outside,
}

/// Whether a folder is named like one that holds clusters.
fn holds_clusters(folder: &Path) -> bool {
    folder.file_name().is_some_and(|n| names::holds_clusters(&n.to_string_lossy()))
}

/// The folder that a repository without `.git` most likely has for its root: that above `clusters`, else that above the
/// folder with the clusters; the path itself where it is one cluster.
fn above_clusters(first: &Path, drafts: &[Draft]) -> PathBuf {
    let holder = first.ancestors().find(|a| holds_clusters(a));
    let paths = || drafts.iter().flat_map(|d| &d.paths).filter(|p| p.is_absolute());
    let common = || first.ancestors().find(|a| paths().all(|p| p.starts_with(a))).unwrap_or(first);
    let folder = match holder {
        Some(holder) => holder.parent().unwrap_or(first),
        None if drafts.len() > 1 => common().parent().unwrap_or(first),
        None => common(),
    };
    if folder.is_file() { folder.parent().unwrap_or(folder).to_path_buf() } else { folder.to_path_buf() }
}
