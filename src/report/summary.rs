//! The end of a run in text: what was not verified, how much was found, how much was read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::Duration;

use super::clean::clean;
use super::text::Look;
use super::{Obsolete, Report};
use crate::finding::{Finding, Severity};
use crate::rules::words::count;
use crate::source::SourceId;
use crate::workspace::Workspace;

/// The most notes that are listed without `-v`.
const MAX_NOTES: usize = 12;

pub(super) fn render(
    out: &mut dyn Write,
    report: &Report,
    workspace: &Workspace,
    took: Option<Duration>,
    look: &Look,
) -> io::Result<()> {
    let found: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter(|s| *s != Severity::Note || look.verbose)
        .map(|s| (s, report.count(s)))
        .filter(|(_, n)| *n > 0)
        .map(|(s, n)| look.paint(&count(n, &s.to_string()), Look::level(s)))
        .collect();
    let none = if report.baselined > 0 { "no new problems" } else { "no problems" };
    let found = if found.is_empty() { look.bold(none) } else { found.join(", ") };
    // What several clusters apply counts once; what is there to trace values to is not applied.
    let applied: BTreeSet<_> = workspace.clusters.iter().flat_map(|c| &c.files).map(|f| f.source).collect();
    let files = applied.iter().filter(|id| !workspace.derived.contains_key(id)).count();
    let streams = applied.iter().map(|id| &workspace.streams[id.0 as usize].stream);
    let documents: usize = streams.map(|s| s.documents.len() + s.errors.len()).sum();
    let (built, rendered) = report.clusters.iter().fold((0, 0), |(b, r), c| (b + c.built, r + c.rendered));
    let mut parts = vec![
        format!("{found} in {}", count(workspace.clusters.len(), "cluster")),
        format!("{}, {}", count(files, "file"), count(documents, "document")),
    ];
    if built > 0 {
        parts.push(format!("{} built", count(built, "kustomization")));
    }
    if rendered > 0 {
        parts.push(format!("{} rendered", count(rendered, "chart")));
    }
    if report.suppressed > 0 {
        parts.push(format!("{} suppressed", report.suppressed));
    }
    if report.baselined > 0 {
        parts.push(format!("{} baselined", report.baselined));
    }
    if let Some(took) = took {
        parts.push(duration(took));
    }
    writeln!(out, "{}", parts.join(look.dot()))?;
    if !look.verbose {
        notes(out, report, workspace, look)?;
    }
    skipped(out, report, workspace, &applied, look)?;
    if let Some(Obsolete { file, entries: entries @ 1.., remedy }) = &report.obsolete {
        let (what, are, them) = match entries {
            1 => ("1 entry".into(), "is", "it"),
            n => (format!("{n} entries"), "are", "them"),
        };
        writeln!(out, "{what} of {} {are} obsolete; `{}` removes {them}", clean(file), clean(remedy))?;
    }
    Ok(())
}

fn duration(took: Duration) -> String {
    match took.as_millis() {
        ms @ ..1000 => format!("{ms} ms"),
        ms => format!("{}.{:02} s", ms / 1000, ms % 1000 / 10),
    }
}

/// The notes, a line each, with what would change them beneath: once for those that say the same.
fn notes(out: &mut dyn Write, report: &Report, workspace: &Workspace, look: &Look) -> io::Result<()> {
    let style = |f: &Finding| crate::rules::find(f.rule).is_some_and(|r| r.info().group == "style");
    for (title, of_style) in [("not verified", false), ("by convention", true)] {
        let mut groups: Vec<(Option<&str>, Vec<&Finding>)> = Vec::new();
        let mut seen = BTreeSet::new();
        for f in report.findings.iter().filter(|f| f.severity == Severity::Note && style(f) == of_style) {
            // The line on what was skipped says these, and one message of several clusters is one line.
            if f.rule == "document-skipped" || !seen.insert((&f.message, f.place)) {
                continue;
            }
            match groups.iter_mut().find(|(help, _)| *help == f.help.as_deref()) {
                Some((_, list)) => list.push(f),
                None => groups.push((f.help.as_deref(), vec![f])),
            }
        }
        let indent = title.len() + 2;
        let mut lead = format!("{title}: ");
        let total: usize = groups.iter().map(|(_, list)| list.len()).sum();
        let mut left = MAX_NOTES;
        for (help, list) in groups {
            if left == 0 {
                break;
            }
            for f in list.iter().take(left) {
                let source = workspace.sources.get(f.place.source);
                let at = format!("{}:{}", clean(&source.path), source.position(f.place.span.start).line);
                // The title has said so.
                let message = f.message.strip_prefix("could not verify ").unwrap_or(&f.message);
                writeln!(out, "{lead}{} {}", clean(message), look.dim(&format!("({at})")))?;
                lead = " ".repeat(indent);
            }
            left = left.saturating_sub(list.len());
            if let Some(help) = help {
                writeln!(out, "{lead}  {}", clean(help))?;
            }
        }
        if total > MAX_NOTES {
            writeln!(out, "{lead}and {} more; meshlint -v shows them", total - MAX_NOTES)?;
        }
    }
    Ok(())
}

/// What was not read, by reason.
fn skipped(
    out: &mut dyn Write,
    report: &Report,
    workspace: &Workspace,
    applied: &BTreeSet<SourceId>,
    look: &Look,
) -> io::Result<()> {
    let mut by_path = BTreeMap::new();
    for skipped in report.clusters.iter().flat_map(|c| &c.skipped) {
        by_path.insert(skipped.path.as_str(), skipped.reason.as_str());
    }
    for &id in applied {
        let source = workspace.sources.get(id);
        if workspace.streams[id.0 as usize].stream.errors.iter().any(|e| e.template) {
            by_path.insert(&source.path, "a template that is not rendered");
        }
    }
    if !by_path.is_empty() {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        by_path.values().for_each(|r| *reasons.entry(r).or_default() += 1);
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let each: Vec<_> = match &reasons[..] {
            [(reason, _)] => vec![clean(reason).into_owned()],
            all => all.iter().map(|(reason, n)| format!("{}: {n}", clean(reason))).collect(),
        };
        let files = format!("{} files or folders", by_path.len());
        match by_path.first_key_value() {
            Some((path, reason)) if by_path.len() == 1 => {
                writeln!(out, "skipped: {}: {}", clean(path), clean(reason))?;
            }
            _ if look.verbose => {
                writeln!(out, "skipped: {files}")?;
                by_path.iter().try_for_each(|(p, r)| writeln!(out, "  {}: {}", clean(p), clean(r)))?;
            }
            _ => writeln!(out, "skipped: {files} ({}); meshlint -v lists them", each.join("; "))?,
        }
    }
    let left_out = workspace.left_out.len();
    if left_out > 0 && look.verbose {
        writeln!(out, "left out: {} that no cluster applies; meshlint clusters lists them", count(left_out, "path"))?;
    }
    Ok(())
}
