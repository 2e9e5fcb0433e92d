//! `meshlint [PATH]…`: checks manifests.

use std::io::Write;
use std::time::Instant;

use clap::ValueEnum;

use super::args::{Colored, Input, Verbose};
use super::{Failure, names, since, terminal};
use crate::config::{Render, Settings};
use crate::finding::Severity;
use crate::report::{concise, json, text};

/// Arguments of `meshlint check`.
#[derive(clap::Args, Default)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// Report only what the working tree adds since its branch left REF (their merge base, as in a pull request), in
    /// all files and clusters; what it fixes is told, too
    #[arg(long, value_name = "REF", help_heading = "Input")]
    since: Option<String>,
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
    /// text, concise (a line for each finding) or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    #[arg(help_heading = "Output")]
    format: Format,
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

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Concise,
    Json,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = Instant::now();
    let mut settings = args.input.settings()?;
    args.choose_rules(&mut settings)?;
    // The program ends when this returns: there is no use in giving the memory back piece by piece.
    let (workspace, report) = match &args.since {
        Some(reference) => since::lint(reference, args.input.target()?, &settings)?,
        None => {
            let workspace = args.input.open(&settings)?;
            let report = crate::lint(&workspace, &settings);
            (workspace, report)
        }
    };
    let workspace = std::mem::ManuallyDrop::new(workspace);
    match args.format {
        Format::Json => json::render(out, &report, &workspace.sources)?,
        Format::Concise => concise::render(out, &report, &workspace.sources, args.quiet)?,
        Format::Text => {
            let look = text::Look { verbose: args.verbose.on, quiet: args.quiet, ..terminal::look(args.colored.color) };
            text::render(out, &report, &workspace, Some(started.elapsed()), &look)?;
        }
    }
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
