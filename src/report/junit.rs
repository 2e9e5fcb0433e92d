//! `--format junit`: the XML that CI systems read as test results.
//!
//! A suite for each cluster, and in it a test case for each finding: errors and warnings have failed, notes were
//! skipped, since they say what could not be verified. A cluster without findings has one case, which has passed. What
//! varies from run to run (times, lines) is in no name, so that a case can be followed over time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::uri::Root;
use super::{Report, plain};
use crate::finding::{Finding, Severity};
use crate::source::Sources;

/// Writes all findings.
///
/// # Errors
/// What writing gives.
pub fn render(out: &mut dyn Write, report: &Report, sources: &Sources) -> io::Result<()> {
    let mut suites: BTreeMap<&str, Vec<&Finding>> =
        report.clusters.iter().map(|c| (c.name.as_str(), Vec::new())).collect();
    for f in &report.findings {
        suites.entry(f.cluster.as_deref().unwrap_or("meshlint")).or_default().push(f);
    }
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    let tests: usize = suites.values().map(|f| f.len().max(1)).sum();
    let failures = report.count(Severity::Error) + report.count(Severity::Warning);
    writeln!(out, r#"<testsuites name="meshlint" tests="{tests}" failures="{failures}" errors="0">"#)?;
    for (name, findings) in suites {
        let tests = findings.len().max(1);
        let skipped = findings.iter().filter(|f| f.severity == Severity::Note).count();
        let (failures, name) = (findings.len() - skipped, escaped(name));
        write!(out, r#"  <testsuite name="{name}" tests="{tests}" failures="{failures}" errors="0""#)?;
        writeln!(out, r#" skipped="{skipped}">"#)?;
        if findings.is_empty() {
            writeln!(out, r#"    <testcase name="no problems" classname="{name}"/>"#)?;
        }
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for f in findings {
            let title = title(f);
            let times = names.entry(title.clone()).or_default();
            *times += 1;
            let title = if *times == 1 { title } else { format!("{title} ({times})") };
            case(out, f, &title, sources)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// What is tested: the rule, on a value of an object.
fn title(f: &Finding) -> String {
    let mut title = f.rule.to_string();
    if let Some(o) = &f.object {
        let namespace = o.namespace.as_deref().map(|n| format!("{n}/")).unwrap_or_default();
        title.push_str(&format!(": {} {namespace}{}", o.kind, o.name));
    }
    if !f.path.is_empty() {
        title.push_str(&format!(" {}", f.path));
    }
    title
}

fn case(out: &mut dyn Write, f: &Finding, title: &str, sources: &Sources) -> io::Result<()> {
    let source = sources.get(f.place.source);
    // What reads it takes a dot for the end of a package's name.
    let class = source.path.trim_end_matches(".yaml").trim_end_matches(".yml").trim_end_matches(".json");
    writeln!(out, r#"    <testcase name="{}" classname="{}">"#, escaped(title), escaped(class))?;
    let element = if f.severity == Severity::Note { "skipped" } else { "failure" };
    let lines = plain::lines(std::slice::from_ref(f), sources, &Root::default());
    let at = source.position(f.place.span.start);
    write!(out, r#"      <{element} type="{}" message="{}">"#, f.severity, escaped(&f.message))?;
    let place = format!("{}:{}:{}: {}[{}]", source.path, at.line, at.column, f.severity, f.rule);
    writeln!(out, "{} {}</{element}>", escaped(&place), escaped(&lines.join("\n")))?;
    writeln!(out, "    </testcase>")
}

/// Text as it may stand in XML, in attributes too.
fn escaped(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'') && (c >= ' ' || c == '\n') && is_char(c);
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            c if is_char(c) => out.push(c),
            // XML has no way to write these.
            c => out.extend(c.escape_default()),
        }
    }
    Cow::Owned(out)
}

/// Whether XML 1.0 takes it.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escaped("é <a b=\"c\"> & 'd'"), "é &lt;a b=&quot;c&quot;&gt; &amp; &apos;d&apos;");
        assert_eq!(escaped("a\x1b[31m\u{fffe}\tb"), "a\\u{1b}[31m\\u{fffe}&#9;b");
        assert_eq!(escaped("a\nb"), "a\nb");
    }
}
