//! The summary of a GitHub job: Markdown, with all findings as far as there is room.

use super::clean::clean;
use super::uri::Root;
use super::{Report, plain};
use crate::finding::{Finding, Severity};
use crate::rules::words::count;
use crate::source::Sources;

/// GitHub drops the summary of a step that is larger than 1 MiB.
const MAX_BYTES: usize = 900 << 10;

/// The most findings in the table: nobody reads more of them there.
const MAX_ROWS: usize = 500;

/// The Markdown of a run.
pub fn markdown(report: &Report, sources: &Sources, root: &Root) -> String {
    let mut found: Vec<String> = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let n = report.count(severity);
        found.extend((n > 0).then(|| count(n, &severity.to_string())));
    }
    let found = if found.is_empty() { "no problems".into() } else { found.join(", ") };
    let mut out = format!("### meshlint: {found} in {}\n", count(report.clusters.len(), "cluster"));
    let mut groups: Vec<&[Finding]> = report.grouped().collect();
    groups.sort_by_key(|same| std::cmp::Reverse(same[0].severity));
    if !groups.is_empty() {
        out.push_str("\n| level | where | what |\n|---|---|---|\n");
    }
    for (shown, same) in groups.iter().enumerate() {
        let row = row(same, sources, root);
        if shown == MAX_ROWS || out.len() + row.len() > MAX_BYTES {
            let more = count(groups.len() - shown, "finding");
            out.push_str(&format!("\nand {more} more; the job's log lists errors and warnings\n"));
            break;
        }
        out.push_str(&row);
    }
    out.push('\n');
    out
}

fn row(same: &[Finding], sources: &Sources, root: &Root) -> String {
    let f = &same[0];
    let mut lines = vec![escaped(&clean(&f.message))];
    let related = f.related.iter().map(|r| format!("{}: {}", plain::at(r.place, sources, root), r.message));
    lines.extend(related.chain(plain::advice(same)).map(|l| escaped(&clean(&l))));
    lines.push(format!("[{}]({})", f.rule, plain::page_url(f.rule)));
    format!("| {} | {} | {} |\n", f.severity, code(&plain::at(f.place, sources, root)), lines.join("<br>"))
}

/// A path in a cell of a table: as code, in which only a `|` has to be escaped.
fn code(text: &str) -> String {
    // A fence longer than any within.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// A message in a cell of a table: what it has in backticks stays code, and nothing else means anything.
fn escaped(text: &str) -> String {
    let is_balanced = text.matches('`').count().is_multiple_of(2);
    let mut out = String::with_capacity(text.len() + 16);
    let mut in_code = false;
    for c in text.chars() {
        match c {
            '`' if is_balanced => {
                in_code = !in_code;
                out.push(c);
            }
            '|' => out.push_str("\\|"),
            _ if in_code => out.push(c),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '~' | '!' | '@' | '`' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_message_is_markup() {
        assert_eq!(escaped("`a|*b*` of <img> *x* [y](z)"), "`a\\|*b*` of &lt;img> \\*x\\* \\[y\\](z)");
        assert_eq!(escaped("a ` b"), "a \\` b");
        assert_eq!(code("a|b`c"), "`` a\\|b`c ``");
        assert_eq!(code("a b.yaml:1"), "`a b.yaml:1`");
    }
}
