//! `--format sarif`: SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html>; what of it GitHub
//! shows is in <https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.

mod build;
mod log;

use std::io::{self, Write};

use super::Report;
use super::uri::Root;
use crate::source::Sources;

/// Writes all findings, and the rules that they are of.
///
/// # Errors
/// What writing gives.
pub fn render(out: &mut dyn Write, report: &Report, sources: &Sources, root: &Root) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &build::log(report, sources, root))?;
    writeln!(out)
}
