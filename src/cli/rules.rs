//! `meshlint rules`: all rules.

use std::io::Write;

use clap::ValueEnum;
use owo_colors::Style;
use serde::Serialize;

use super::terminal::{self, Color};
use super::{Failure, cut};
use crate::catalogue;
use crate::finding::Severity;
use crate::report::text::Look;

/// Arguments of `meshlint rules`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// text or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
    /// Colour: auto (for a terminal), always, never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    color: Color,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
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
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &entries).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text => table(&entries, &terminal::look(args.color), out)?,
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
