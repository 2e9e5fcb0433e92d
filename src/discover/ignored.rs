//! What `.gitignore`, `.ignore`, `.sourceignore` and the configuration's `exclude` leave out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The ignore files that hold in a folder: its own, and through `above` those of the folders above it.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignores(Option<Arc<Level>>);

#[derive(Debug)]
struct Level {
    above: Ignores,
    git: Option<Gitignore>,
    plain: Option<Gitignore>,
    /// The folder is a Git repository: what `.gitignore` files above it say does not hold in it.
    is_repository: bool,
}

impl Ignores {
    /// What holds above `folder`: `.ignore` files, and inside of a Git repository its `.gitignore` files.
    pub(super) fn above(folder: &Path, repository: Option<&Path>) -> Self {
        let mut ancestors: Vec<&Path> = folder.ancestors().skip(1).collect();
        ancestors.reverse();
        let mut ignores = Self::default();
        for ancestor in ancestors {
            let in_repository = repository.is_some_and(|r| ancestor.starts_with(r));
            let has = |name: &str| ancestor.join(name).is_file();
            ignores = ignores.enter(
                ancestor,
                in_repository && has(".gitignore"),
                has(".ignore"),
                repository == Some(ancestor),
            );
        }
        ignores
    }

    /// What holds in a folder that has these ignore files.
    pub(super) fn enter(&self, folder: &Path, git: bool, plain: bool, is_repository: bool) -> Self {
        if !git && !plain && !is_repository {
            return self.clone();
        }
        let load = |name: &str, is_there: bool| is_there.then(|| Gitignore::new(folder.join(name)).0);
        Self(Some(Arc::new(Level {
            above: self.clone(),
            git: load(".gitignore", git),
            plain: load(".ignore", plain),
            is_repository,
        })))
    }

    /// Whether an entry is left out. The nearest file that says something about it decides, `.ignore` before
    /// `.gitignore`.
    pub(super) fn leave_out(&self, path: &Path, is_folder: bool) -> bool {
        let mut level = self.0.as_deref();
        while let Some(l) = level {
            if let Some(says) = says(l.plain.as_ref(), path, is_folder) {
                return says;
            }
            level = l.above.0.as_deref();
        }
        let mut level = self.0.as_deref();
        while let Some(l) = level {
            if let Some(says) = says(l.git.as_ref(), path, is_folder) {
                return says;
            }
            if l.is_repository {
                break;
            }
            level = l.above.0.as_deref();
        }
        false
    }
}

fn says(file: Option<&Gitignore>, path: &Path, is_folder: bool) -> Option<bool> {
    let says = file?.matched(path, is_folder);
    if says.is_none() { None } else { Some(says.is_ignore()) }
}

/// What a source of Flux leaves out of the repository: its `ignore`, which wins over `.sourceignore` files.
pub(super) struct SourceIgnores(Vec<Gitignore>);

impl SourceIgnores {
    /// What holds in a folder of the repository at `root`.
    pub(super) fn of(root: &Path, folder: &Path, ignore: Option<&str>) -> Self {
        let own = |text: &str| {
            let mut builder = GitignoreBuilder::new(root);
            for line in text.lines() {
                let _ = builder.add_line(None, line);
            }
            builder.build().unwrap_or_else(|_| Gitignore::empty())
        };
        let folders = folder.ancestors().take_while(|a| a.starts_with(root));
        let files = folders.map(|f| f.join(".sourceignore")).filter(|p| p.is_file()).map(|p| Gitignore::new(p).0);
        Self(ignore.map(own).into_iter().chain(files).collect())
    }

    /// Whether a file or folder is left out.
    pub(super) fn leave_out(&self, path: &Path, is_folder: bool) -> bool {
        let says = |file: &Gitignore| {
            let says = path.starts_with(file.path()).then(|| file.matched_path_or_any_parents(path, is_folder))?;
            if says.is_none() { None } else { Some(says.is_ignore()) }
        };
        self.0.iter().find_map(says).unwrap_or(false)
    }
}

/// The folder of the Git repository that a path is in.
pub(super) fn repository_of(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|a| a.join(".git").exists()).map(Path::to_path_buf)
}

/// The configuration's `exclude`: globs as in a `.gitignore` of `root`. Globs that are none are left out.
pub(super) fn excludes(root: &Path, globs: &[String]) -> Gitignore {
    let mut builder = GitignoreBuilder::new(root);
    for glob in globs {
        let _ = builder.add_line(None, glob);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}
