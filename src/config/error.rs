//! What is wrong in `meshlint.yaml`.

use std::fmt;

use crate::source::Span;

/// Something that is wrong in the configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as people know it.
    pub file: String,
    /// The line, from 1; 0 where the file could not be read at all.
    pub line: u32,
    /// The column, from 1, in characters; 0 where the file could not be read at all.
    pub column: u32,
    /// The bytes at fault.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do, as a phrase: ``did you mean `gateways`?``.
    pub help: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}
