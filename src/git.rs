//! Git, by its program: which commit a name means, where a branch left another, and the files of a commit.
//!
//! Only objects are read. Nothing of the repository runs: no hook, no filter, no file system monitor; nothing is fetched,
//! nothing is written. The user's own configuration is read, since `safe.directory` stands there.

mod files;
mod reference;
mod write;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use files::{Files, Unread};
pub use reference::Commit;
pub(crate) use write::without_dots;

use crate::discover::UsageError;
use crate::render;

/// What makes git read, and do nothing else.
const READ_ONLY: [&str; 9] = [
    "--no-pager",
    "--no-optional-locks",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.allow=never",
];

/// What of the environment it gets, besides the configuration that its caller gives it by `GIT_CONFIG…`. `GIT_DIR` and
/// the like, which a hook's environment holds, are not among it: the repository is the one that the program is in.
const KEPT: [&str; 8] = [
    "PATH",
    "HOME",
    "XDG_CONFIG_HOME",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "SystemRoot",
    "GIT_CEILING_DIRECTORIES",
];

/// The repository that a folder is in.
#[derive(Clone, Debug)]
pub struct Repository {
    git: PathBuf,
    /// Its root, without links.
    pub root: PathBuf,
}

impl Repository {
    /// Finds git and the repository.
    ///
    /// # Errors
    /// Git is not installed, the folder is in no repository, or git refuses to look at it.
    pub fn of(folder: &Path) -> Result<Self, UsageError> {
        let git = render::on_path("git").ok_or_else(|| UsageError {
            message: "git is not installed, and `--since` reads the earlier state by it".into(),
            help: Some("install git, or check everything without `--since`".into()),
        })?;
        let mut repository = Self { git, root: folder.to_path_buf() };
        let answer = repository.ask(&["rev-parse", "--show-toplevel"])?;
        if !answer.ok || answer.text.is_empty() {
            let is_none = answer.complaint.contains("not a git repository");
            let message = if is_none {
                format!("{}: not in a Git repository, and `--since` compares with one of its commits", folder.display())
            } else {
                format!("{}: git does not read this repository: {}", folder.display(), first_line(&answer.complaint))
            };
            return Err(UsageError { message, help: advice(&answer.complaint) });
        }
        let root = PathBuf::from(answer.text);
        repository.root = std::fs::canonicalize(&root).unwrap_or(root);
        Ok(repository)
    }

    /// A command of git's, in the repository.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.git);
        command.env_clear().current_dir(&self.root).stdin(Stdio::null());
        let is_kept = |name: &OsStr| {
            let name = name.to_string_lossy();
            name.starts_with("GIT_CONFIG") || KEPT.iter().any(|k| k.eq_ignore_ascii_case(&name))
        };
        command.envs(std::env::vars_os().filter(|(name, _)| is_kept(name)));
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_NO_LAZY_FETCH", "1");
        command.args(READ_ONLY);
        command
    }

    fn ask<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Answer, UsageError> {
        let output = self.command().args(args).output().map_err(|e| failed(&e))?;
        let mut text = output.stdout;
        while text.last() == Some(&b'\n') {
            text.pop();
        }
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Answer { ok: output.status.success(), text: os_string(text), complaint })
    }
}

/// What git says.
struct Answer {
    ok: bool,
    text: OsString,
    complaint: String,
}

impl Answer {
    /// Its text, where that is one line or more.
    fn said(self) -> Option<String> {
        self.ok.then(|| self.text.to_string_lossy().into_owned()).filter(|t| !t.is_empty())
    }
}

fn failed(error: &std::io::Error) -> UsageError {
    UsageError { message: format!("git could not be run: {error}"), help: None }
}

fn first_line(complaint: &str) -> &str {
    let line = complaint.lines().find(|l| !l.trim().is_empty()).unwrap_or("it does not say why");
    line.trim_start_matches("fatal: ").trim_start_matches("error: ")
}

/// What git says to do about a repository that belongs to somebody else, as it does in most containers.
fn advice(complaint: &str) -> Option<String> {
    let command =
        complaint.lines().map(str::trim).find(|l| l.starts_with("git config --global --add safe.directory"))?;
    Some(format!("where you trust it: `{command}`"))
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_to_do_is_passed_on() {
        let complaint = "fatal: detected dubious ownership in repository at '/work'\n\
                         To add an exception for this directory, call:\n\n\
                         \tgit config --global --add safe.directory /work\n";
        let expected = "where you trust it: `git config --global --add safe.directory /work`";
        assert_eq!(advice(complaint).as_deref(), Some(expected));
        assert_eq!(advice("fatal: not a git repository"), None);
    }
}
