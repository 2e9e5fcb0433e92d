//! The file of known findings: JSON with a line for each, sorted, so that a change of it can be read and merged.

use std::fmt;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::{Baseline, Entry};
use crate::system::plain;

/// The version of the format.
const VERSION: u64 = 1;

/// The longest file that is read.
const MAX_BYTES: u64 = 64 << 20;

const HELP: &str = "restore it from Git, or write it anew with `meshlint baseline`";

#[derive(Deserialize)]
#[serde(expecting = "an object with `version` and `findings`")]
struct Head {
    version: u64,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `version` and `findings`")]
struct Body {
    findings: Vec<Entry>,
}

/// Why a file of known findings could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineError {
    /// The file, as people know it.
    pub file: String,
    /// The line and column, from 1; none where it is about the whole file.
    pub at: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}; {}", self.message, self.help)
    }
}

impl std::error::Error for BaselineError {}

/// Reads the file at `path`, which is called `shown` in messages.
///
/// # Errors
/// It cannot be read, or holds something else.
pub fn load(path: &Path, shown: &str) -> Result<Baseline, BaselineError> {
    let error = |message: String, help| BaselineError { file: shown.into(), at: None, message, help };
    let unread = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => {
            error("no such file".into(), "`meshlint baseline` writes it, `--no-baseline` does without")
        }
        _ => error(format!("cannot be read: {}", plain(&e)), HELP),
    };
    // A pipe would never end.
    if !path.metadata().map_err(unread)?.is_file() {
        return Err(error("is not a file".into(), "name the file that `meshlint baseline` wrote"));
    }
    let mut text = String::new();
    std::fs::File::open(path).map_err(unread)?.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unread)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(error(format!("is longer than {} MB", MAX_BYTES >> 20), HELP));
    }
    parse(&text, shown)
}

/// Reads the text of a file that is called `shown` in messages.
///
/// # Errors
/// It holds something else.
pub fn parse(text: &str, shown: &str) -> Result<Baseline, BaselineError> {
    let text = text.trim_start_matches('\u{feff}');
    let is_conflict = text.lines().any(|l| l.starts_with("<<<<<<< "));
    let error = |e: serde_json::Error| {
        let said = e.to_string();
        let said = said.rsplit_once(" at line ").map_or(&*said, |(message, _)| message);
        BaselineError {
            file: shown.into(),
            at: (e.line() > 0).then(|| (e.line(), e.column().max(1))),
            message: format!("this is not a baseline of meshlint: {said}"),
            help: if is_conflict { "Git has left a conflict in it: resolve that first" } else { HELP },
        }
    };
    let head: Head = serde_json::from_str(text).map_err(error)?;
    if head.version != VERSION {
        return Err(BaselineError {
            file: shown.into(),
            at: None,
            message: format!("it has version {} of the format, and this meshlint knows {VERSION}", head.version),
            help: if head.version > VERSION { "update meshlint" } else { HELP },
        });
    }
    let body: Body = serde_json::from_str(text).map_err(error)?;
    Ok(Baseline::from_entries(body.findings))
}

impl fmt::Display for Baseline {
    /// The file's text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{\n  \"version\": {VERSION},\n  \"findings\": [")?;
        for (i, entry) in self.entries.iter().enumerate() {
            let line = serde_json::to_string(entry).map_err(|_| fmt::Error)?;
            write!(f, "{}\n    {line}", if i == 0 { "" } else { "," })?;
        }
        f.write_str(if self.entries.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" })
    }
}
