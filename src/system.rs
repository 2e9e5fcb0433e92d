//! The operating system: its errors in words, and temporary folders that are gone when a run is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fs, io, mem, thread};

use tempfile::TempDir;

/// The temporary folders that are there now.
static FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// How long a folder is removed again that threads still write to.
const TRIES: (usize, Duration) = (200, Duration::from_millis(2));

/// A temporary folder. It goes when this does, and when a signal ends the program.
#[derive(Debug)]
pub(crate) struct Scratch(TempDir);

impl Scratch {
    /// Makes one, in the folder that `TMPDIR` names.
    pub(crate) fn new() -> io::Result<Self> {
        let mut folders = folders();
        let folder = tempfile::Builder::new().prefix("meshlint-").tempdir()?;
        folders.insert(folder.path().to_path_buf());
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The folder itself goes after this, with its field; by then a signal has no need to know of it.
        let _ = fs::remove_dir_all(self.path());
        folders().remove(self.path());
    }
}

/// Removes all temporary folders. The program ends after this: nothing makes another one.
pub(crate) fn remove_scratch() {
    let folders = folders();
    for folder in folders.iter() {
        // A thread that writes into it may be faster; once the folder is gone it stops (see [`create_below`]).
        for _ in 0..TRIES.0 {
            if fs::remove_dir_all(folder).is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
                break;
            }
            thread::sleep(TRIES.1);
        }
    }
    mem::forget(folders);
}

/// Makes the folders that lead from `root` to `path` in it. A root that is gone, as a signal takes it away, is not made
/// again.
///
/// # Errors
/// There is no root, the path is not in it, or a folder cannot be made.
pub(crate) fn create_below(root: &Path, path: &Path) -> io::Result<()> {
    let mut at = root.to_path_buf();
    for step in path.strip_prefix(root).map_err(io::Error::other)?.components() {
        at.push(step);
        fs::create_dir(&at).or_else(|e| if e.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(e) })?;
    }
    Ok(())
}

fn folders() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error without its number, and without the name of a file that nobody has given.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code).to_string(),
        None => error.to_string(),
    };
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_gone_is_not_made_again() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("root");
        assert_eq!(create_below(&root, &root.join("a/b")).map_err(|e| e.kind()), Err(io::ErrorKind::NotFound));
        fs::create_dir(&root).unwrap();
        create_below(&root, &root.join("a/b")).unwrap();
        create_below(&root, &root.join("a/b/c")).unwrap();
        assert!(root.join("a/b/c").is_dir());
    }

    #[test]
    fn errors_are_said_in_words() {
        let error = fs::read("/no/such/file").unwrap_err();
        assert_eq!(plain(&error), "no such file or directory");
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("no/such");
        let error = tempfile::Builder::new().tempfile_in(inside).unwrap_err();
        assert_eq!(plain(&error), "no such file or directory", "without the name of the temporary file");
    }

    #[test]
    fn a_temporary_folder_goes_with_its_owner() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_path_buf();
        fs::write(path.join("a"), "a").unwrap();
        drop(scratch);
        assert!(!path.exists() && !folders().contains(&path));
    }
}
