//! Walking a tree: which folders and manifest files there are. Only ignore files are opened.

use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use ignore::gitignore::Gitignore;
use rayon::prelude::*;

use super::ignored::{self, Ignores};
use super::skip::Why;
use super::{helm, kustomize};
use crate::config;

/// The deepest nesting of folders that is walked.
const MAX_DEPTH: usize = 100;

/// The most links to folders that are followed on one way down, and in one walk.
const MAX_LINKS: (usize, usize) = (3, 10_000);

/// A folder and what is in it, sorted by name.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Where it is.
    pub(super) path: PathBuf,
    /// The path as people know it; empty for the working directory.
    pub(super) shown: String,
    pub(super) name: String,
    pub(super) entries: Vec<Entry>,
    pub(super) tool: Tool,
    /// How many entries ignore files and the configuration leave out.
    pub(super) ignored: usize,
    /// Whether there is anything else in it.
    pub(super) others: bool,
}

/// What makes manifests of a folder's files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tool {
    /// Nothing does: they are manifests.
    #[default]
    None,
    Kustomize,
    Helm,
}

/// Something in a folder.
#[derive(Debug)]
pub(super) enum Entry {
    Folder(Box<Folder>),
    /// A file whose name says YAML or JSON.
    File {
        name: OsString,
        link: bool,
    },
    Skipped {
        name: OsString,
        why: Why,
    },
}

impl Entry {
    pub(super) fn name(&self) -> &OsStr {
        match self {
            Self::Folder(f) => f.path.file_name().unwrap_or_default(),
            Self::File { name, .. } | Self::Skipped { name, .. } => name,
        }
    }
}

impl Folder {
    /// The folders in it.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Folder> {
        self.entries.iter().filter_map(|e| if let Entry::Folder(f) = e { Some(&**f) } else { None })
    }

    /// The names of the files in it.
    pub(super) fn files(&self) -> impl Iterator<Item = &OsStr> {
        self.entries.iter().filter_map(|e| if let Entry::File { name, .. } = e { Some(name.as_os_str()) } else { None })
    }

    /// Whether there is a file in it, or below it.
    pub(super) fn holds_files(&self) -> bool {
        self.files().next().is_some() || self.folders().any(Self::holds_files)
    }

    /// The path of something in it, as people know it.
    pub(super) fn shown_of(&self, name: &OsStr) -> String {
        below(&self.shown, name)
    }
}

/// `folder/name`, as people know it.
pub(super) fn below(folder: &str, name: &OsStr) -> String {
    let name = name.to_string_lossy();
    match folder {
        "" | "." => name.into_owned(),
        "/" => format!("/{name}"),
        _ => format!("{folder}/{name}"),
    }
}

/// Whether a file's name says YAML or JSON.
pub(super) fn is_manifest_name(name: &OsStr) -> bool {
    let Some(extension) = Path::new(name).extension() else { return false };
    ["yaml", "yml", "json"].iter().any(|e| extension.eq_ignore_ascii_case(e))
}

/// What a walk goes by.
pub(super) struct Walker<'a> {
    /// The configuration's `exclude`.
    pub(super) excludes: &'a Gitignore,
    boundary: PathBuf,
    links: AtomicUsize,
}

/// Where a walk is.
#[derive(Clone)]
struct At {
    ignores: Ignores,
    depth: usize,
    /// The real folders that links on the way here led to.
    links: Vec<PathBuf>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(excludes: &'a Gitignore) -> Self {
        Self { excludes, boundary: PathBuf::new(), links: AtomicUsize::new(0) }
    }

    /// Walks the folder at `root`, a path without links in it.
    pub(super) fn walk(&mut self, root: &Path, shown: String, name: String) -> Folder {
        let repository = ignored::repository_of(root);
        let ignores = Ignores::above(root, repository.as_deref());
        self.boundary = repository.unwrap_or_else(|| root.to_path_buf());
        let mut folder = Folder { path: root.to_path_buf(), shown, name, ..Folder::default() };
        if let Err(why) = self.fill(&mut folder, &At { ignores, depth: 0, links: Vec::new() }) {
            folder.entries.push(Entry::Skipped { name: OsString::new(), why });
        }
        folder
    }

    /// The folder of that name, or why it cannot be listed.
    fn folder(&self, path: PathBuf, shown: String, name: OsString, at: &At) -> Entry {
        let mut folder = Folder { path, shown, name: name.to_string_lossy().into_owned(), ..Folder::default() };
        match self.fill(&mut folder, at) {
            Ok(()) => Entry::Folder(Box::new(folder)),
            Err(why) => Entry::Skipped { name, why },
        }
    }

