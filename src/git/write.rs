//! Writing a commit's files.
//!
//! A tree is untrusted: its names may lead anywhere, its links too, and it may hold the same name twice. Files are
//! written before links, so that nothing is ever written through one, and nothing that exists is written over.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::ChildStdout;

use super::{Unread, failed, os_string};
use crate::discover::UsageError;
use crate::system::{create_below, plain};
use crate::workspace::MAX_BYTES;

/// The most bytes of all of them that are written.
const MAX_TOTAL: u64 = 8 << 30;

/// The longest file that is written and is no manifest by its name.
const MAX_OTHER: u64 = 16 << 20;

/// The longest target of a link.
const MAX_TARGET: u64 = 4096;

/// A file or a link of a tree.
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) path: PathBuf,
    pub(super) is_link: bool,
}

/// A file's content, while it comes.
pub(super) struct Content<'a> {
    pub(super) size: u64,
    pub(super) rest: io::Take<&'a mut BufReader<ChildStdout>>,
}

/// Writes files at once, and links when all files are there.
pub(super) struct Writer<'a> {
    /// The root of the repository itself.
    real: &'a Path,
    /// What stands for it.
    root: &'a Path,
    links: Vec<(PathBuf, PathBuf)>,
    total: u64,
    pub(super) unread: Vec<Unread>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(real: &'a Path, root: &'a Path, unread: Vec<Unread>) -> Self {
        Self { real, root, links: Vec::new(), total: 0, unread }
    }

    pub(super) fn write(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), UsageError> {
        let limit = match entry.path.extension() {
            _ if entry.is_link => MAX_TARGET,
            Some(e) if ["yaml", "yml", "json"].iter().any(|m| e.eq_ignore_ascii_case(m)) => MAX_BYTES,
            _ => MAX_OTHER,
        };
        if content.size > limit {
            self.skip(&entry.path, &format!("larger than {} MiB", limit >> 20));
            return Ok(());
        }
        self.total += content.size;
        if self.total > MAX_TOTAL {
            let message = format!("the earlier state has more than {} GiB", MAX_TOTAL >> 30);
            return Err(UsageError { message, help: None });
        }
        let mut bytes = Vec::with_capacity(content.size as usize);
        content.rest.read_to_end(&mut bytes).map_err(|e| failed(&e))?;
        if entry.is_link {
            self.links.push((entry.path.clone(), os_string(bytes).into()));
            return Ok(());
        }
        let path = self.root.join(&entry.path);
        let create = || File::options().write(true).create_new(true).open(&path);
        let file = create().or_else(|e| match path.parent() {
            Some(parent) if e.kind() == io::ErrorKind::NotFound => {
                create_below(self.root, parent)?;
                create()
            }
            _ => Err(e),
        });
        self.check(&entry.path, file.and_then(|mut f| f.write_all(&bytes)))
    }

    pub(super) fn link(&mut self) -> Result<(), UsageError> {
        for (path, target) in std::mem::take(&mut self.links) {
            let target = moved_target(&target, &path, self.real, self.root);
            let at = self.root.join(&path);
            let parent = at.parent().map_or(Ok(()), |p| create_below(self.root, p));
            self.check(&path, parent.and_then(|()| symlink(&target, &at)))?;
        }
        Ok(())
    }

    /// A name that this system cannot write, or that was there before, costs that file only.
    fn check(&mut self, path: &Path, result: io::Result<()>) -> Result<(), UsageError> {
        use io::ErrorKind::{AlreadyExists, InvalidFilename, InvalidInput, IsADirectory, NotADirectory};
        match result {
            Err(e)
                if matches!(
                    e.kind(),
                    AlreadyExists | InvalidFilename | InvalidInput | IsADirectory | NotADirectory
                ) =>
            {
                self.skip(path, "a name that cannot be written beside the others");
                Ok(())
            }
            other => other.map_err(|e| unwritable(&e)),
        }
    }

    fn skip(&mut self, path: &Path, reason: &str) {
        self.unread.push(Unread { path: path.to_string_lossy().into_owned(), reason: reason.into() });
    }
}

/// Whether a path stays in the folder that it is joined to, and out of Git's own.
pub(super) fn is_safe(path: &Path) -> bool {
    // By its text: the components leave out what is between two `/`, and `.`.
    let text = path.as_os_str().as_encoded_bytes();
    let is_plain = |part: &[u8]| !matches!(part, b"" | b"." | b"..") && !part.eq_ignore_ascii_case(b".git");
    text.split(|b| *b == b'/').all(is_plain) && path.components().all(|c| matches!(c, Component::Normal(_)))
}

/// Where a link has to lead so that it means in `root` what it means in `real`: what leads out of the repository leads
/// to the same place, so that it is refused for the same reason.
fn moved_target(target: &Path, link: &Path, real: &Path, root: &Path) -> PathBuf {
    let from = real.join(link);
    let full = without_dots(&from.parent().unwrap_or(real).join(target));
    match full.strip_prefix(real) {
        Ok(rest) if target.is_absolute() => root.join(rest),
        Ok(_) => target.to_path_buf(),
        Err(_) => full,
    }
}

/// The path without `.` and `..`, by its text.
pub(crate) fn without_dots(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(unix)]
fn symlink(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

/// As Git does where there are no links: a file that holds the target.
#[cfg(not(unix))]
fn symlink(target: &Path, at: &Path) -> io::Result<()> {
    File::options().write(true).create_new(true).open(at)?.write_all(target.as_os_str().as_encoded_bytes())
}

pub(super) fn unwritable(error: &io::Error) -> UsageError {
    let folder = std::env::temp_dir();
    let message = format!("the earlier state cannot be written to {}: {}", folder.display(), plain(error));
    UsageError { message, help: Some("TMPDIR says where it goes".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["../a", "a/../b", "/etc/x", "a//b", "./a", ".git/config", "a/.GIT/hooks/x", "", "a/"] {
            assert!(!is_safe(Path::new(name)), "{name}");
        }
        for name in ["a", "a/b c.yaml", ".gitignore", "..a/b...", "é/日.yaml"] {
            assert!(is_safe(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn links_mean_what_they_meant() {
        let to = |target: &str| {
            let (real, root) = (Path::new("/home/repo"), Path::new("/tmp/x/repo"));
            moved_target(Path::new(target), Path::new("a/link"), real, root).to_string_lossy().into_owned()
        };
        assert_eq!(to("../b/c"), "../b/c");
        assert_eq!(to("/home/repo/b"), "/tmp/x/repo/b");
        assert_eq!(to("../../other"), "/home/other");
        assert_eq!(to("/etc/passwd"), "/etc/passwd");
    }
}
