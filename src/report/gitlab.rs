//! `--format gitlab`: a Code Quality report.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::uri::Root;
use super::{Report, plain};
use crate::finding::{Finding, Severity};
use crate::source::Sources;

#[derive(Serialize)]
struct Issue<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    check_name: &'static str,
    description: String,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: std::borrow::Cow<'a, str>,
    positions: Positions,
}

#[derive(Serialize)]
struct Positions {
    begin: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

/// Writes a list of all findings.
///
/// # Errors
/// What writing gives.
pub fn render(out: &mut dyn Write, report: &Report, sources: &Sources, root: &Root) -> io::Result<()> {
    let mut seen: FxHashMap<String, usize> = FxHashMap::default();
    let issues: Vec<Issue<'_>> = report.findings.iter().map(|f| issue(f, sources, root, &mut seen)).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn issue<'a>(f: &Finding, sources: &'a Sources, root: &Root, seen: &mut FxHashMap<String, usize>) -> Issue<'a> {
    let source = sources.get(f.place.source);
    let position = |byte| {
        let at = source.position(byte);
        Position { line: at.line, column: at.column }
    };
    // GitLab shows one of those that have the same.
    let mut fingerprint = f.fingerprint();
    let times = seen.entry(fingerprint.clone()).or_default();
    *times += 1;
    if *times > 1 {
        fingerprint = format!("{fingerprint}-{times}");
    }
    Issue {
        kind: "issue",
        check_name: f.rule,
        description: plain::lines(std::slice::from_ref(f), sources, root).join("\n"),
        fingerprint,
        severity: match f.severity {
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        location: Location {
            path: root.path(&source.path),
            positions: Positions { begin: position(f.place.span.start), end: position(f.place.span.end) },
        },
    }
}
