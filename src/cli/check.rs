//! `meshlint [PATH]…`: checks manifests.

use std::io::Write;
use std::time::Instant;

use clap::ValueEnum;

use super::args::{Colored, Input, Verbose};
use super::output::{Output, OutputParser, Outputs, Run};
use super::spinner::Spinner;
use super::{Failure, names};
use crate::config::{Render, Settings};
use crate::finding::Severity;

/// Arguments of `meshlint check`.
#[derive(clap::Args, Default)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// Run only these rules, groups or codes of istioctl analyze and Kiali (IST0101, KIA1107); `default` stands for what
    /// is on by itself, `all` for everything
    #[arg(long, value_name = "RULE|GROUP|CODE", value_delimiter = ',', help_heading = "Rules")]
    select: Vec<String>,
    /// Run all but these
    #[arg(long, value_name = "RULE|GROUP|CODE", value_delimiter = ',', help_heading = "Rules")]
    ignore: Vec<String>,
    /// The least level that makes the exit status 1: error, warning, note, or never
    #[arg(long, value_name = "LEVEL", value_enum, hide_possible_values = true, help_heading = "Rules")]
    fail_on: Option<FailOn>,
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = Instant::now();
    let outputs = Outputs::new(&args.format, args.colored.color, args.verbose.on, args.quiet)?;
    let mut settings = args.input.settings()?;
    args.choose_rules(&mut settings)?;
    // The program ends when this returns: there is no use in giving the memory back piece by piece.
    let spinner = Spinner::start(&settings.progress, args.quiet);
    let workspace = std::mem::ManuallyDrop::new(args.input.open(&settings)?);
    let report = crate::lint(&workspace, &settings);
    drop(spinner);
    Input::warn(&workspace);
    outputs.write(out, &Run { report: &report, workspace: &workspace, took: started.elapsed() })?;
    let least = match args.fail_on {
        Some(FailOn::Never) => None,
        Some(FailOn::Note) => Some(Severity::Note),
        Some(FailOn::Warning) => Some(Severity::Warning),
        Some(FailOn::Error) => Some(Severity::Error),
        None => Some(settings.fail_on),
    };
    // What was asked for could not be done: that is more than a finding.
    let missing = workspace.clusters.iter().flat_map(|c| &c.failures).any(|f| f.is_missing);
    if settings.rendering.mode == Render::Always && missing {
        return Ok(2);
    }
    let fails = least.is_some_and(|least| report.findings.iter().any(|f| f.severity >= least));
    Ok(u8::from(fails))
}

impl Args {
    fn choose_rules(&self, settings: &mut Settings) -> Result<(), Failure> {
        let known = names::selectable();
        for name in self.select.iter().chain(&self.ignore) {
            if !known.iter().any(|k| k.eq_ignore_ascii_case(name)) {
                let near = names::did_you_mean(name, known.iter().copied());
                return Err(Failure::usage(format!("no rule, group or code is named `{name}`{near}")));
            }
        }
        // An option on the command line takes the place of the configuration's, it does not add to it.
        if !self.select.is_empty() {
            settings.select.clone_from(&self.select);
        }
        settings.ignore.extend(self.ignore.iter().cloned());
        Ok(())
    }
}
