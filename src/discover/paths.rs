//! Where paths lead, links followed: each file and folder is asked of the system once in a run.

use std::fs::{self, FileType};
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

use rustc_hash::FxHashMap;

/// The paths that were asked for.
pub(super) struct Paths {
    /// Nothing outside of this folder is read.
    boundary: PathBuf,
    known: Mutex<FxHashMap<PathBuf, Option<Real>>>,
}

/// What a path leads to.
#[derive(Clone, Debug)]
pub(super) struct Real {
    /// The path without links.
    pub(super) path: PathBuf,
    kind: FileType,
}

impl Real {
    pub(super) fn is_dir(&self) -> bool {
        self.kind.is_dir()
    }

    pub(super) fn is_file(&self) -> bool {
        self.kind.is_file()
    }
}

impl Paths {
    pub(super) fn new(boundary: PathBuf) -> Self {
        Self { boundary, known: Mutex::default() }
    }

    /// The folder that nothing outside of is read.
    pub(super) fn boundary(&self) -> &Path {
        &self.boundary
    }

    /// Whether a path without links is in that folder.
    pub(super) fn is_inside(&self, real: &Path) -> bool {
        real.starts_with(&self.boundary)
    }

    /// A path as seen from that folder, as the same in every copy of the repository.
    pub(super) fn inner<'p>(&self, real: &'p Path) -> &'p Path {
        real.strip_prefix(&self.boundary).unwrap_or(real)
    }

    /// What a path leads to from a folder, whose own path has no links; `None` where nothing is there.
    pub(super) fn real(&self, folder: &Path, path: &str) -> Option<Real> {
        let written = Path::new(path);
        if written.has_root() || written.components().any(|c| matches!(c, Component::Prefix(_))) {
            return self.look(written.to_path_buf(), true);
        }
        let mut at = folder.to_path_buf();
        // What stands there last; not known before the first name.
        let mut last: Option<Real> = None;
        for part in written.components() {
            if last.as_ref().is_some_and(|l| !l.is_dir()) {
                return None;
            }
            match part {
                // The path so far has no links: the folder above is that of the path.
                Component::ParentDir => {
                    at.pop();
                    last = None;
                }
                Component::Normal(name) => {
                    let real = self.look(at.join(name), false)?;
                    at.clone_from(&real.path);
                    last = Some(real);
                }
                _ => {}
            }
        }
        let needs_folder = path.ends_with(std::path::is_separator) || path.ends_with("/.");
        last.or_else(|| self.look(at, false)).filter(|real| real.is_dir() || !needs_folder)
    }

    /// What is at a path; only its last name may be a link, unless it is `wild`.
    fn look(&self, path: PathBuf, wild: bool) -> Option<Real> {
        if let Some(known) = self.known.lock().ok()?.get(&path) {
            return known.clone();
        }
        let real = look(&path, wild);
        self.known.lock().ok()?.insert(path, real.clone());
        real
    }
}

fn look(path: &Path, wild: bool) -> Option<Real> {
    // Elsewhere one file may have many names: in other letters, in another form of Unicode.
    let is_exact = cfg!(target_os = "linux");
    let kind = fs::symlink_metadata(path).ok()?.file_type();
    if is_exact && !wild && !kind.is_symlink() {
        return Some(Real { path: path.to_path_buf(), kind });
    }
    let path = fs::canonicalize(path).ok()?;
    let kind = fs::symlink_metadata(&path).ok()?.file_type();
    Some(Real { path, kind })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_the_system_leads_them() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::create_dir_all(root.join("c/d")).unwrap();
        fs::write(root.join("c/file"), "").unwrap();
        let link = std::os::unix::fs::symlink::<&str, PathBuf>;
        link("../../c/d", root.join("a/b/far")).unwrap();
        link("nowhere", root.join("a/broken")).unwrap();
        link("loop", root.join("a/loop")).unwrap();
        link("/", root.join("a/out")).unwrap();
        let paths = Paths::new(root.clone());
        for path in [
            ".",
            "..",
            "b",
            "b/far",
            "b/far/..",
            "b/far/../file",
            "./b//../b/",
            "broken",
            "loop",
            "loop/x",
            "out",
            "../c/file",
            "../c/file/",
            "../c/file/.",
            "../c/file/..",
            "../c/file/../file",
            "missing/..",
            "missing",
            "",
            "/",
            "/..",
            "../../../../../../../../..",
        ] {
            for _ in 0..2 {
                let real = paths.real(&root.join("a"), path);
                let expected = fs::canonicalize(root.join("a").join(path)).ok();
                assert_eq!(real.map(|r| r.path), expected, "{path}");
            }
        }
        assert!(paths.is_inside(&paths.real(&root, "a/b/far").unwrap().path));
        assert!(!paths.is_inside(&paths.real(&root, "a/out").unwrap().path));
        assert_eq!(paths.inner(&root.join("c/file")), Path::new("c/file"));
    }
}
