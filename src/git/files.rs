//! The files of a commit, as a checkout would lay them out, read from Git's objects.
//!
//! A tree is untrusted: its names may lead anywhere, its links too, and it may hold the same name twice. Files are
//! written before links, so that nothing is ever written through one, and nothing that exists is written over.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Stdio};

use super::{Commit, Repository, failed, first_line, os_string};
use crate::discover::{self, UsageError};
use crate::workspace::MAX_BYTES;

/// The most files of a commit.
const MAX_FILES: usize = 2_000_000;

/// The most bytes of all of them that are written.
const MAX_TOTAL: u64 = 8 << 30;

/// The longest file that is written and is no manifest by its name.
const MAX_OTHER: u64 = 16 << 20;

/// The longest target of a link.
const MAX_TARGET: u64 = 4096;

/// How deep submodules may lie in submodules.
const MAX_SUBMODULES: usize = 4;

/// The files of a commit, in a temporary folder that goes when this does.
#[derive(Debug)]
pub struct Files {
    /// The folder that the root of the repository stands in; it has the same name.
    pub root: PathBuf,
    /// What is missing there.
    pub unread: Vec<Unread>,
    /// Removes all of it.
    _folder: tempfile::TempDir,
}

/// A file of a commit that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file or folder, relative to the root of the repository.
    pub path: String,
    /// Why, as a phrase.
    pub reason: String,
}

/// A file or a link of a tree.
struct Entry {
    id: String,
    path: PathBuf,
    is_link: bool,
}

/// What has to be written.
#[derive(Default)]
struct Plan {
    /// For the repository and each submodule in it: where its objects are, and what is read of them.
    parts: Vec<(Repository, Vec<Entry>)>,
    unread: Vec<Unread>,
    files: usize,
}

impl Plan {
    fn skip(&mut self, path: &Path, reason: &str) {
        self.unread.push(Unread { path: path.to_string_lossy().into_owned(), reason: reason.into() });
    }
}

impl Repository {
    /// Writes the files of a commit into a temporary folder. That folder is marked as a repository with the same
    /// remotes, since what is in a repository is read up to its root, and what is elsewhere is known by its URL.
    ///
    /// # Errors
    /// An object is not there, or the folder cannot be written.
    pub fn files(&self, commit: &Commit) -> Result<Files, UsageError> {
        let folder = tempfile::Builder::new().prefix("meshlint").tempdir().map_err(|e| unwritable(&e))?;
        let real = fs::canonicalize(folder.path()).map_err(|e| unwritable(&e))?;
        // By the same name: folders give clusters their names.
        let root = real.join(self.root.file_name().unwrap_or("repository".as_ref()));
        let mut plan = Plan::default();
        self.list(&commit.id, Path::new(""), 0, &mut plan)?;
        let mark = root.join(".git");
        let remotes = discover::remotes(&self.root).iter().map(|url| format!("[remote]\n\turl = {url}\n")).collect();
        let remotes: String = remotes;
        fs::create_dir_all(&mark).and_then(|()| fs::write(mark.join("config"), remotes)).map_err(|e| unwritable(&e))?;
        let mut writer = Writer { real: &self.root, root: &root, links: Vec::new(), total: 0, unread: plan.unread };
        for (repository, entries) in &plan.parts {
            repository.read(entries, &mut |entry, content| writer.write(entry, content))?;
        }
        writer.link()?;
        Ok(Files { unread: writer.unread, root, _folder: folder })
    }

