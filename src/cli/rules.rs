//! `meshlint rules`: all rules.

use std::io::Write;

use owo_colors::Style;
use serde::Serialize;

use super::args::{Shown, ShownAs, print_json};
use super::{Failure, cut, terminal};
use crate::catalogue;
use crate::finding::Severity;
use crate::report::text::Look;

/// Arguments of `meshlint rules`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    shown: Shown,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    severity: Severity,
    enabled: bool,
    group: &'static str,
    since: &'static str,
    summary: String,
    reads: &'static [&'static str],
    fix: &'static str,
    equivalents: &'static [&'static str],
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let entries: Vec<Entry> = crate::rules::ALL
        .iter()
        .map(|rule| {
            let info = rule.info();
            Entry {
                name: info.name,
                severity: info.severity,
                enabled: info.enabled,
                group: info.group,
                since: info.since,
                summary: catalogue::summary(rule.page),
                reads: &info.reads,
                fix: info.fix,
                equivalents: &info.equivalents,
            }
        })
        .collect();
    match args.shown.format {
        ShownAs::Json => print_json(out, &entries)?,
        ShownAs::Text => table(&entries, &terminal::look(args.shown.colored.color), out)?,
    }
    Ok(0)
}

fn table(entries: &[Entry], look: &Look, out: &mut dyn Write) -> std::io::Result<()> {
    let names = entries.iter().map(|e| e.name.len()).max().unwrap_or_default();
    let groups = entries.iter().map(|e| e.group.len()).max().unwrap_or_default();
    for e in entries {
        let level = if e.enabled { e.severity.to_string() } else { "off".into() };
        let style = if e.enabled { Look::level(e.severity) } else { Style::new().dimmed() };
        // Padded before it is painted: escape codes have no width.
        let head = format!("{:names$}", e.name);
        let level = look.paint(&format!("{level:7}"), style);
        let used = names + groups + 7 + 6;
        let summary = cut(&e.summary, look.width.map(|w| w.saturating_sub(used).max(20)));
        writeln!(out, "{}  {level}  {:groups$}  {summary}", look.bold(&head), e.group)?;
    }
    Ok(())
}