    /// Lists what is in a folder.
    fn fill(&self, folder: &mut Folder, at: &At) -> Result<(), Why> {
        if at.depth > MAX_DEPTH {
            return Err(Why::TooDeep);
        }
        let mut listed: Vec<(OsString, FileType)> = Vec::new();
        for entry in fs::read_dir(&folder.path).map_err(|e| Why::io(&e))? {
            listed.push(entry.and_then(|e| Ok((e.file_name(), e.file_type()?))).map_err(|e| Why::io(&e))?);
        }
        listed.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let kind_of = |name: &str| {
            let at = listed.binary_search_by(|(n, _)| n.as_os_str().cmp(OsStr::new(name)));
            at.ok().map(|i| listed[i].1)
        };
        let has = |name: &str| kind_of(name).is_some_and(|kind| !kind.is_dir());
        folder.tool = match () {
            () if kustomize::is_built(&folder.path, &has) => Tool::Kustomize,
            () if helm::is_chart(&has) => Tool::Helm,
            () => Tool::None,
        };
        let has_file = |name: &str| kind_of(name).is_some_and(|kind| kind.is_file());
        let is_repository = kind_of(".git").is_some();
        let ignores = at.ignores.enter(&folder.path, has_file(".gitignore"), has_file(".ignore"), is_repository);
        let at = At { ignores, depth: at.depth + 1, links: at.links.clone() };
        let (shown, path) = (&folder.shown, &folder.path);
        let look = |(name, kind): (OsString, FileType)| self.entry(path, shown, name, kind, &at);
        // Only folders are worth another thread.
        let folders = listed.iter().filter(|(_, kind)| !kind.is_file()).count();
        let found: Vec<Result<Entry, LeftOut>> = if folders > 1 {
            listed.into_par_iter().map(look).collect()
        } else {
            listed.into_iter().map(look).collect()
        };
        folder.ignored = found.iter().filter(|e| matches!(e, Err(LeftOut::Ignored))).count();
        folder.others = found.iter().any(|e| matches!(e, Err(LeftOut::NotOurs)));
        folder.entries = found.into_iter().flatten().collect();
        folder.entries.shrink_to_fit();
        Ok(())
    }

    fn entry(&self, folder: &Path, shown: &str, name: OsString, kind: FileType, at: &At) -> Result<Entry, LeftOut> {
        if name.as_encoded_bytes().starts_with(b".") {
            return Err(LeftOut::Hidden);
        }
        if is_own(&name) {
            return Err(LeftOut::NotOurs);
        }
        let is_manifest = is_manifest_name(&name);
        if !kind.is_dir() && !kind.is_symlink() && !is_manifest {
            return Err(LeftOut::NotOurs);
        }
        let path = folder.join(&name);
        let is_folder = kind.is_dir() || (kind.is_symlink() && path.is_dir());
        if at.ignores.leave_out(&path, is_folder) || self.excludes.matched(&path, is_folder).is_ignore() {
            return if is_folder || is_manifest { Err(LeftOut::Ignored) } else { Err(LeftOut::NotOurs) };
        }
        if kind.is_file() {
            return Ok(Entry::File { name, link: !at.links.is_empty() });
        }
        let shown = below(shown, &name);
        if kind.is_dir() {
            return Ok(self.folder(path, shown, name, at));
        }
        if kind.is_symlink() {
            return self.link(path, shown, name, is_folder, at);
        }
        Ok(Entry::Skipped { name, why: Why::Special(special(kind)) })
    }

    fn link(&self, path: PathBuf, shown: String, name: OsString, is_folder: bool, at: &At) -> Result<Entry, LeftOut> {
        if !is_folder && !is_manifest_name(&name) {
            return Err(LeftOut::NotOurs);
        }
        let skipped = |name, why| Ok(Entry::Skipped { name, why });
        let Ok(target) = fs::canonicalize(&path) else {
            // A chain of links that ends nowhere, or in itself.
            return skipped(name, Why::LinkBroken);
        };
        if !target.starts_with(&self.boundary) {
            return skipped(name, Why::LinkOut);
        }
        if !is_folder {
            return match fs::metadata(&target) {
                Ok(data) if data.is_file() => Ok(Entry::File { name, link: true }),
                Ok(data) => skipped(name, Why::Special(special(data.file_type()))),
                Err(error) => skipped(name, Why::io(&error)),
            };
        }
        let from = path.parent().and_then(|p| fs::canonicalize(p).ok()).unwrap_or_default();
        if from.starts_with(&target) || at.links.contains(&target) {
            return skipped(name, Why::LinkLoop);
        }
        if at.links.len() >= MAX_LINKS.0 || self.links.fetch_add(1, Ordering::Relaxed) >= MAX_LINKS.1 {
            return skipped(name, Why::LinksWithoutEnd);
        }
        let mut at = at.clone();
        at.links.push(target);
        Ok(self.folder(path, shown, name, &at))
    }
}

enum LeftOut {
    /// By its name.
    Hidden,
    /// By an ignore file or the configuration.
    Ignored,
    /// No manifest by its name.
    NotOurs,
}

/// What meshlint itself reads and writes.
fn is_own(name: &OsStr) -> bool {
    config::NAMES.iter().chain([&config::BASELINE]).any(|own| name == *own)
}

/// What something is that is neither a file, a folder nor a link.
#[cfg(unix)]
pub(super) fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () if kind.is_block_device() || kind.is_char_device() => "a device",
        () if kind.is_dir() => "a folder",
        () => "something else",
    }
}

/// What something is that is neither a file, a folder nor a link.
#[cfg(not(unix))]
pub(super) fn special(_: FileType) -> &'static str {
    "something else"
}
