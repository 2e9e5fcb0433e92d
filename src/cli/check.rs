//! `meshlint [PATH]…`: checks manifests.

use std::io::Write;
use std::time::Instant;

use super::Failure;
use super::args::{Colored, Input, Verbose};
use super::choice::Choice;
use super::known::Known;
use super::output::{Output, OutputParser, Outputs, Run};
use super::spinner::Spinner;
use crate::baseline::Scope;
use crate::config::Render;
use crate::report::timings;
use crate::timings::timed;

/// Arguments of `meshlint check`.
#[derive(clap::Args, Default)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
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
    let (workspace, reading) = timed(|| args.input.open(&settings));
    let workspace = std::mem::ManuallyDrop::new(workspace?);
    let mut report = crate::lint(&workspace, &settings);
    drop(spinner);
    Input::warn(&workspace);
    if args.timings {
        report.timings.phases.insert(0, ("reading and building", reading));
        // Nobody is left to tell when standard error is closed.
        let _ = timings::render(&mut std::io::stderr().lock(), &report.timings);
    }
    if let Some((baseline, at)) = known {
        report.take_out(&baseline, &at.shown, &at.prune(), &Scope::of(&workspace, &settings));
    }
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
