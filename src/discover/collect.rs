//! The files that a folder applies, and what it holds besides.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::helm;
use super::kustomize::is_kustomization;
use super::skip::Why;
use super::walk::{Entry, Folder, Tool};

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Where it is.
    pub(super) path: PathBuf,
    /// The path as people know it.
    pub(super) shown: String,
    /// Whether links lead there, so that the path is perhaps not its only one.
    pub(super) link: bool,
}

/// A folder that Kustomize builds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BuiltFolder {
    /// Where it is.
    pub(super) path: PathBuf,
    /// The path as people know it.
    pub(super) shown: String,
    /// The manifests in it and below it, but for folders that are built themselves.
    pub(super) files: Vec<Found>,
}

/// What one cluster applies, as far as names tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Collected {
    /// Files to read, sorted.
    pub(super) files: Vec<Found>,
    /// Folders that Kustomize builds.
    pub(super) built: Vec<BuiltFolder>,
    /// What is not read, sorted.
    pub(super) skipped: Vec<(String, Why)>,
    /// How much ignore files and the configuration leave out.
    pub(super) ignored: usize,
}

impl Collected {
    /// Adds what the cluster applies from another place; what is in both counts once.
    pub(super) fn append(&mut self, mut other: Self) {
        self.files.append(&mut other.files);
        self.built.append(&mut other.built);
        self.skipped.append(&mut other.skipped);
        self.ignored += other.ignored;
        self.files.sort();
        self.files.dedup();
        self.built.sort();
        self.built.dedup();
    }

    /// What is in a folder and below it.
    pub(super) fn folder(&mut self, folder: &Folder) {
        if folder.tool == Tool::Kustomize {
            self.built(folder);
            return;
        }
        self.ignored += folder.ignored;
        for entry in &folder.entries {
            match entry {
                Entry::Folder(inner) if helm::holds_templates(folder, inner) => self.templates(inner),
                Entry::Folder(inner) => self.folder(inner),
                other => self.file(folder, other),
            }
        }
    }

    /// A folder with a kustomization: its files, and the folders below that have one, too.
    fn built(&mut self, folder: &Folder) {
        let mut inner = Self::default();
        for entry in &folder.entries {
            match entry {
                Entry::Folder(below) => inner.folder(below),
                Entry::File { name, .. } if is_kustomization(name) => {}
                other => inner.file(folder, other),
            }
        }
        self.ignored += folder.ignored + inner.ignored;
        self.skipped.append(&mut inner.skipped);
        self.built.push(BuiltFolder { path: folder.path.clone(), shown: shown_or_dot(folder), files: inner.files });
        self.built.append(&mut inner.built);
    }

    /// One file of a folder, or what is there in place of one.
    pub(super) fn file(&mut self, folder: &Folder, entry: &Entry) {
        match entry {
            Entry::File { name, link } => {
                let found = Found { path: folder.path.join(name), shown: folder.shown_of(name), link: *link };
                self.files.push(found);
            }
            Entry::Skipped { name, why } => self.skip(folder, name, why),
            Entry::Folder(_) => {}
        }
    }

    fn skip(&mut self, folder: &Folder, name: &OsStr, why: &Why) {
        let shown = if name.is_empty() { shown_or_dot(folder) } else { folder.shown_of(name) };
        self.skipped.push((shown, why.clone()));
    }

    fn templates(&mut self, folder: &Folder) {
        for entry in &folder.entries {
            match entry {
                Entry::Folder(inner) => self.templates(inner),
                Entry::File { name, .. } => self.skip(folder, name, &Why::HelmTemplate),
                Entry::Skipped { name, why } => self.skip(folder, name, why),
            }
        }
    }
}

/// The path of a folder as people know it, and `.` for the working directory.
pub(super) fn shown_or_dot(folder: &Folder) -> String {
    if folder.shown.is_empty() { ".".into() } else { folder.shown.clone() }
}
