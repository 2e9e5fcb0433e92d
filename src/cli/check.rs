//! `meshlint [PATH]…`: checks manifests.

use std::io::Write;
use std::time::Instant;

use super::Failure;
use super::args::{Colored, Input, Verbose};
use super::choice::Choice;
use super::known::{At, Known};
use super::output::{Output, OutputParser, Outputs, Run};
use super::since::{self, Before};
use super::spinner::Spinner;
use crate::baseline::{Baseline, Scope};
use crate::config::{Render, Settings};
use crate::discover::{Target, UsageError};
use crate::report::{Obsolete, Report, timings};
use crate::timings::timed;
use crate::workspace::Workspace;

/// Arguments of `meshlint check`.
#[derive(clap::Args, Default)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// Report only what the working tree adds since its branch left REF (their merge base, as in a pull request), in
    /// all files and clusters; what it fixes is told, too
    #[arg(long, value_name = "REF", help_heading = "Input")]
    since: Option<String>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    known: Known,
    /// text, concise (a line for each finding), json, sarif, github, gitlab, junit or rdjson; with FILE into that file
    /// instead of standard output; may be repeated [default: text, and github in a job of GitHub Actions]
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = OutputParser, hide_possible_values = true)]
    #[arg(help_heading = "Output")]
    format: Vec<Output>,
    #[command(flatten)]
    colored: Colored,
    #[command(flatten)]
    verbose: Verbose,
    /// Print findings only: no summary, no notes
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    quiet: bool,
    /// Print on standard error what the run spent its time on, rule by rule
    #[arg(long, help_heading = "Output")]
    timings: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = Instant::now();
    let outputs = Outputs::new(&args.format, args.colored.color, args.verbose.on, args.quiet)?;
    let mut settings = args.input.settings()?;
    args.choice.choose(&mut settings)?;
    let known = args.known.read(&settings)?;
    // The program ends when this returns: there is no use in giving the memory back piece by piece.
    let spinner = Spinner::start(&settings.progress, args.quiet);
    let ((workspace, mut report), before) = match &args.since {
        Some(reference) => {
            let (present, before) = since::lint(reference, args.input.target()?, &settings)?;
            (present, Some(before))
        }
        None => (open_and_lint(&args.input.target()?, &settings)?, None),
    };
    let workspace = std::mem::ManuallyDrop::new(workspace);
    drop(spinner);
    Input::warn(&workspace);
    if args.timings {
        // Nobody is left to tell when standard error is closed.
        let _ = timings::render(&mut std::io::stderr().lock(), &report.timings);
    }
    sift(&mut report, before, known, &Scope::of(&workspace, &settings));
    outputs.write(out, &Run { report: &report, workspace: &workspace, took: started.elapsed() })?;
    let least = args.choice.least(&settings);
    // What was asked for could not be done: that is more than a finding.
    let missing = workspace.clusters.iter().flat_map(|c| &c.failures).any(|f| f.is_missing);
    if settings.rendering.mode == Render::Always && missing {
        return Ok(2);
    }
    let fails = least.is_some_and(|least| report.findings.iter().any(|f| f.severity >= least));
    Ok(u8::from(fails))
}

/// Reads and judges, and notes how long the first took.
pub(super) fn open_and_lint(target: &Target, settings: &Settings) -> Result<(Workspace, Report), UsageError> {
    let (workspace, reading) = timed(|| crate::open(target, settings));
    let workspace = workspace?;
    let mut report = crate::lint(&workspace, settings);
    report.timings.phases.insert(0, ("reading and building", reading));
    Ok((workspace, report))
}

/// Leaves what is new and not known. Both are judged by all that there is.
fn sift(report: &mut Report, before: Option<Before>, known: Option<(Baseline, At)>, scope: &Scope) {
    let new = match before {
        Some(before) => before.compare(report),
        None => vec![true; report.findings.len()],
    };
    let known = match known {
        Some((baseline, at)) => {
            let compared = baseline.compare(&report.findings, &new, scope);
            report.baselined = compared.known.iter().filter(|known| **known).count();
            report.obsolete = Some(Obsolete { entries: compared.obsolete(), remedy: at.prune(), file: at.shown });
            compared.known
        }
        None => vec![false; report.findings.len()],
    };
    let mut stays = new.iter().zip(known).map(|(new, known)| *new && !known);
    report.findings.retain(|_| stays.next().unwrap_or(true));
}
