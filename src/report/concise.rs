//! `--format concise`: a line for each finding, for programs that read compilers' output.

use std::io::{self, Write};

use super::Report;
use super::clean::clean;
use crate::finding::Severity;
use crate::source::Sources;

/// Writes `path:line:column: error[rule] message` for each finding; notes only where not `quiet`.
pub fn render(out: &mut dyn Write, report: &Report, sources: &Sources, quiet: bool) -> io::Result<()> {
    for f in &report.findings {
        if quiet && f.severity == Severity::Note {
            continue;
        }
        let source = sources.get(f.place.source);
        let at = source.position(f.place.span.start);
        let (path, message) = (clean(&source.path), clean(&f.message));
        writeln!(out, "{path}:{}:{}: {}[{}] {message}", at.line, at.column, f.severity, f.rule)?;
    }
    Ok(())
}
