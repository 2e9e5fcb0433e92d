//! The files of a commit, as a checkout would lay them out, read from Git's objects.
//!
//! `git ls-tree` lists them, one `git cat-file --batch` gives their contents, and `write` puts them down.

use std::fs;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::write::{Content, Entry, Writer, is_safe, unwritable};
use super::{Commit, Repository, failed, first_line, os_string};
use crate::discover::{self, UsageError};
use crate::system::{Scratch, create_below};

/// The most files of a commit.
const MAX_FILES: usize = 2_000_000;

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
    _folder: Scratch,
}

/// A file of a commit that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file or folder, relative to the root of the repository.
    pub path: String,
    /// Why, as a phrase.
    pub reason: String,
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
        let folder = Scratch::new().map_err(|e| unwritable(&e))?;
        let real = fs::canonicalize(folder.path()).map_err(|e| unwritable(&e))?;
        // By the same name: folders give clusters their names.
        let root = real.join(self.root.file_name().unwrap_or("repository".as_ref()));
        let mut plan = Plan::default();
        self.list(&commit.id, Path::new(""), 0, &mut plan)?;
        let mark = root.join(".git");
        let remotes = discover::remotes(&self.root).iter().map(|url| format!("[remote]\n\turl = {url}\n")).collect();
        let remotes: String = remotes;
        create_below(&real, &mark)
            .and_then(|()| fs::write(mark.join("config"), remotes))
            .map_err(|e| unwritable(&e))?;
        let mut writer = Writer::new(&self.root, &root, plan.unread);
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

/// Mode, object and path of a line of `git ls-tree -z`.
fn parse(line: &[u8]) -> Option<(String, String, PathBuf)> {
    let tab = line.iter().position(|b| *b == b'\t')?;
    let head = std::str::from_utf8(&line[..tab]).ok()?;
    let mut words = head.split(' ');
    let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
    let path = line[tab + 1..].strip_suffix(&[0])?.to_vec();
    Some((mode.into(), id.into(), os_string(path).into()))
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

fn missing(what: &str) -> UsageError {
    let message = format!("an object of the earlier state is not in this clone: {}", first_line(what));
    let help = "a partial clone lacks it: `git fetch --refetch --no-filter` fetches all of them";
    UsageError { message, help: Some(help.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_tree() {
        let line = b"100644 blob 0123abcd\ta\tb\nc\0";
        assert_eq!(parse(line), Some(("100644".into(), "0123abcd".into(), "a\tb\nc".into())));
        assert_eq!(parse(b"garbage\0"), None);
    }
}