    /// Lists the files of a tree, and those of its submodules that are checked out.
    fn list(&self, tree: &str, above: &Path, depth: usize, plan: &mut Plan) -> Result<(), UsageError> {
        let mut command = self.command();
        command.args(["ls-tree", "-r", "-z", "--full-tree", tree]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = Running(command.spawn().map_err(|e| failed(&e))?);
        let mut out = BufReader::new(child.0.stdout.take().ok_or_else(|| failed(&io::ErrorKind::BrokenPipe.into()))?);
        let (mut entries, mut submodules, mut line) = (Vec::new(), Vec::new(), Vec::new());
        while out.by_ref().take(1 << 16).read_until(0, &mut line).map_err(|e| failed(&e))? > 0 {
            let parsed = parse(&line);
            line.clear();
            let Some((mode, id, path)) = parsed else { continue };
            let path = above.join(path);
            plan.files += 1;
            if plan.files > MAX_FILES {
                let message = format!("the earlier state has more than {MAX_FILES} files");
                return Err(UsageError { message, help: None });
            }
            match mode.as_str() {
                _ if !is_safe(&path) => plan.skip(&path, "a name that no checkout would write"),
                "160000" => submodules.push((id, path)),
                "120000" => entries.push(Entry { id, path, is_link: true }),
                _ => entries.push(Entry { id, path, is_link: false }),
            }
        }
        if !child.0.wait().is_ok_and(|status| status.success()) {
            return Err(missing(&format!("its list of files ({tree})")));
        }
        plan.parts.push((self.clone(), entries));
        for (id, path) in submodules {
            let inner = Self { root: self.root.join(path.strip_prefix(above).unwrap_or(&path)), git: self.git.clone() };
            if fs::symlink_metadata(inner.root.join(".git")).is_err() {
                // Nothing of it is here now, either.
                continue;
            }
            if depth == MAX_SUBMODULES || inner.list(&id, &path, depth + 1, plan).is_err() {
                plan.skip(&path, "a submodule whose earlier commit is not here");
            }
        }
        Ok(())
    }

    /// Reads the contents of files, and passes each on.
    fn read(
        &self,
        entries: &[Entry],
        take: &mut dyn FnMut(&Entry, &mut Content<'_>) -> Result<(), UsageError>,
    ) -> Result<(), UsageError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut command = self.command();
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = Running(command.spawn().map_err(|e| failed(&e))?);
        let (Some(stdin), Some(stdout)) = (child.0.stdin.take(), child.0.stdout.take()) else {
            return Err(failed(&io::ErrorKind::BrokenPipe.into()));
        };
        std::thread::scope(|scope| {
            // By a thread of its own: git answers before it has been asked everything. It ends early when git does.
            scope.spawn(move || {
                let mut stdin = BufWriter::new(stdin);
                entries.iter().try_for_each(|e| writeln!(stdin, "{}", e.id)).and_then(|()| stdin.flush())
            });
            let mut out = BufReader::with_capacity(1 << 16, stdout);
            let mut all = || {
                for entry in entries {
                    let mut header = String::new();
                    out.by_ref().take(256).read_line(&mut header).map_err(|e| failed(&e))?;
                    let size = header.trim_end().rsplit_once(" blob ").and_then(|(_, size)| size.parse().ok());
                    let size: u64 = size.ok_or_else(|| missing(&entry.path.to_string_lossy()))?;
                    let mut content = Content { size, rest: out.by_ref().take(size) };
                    take(entry, &mut content)?;
                    io::copy(&mut content.rest, &mut io::sink()).map_err(|e| failed(&e))?;
                    out.read_exact(&mut [0]).map_err(|e| failed(&e))?;
                }
                Ok(())
            };
            let result = all();
            child.stop();
            result
        })
    }
}

/// A file's content, while it comes.
struct Content<'a> {
    size: u64,
    rest: io::Take<&'a mut BufReader<std::process::ChildStdout>>,
}

/// Writes files at once, and links when all files are there.
struct Writer<'a> {
    /// The root of the repository itself.
    real: &'a Path,
    /// What stands for it.
    root: &'a Path,
    links: Vec<(PathBuf, PathBuf)>,
    total: u64,
    unread: Vec<Unread>,
}

impl Writer<'_> {
    fn write(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), UsageError> {
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
                fs::create_dir_all(parent)?;
                create()
            }
            _ => Err(e),
        });
        self.check(&entry.path, file.and_then(|mut f| f.write_all(&bytes)))
    }

    fn link(&mut self) -> Result<(), UsageError> {
        for (path, target) in std::mem::take(&mut self.links) {
            let target = moved_target(&target, &path, self.real, self.root);
            let at = self.root.join(&path);
            let parent = at.parent().map_or(Ok(()), fs::create_dir_all);
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

/// Mode, object and path of a line of `git ls-tree -z`.
fn parse(line: &[u8]) -> Option<(String, String, PathBuf)> {
    let tab = line.iter().position(|b| *b == b'\t')?;
    let head = std::str::from_utf8(&line[..tab]).ok()?;
    let mut words = head.split(' ');
    let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
    let path = line[tab + 1..].strip_suffix(&[0])?.to_vec();
    Some((mode.into(), id.into(), os_string(path).into()))
}

/// Whether a path stays in the folder that it is joined to, and out of Git's own.
fn is_safe(path: &Path) -> bool {
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

/// A program that does not outlive what reads from it.
struct Running(Child);

impl Running {
    fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

fn unwritable(error: &io::Error) -> UsageError {
    let folder = std::env::temp_dir();
    let message = format!("the earlier state cannot be written to {}: {error}", folder.display());
    UsageError { message, help: Some("TMPDIR says where it goes".into()) }
}

fn missing(what: &str) -> UsageError {
    let message = format!("an object of the earlier state is not in this clone: {}", first_line(what));
    let help = "a partial clone lacks it: `git fetch --refetch --no-filter` fetches all of them";
    UsageError { message, help: Some(help.into()) }
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

    #[test]
    fn lines_of_a_tree() {
        let line = b"100644 blob 0123abcd\ta\tb\nc\0";
        assert_eq!(parse(line), Some(("100644".into(), "0123abcd".into(), "a\tb\nc".into())));
        assert_eq!(parse(b"garbage\0"), None);
    }
}
