//! `--format github`: workflow commands, of which GitHub makes annotations, and after them the text for the job's log.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::cmp::Reverse;
use std::io::{self, Write};

use super::clean::clean;
use super::uri::Root;
use super::{Report, plain};
use crate::finding::{Finding, Severity};
use crate::rules::words::count;
use crate::source::Sources;

/// The most annotations of one kind that GitHub shows for a step.
const MAX_PER_KIND: usize = 10;

/// Writes an annotation for each finding, at most ten of a kind, and how many more there are.
///
/// # Errors
/// What writing gives.
pub fn annotations(
    out: &mut dyn Write,
    report: &Report,
    sources: &Sources,
    root: &Root,
    quiet: bool,
) -> io::Result<()> {
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        if quiet && severity == Severity::Note {
            continue;
        }
        let mut of_kind: Vec<&[Finding]> = report.grouped().filter(|s| s[0].severity == severity).collect();
        // What only several clusters together show comes first: nobody sees that by looking at the changed file.
        of_kind.sort_by_key(|same| Reverse(crosses(&same[0])));
        for same in of_kind.iter().take(MAX_PER_KIND) {
            annotation(out, same, sources, root)?;
        }
        if let Some(more) = of_kind.len().checked_sub(MAX_PER_KIND).filter(|n| *n > 0) {
            let (more, kind) = (count(more, &severity.to_string()), command(severity));
            writeln!(out, "and {more} more than the {MAX_PER_KIND} {kind}s that GitHub shows of one step")?;
        }
    }
    Ok(())
}

/// Writes a text so that no line of it is taken for a command: it may quote files that somebody else has written.
///
/// # Errors
/// What writing gives.
pub fn log(out: &mut dyn Write, text: &[u8]) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    // Whoever wrote the files cannot know the digest of a text that would have to contain it.
    let token = blake3::hash(text).to_hex();
    writeln!(out, "::stop-commands::{token}")?;
    out.write_all(text)?;
    writeln!(out, "::{token}::")
}

fn crosses(f: &Finding) -> bool {
    f.related.iter().any(|r| r.cluster.is_some() && r.cluster != f.cluster)
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

fn annotation(out: &mut dyn Write, same: &[Finding], sources: &Sources, root: &Root) -> io::Result<()> {
    let f = &same[0];
    let source = sources.get(f.place.source);
    let (start, end) = (source.position(f.place.span.start), source.position(f.place.span.end));
    // An end at the beginning of a line is the end of the one before.
    let end_line = if end.line > start.line && end.column == 1 { end.line - 1 } else { end.line };
    write!(out, "::{} file={},line={}", command(f.severity), property(&root.path(&source.path)), start.line)?;
    write!(out, ",endLine={end_line}")?;
    if start.line == end.line {
        // GitHub refuses columns of a place that goes over several lines.
        write!(out, ",col={},endColumn={}", start.column, end.column)?;
    }
    let title = format!("{}[{}]", f.severity, f.rule);
    writeln!(out, ",title={}::{}", property(&title), data(&plain::lines(same, sources, root).join("\n")))
}

/// A command's text, escaped as the runner expects it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A command's property.
fn property(text: &str) -> String {
    data(&clean(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_message_or_a_property_ends_it() {
        assert_eq!(data("100%\r\na: b, c"), "100%25%0D%0Aa: b, c");
        assert_eq!(property("a,b:c%d"), "a%2Cb%3Ac%25d");
    }

    #[test]
    fn the_log_cannot_give_commands() {
        let mut out = Vec::new();
        log(&mut out, b"::error::x\n").expect("it is written");
        let out = String::from_utf8(out).expect("UTF-8");
        let lines: Vec<&str> = out.lines().collect();
        let token = lines[0].strip_prefix("::stop-commands::").expect("commands are stopped");
        assert_eq!(lines[1..], ["::error::x", &format!("::{token}::")]);
        let mut none = Vec::new();
        log(&mut none, b"").expect("it is written");
        assert!(none.is_empty());
    }
}
