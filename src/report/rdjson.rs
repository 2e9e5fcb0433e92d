//! `--format rdjson`: reviewdog's diagnostics.
//!
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>

use std::io::{self, Write};

use serde::Serialize;

use super::{Report, plain};
use crate::finding::{Finding, Severity};
use crate::source::{Place, Source, Sources};

#[derive(Serialize)]
struct Output<'a> {
    source: Tool,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// Counted from 1, the column in bytes.
#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

/// Writes all findings.
///
/// # Errors
/// What writing gives.
pub fn render(out: &mut dyn Write, report: &Report, sources: &Sources) -> io::Result<()> {
    let output = Output {
        source: Tool { name: "meshlint", url: env!("CARGO_PKG_REPOSITORY") },
        diagnostics: report.grouped().map(|same| diagnostic(same, sources)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &output)?;
    writeln!(out)
}

fn diagnostic<'a>(same: &'a [Finding], sources: &'a Sources) -> Diagnostic<'a> {
    let f = &same[0];
    Diagnostic {
        message: std::iter::once(f.message.clone()).chain(plain::advice(same)).collect::<Vec<_>>().join("\n"),
        location: location(f.place, sources),
        severity: match f.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Note => "INFO",
        },
        code: Code { value: f.rule, url: plain::page_url(f.rule) },
        related_locations: f
            .related
            .iter()
            .map(|r| Related { message: &r.message, location: location(r.place, sources) })
            .collect(),
    }
}

fn location(place: Place, sources: &Sources) -> Location<'_> {
    let source = sources.get(place.source);
    let range = Range { start: position(source, place.span.start), end: position(source, place.span.end) };
    Location { path: &source.path, range }
}

fn position(source: &Source, byte: u32) -> Position {
    let byte = byte.min(source.text().len() as u32);
    let line = source.position(byte).line;
    Position { line, column: byte - source.line(line).start + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_bytes() {
        let source = Source::new("a.yaml", "a: 1\né: x\n");
        let Position { line, column } = position(&source, 9);
        assert_eq!((line, column), (2, 5));
    }
}
