//! `meshlint baseline`: makes the present findings known, so that later runs report only others.

use std::io::Write;
use std::path::PathBuf;

use super::Failure;
use super::args::Input;
use super::choice::Choice;
use super::known::At;
use super::save::save;
use crate::baseline::{Baseline, Scope};
use crate::config::Settings;
use crate::finding::{Finding, Severity};
use crate::report::Report;
use crate::report::clean::clean;
use crate::rules::words::count;
use crate::workspace::Workspace;

/// Arguments of `meshlint baseline`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    choice: Choice,
    /// Write this file [default: `baseline` of meshlint.yaml, else meshlint-baseline.json beside it, or here]
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Add nothing: only remove what is not found any more
    #[arg(long, help_heading = "Output")]
    prune: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let mut settings = args.input.settings()?;
    args.choice.choose(&mut settings)?;
    let at = At::of(args.output.as_deref(), &settings)?;
    let old = if args.prune { Some(at.load()?) } else { None };
    let workspace = args.input.open(&settings)?;
    let report = crate::lint(&workspace, &settings);
    match old {
        Some(old) => prune(old, &at, &report.findings, &Scope::of(&workspace, &settings), out)?,
        None => write(&at, &workspace, &settings, args.choice.least(&settings), &report, out)?,
    }
    Ok(0)
}

fn prune(old: Baseline, at: &At, findings: &[Finding], scope: &Scope, out: &mut dyn Write) -> Result<(), Failure> {
    let compared = old.compare(findings, &vec![true; findings.len()], scope);
    let name = clean(&at.shown).into_owned();
    if compared.obsolete() == 0 {
        writeln!(out, "nothing to remove: {name} holds {}, and none is known to be gone", entries(old.count()))?;
        return Ok(());
    }
    let pruned = old.pruned(&compared);
    save(&at.path, &at.shown, &pruned.to_string())?;
    let left = match pruned.count() {
        0 => "none is left, so the file can go, too".into(),
        1 => "1 is left".into(),
        n => format!("{n} are left"),
    };
    writeln!(out, "removed {} from {name}; {left}", entries(compared.obsolete()))?;
    Ok(())
}

/// Makes known what a run found, and says so.
pub(super) fn write(
    at: &At,
    workspace: &Workspace,
    settings: &Settings,
    least: Option<Severity>,
    report: &Report,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let known: Vec<&Finding> = worth(report, least).filter(|f| !is_of_missing_program(f, workspace)).collect();
    save(&at.path, &at.shown, &Baseline::of(known.iter().copied()).to_string())?;
    let name = clean(&at.shown).into_owned();
    writeln!(out, "wrote {name}: {}", found(&known))?;
    let programs = worth(report, least).count() - known.len();
    if programs > 0 {
        let what = count(programs, "finding");
        writeln!(out, "not in it: {what} on a program that is missing here; what it would have built is not known")?;
    }
    let notes = report.findings.len() - known.len() - programs;
    if notes > 0 {
        let fail = if notes == 1 { "fails" } else { "fail" };
        writeln!(out, "not in it: {}, which {fail} no run", count(notes, "note"))?;
    }
    if at.is_found {
        writeln!(out, "from now on `meshlint` reads it by itself and reports only what is not in it")?;
    } else if settings.root.is_some() {
        writeln!(out, "to use it: `meshlint --baseline {name}`, or `baseline:` with its path in meshlint.yaml")?;
    } else {
        writeln!(out, "to use it: `meshlint --baseline {name}`")?;
    }
    Ok(())
}

/// Those that can fail a run: all but notes, unless those can, too.
pub(super) fn worth(report: &Report, least: Option<Severity>) -> impl Iterator<Item = &Finding> {
    let notes = least == Some(Severity::Note);
    report.findings.iter().filter(move |f| notes || f.severity > Severity::Note)
}

/// `20 findings (18 errors, 2 warnings)`
pub(super) fn found(findings: &[&Finding]) -> String {
    let each: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|s| (s, findings.iter().filter(|f| f.severity == s).count()))
        .filter(|(_, n)| *n > 0)
        .map(|(s, n)| count(n, &s.to_string()))
        .collect();
    if each.is_empty() {
        return "no findings".into();
    }
    format!("{} ({})", count(findings.len(), "finding"), each.join(", "))
}

/// Of the machine and not of the repository: elsewhere it would hide that nothing is built.
fn is_of_missing_program(finding: &Finding, workspace: &Workspace) -> bool {
    let mut failures = workspace.clusters.iter().flat_map(|c| &c.failures);
    finding.rule == "build-failed" && failures.any(|f| f.is_missing && f.message == finding.message)
}

fn entries(n: usize) -> String {
    if n == 1 { "1 entry".into() } else { format!("{n} entries") }
}
