//! The command line: a file for each subcommand.

mod args;
mod baseline;
mod check;
mod choice;
mod clusters;
mod completions;
mod explain;
mod init;
mod known;
mod man;
mod names;
mod output;
mod rules;
mod save;
mod schema;
mod signals;
mod since;
mod spinner;
mod terminal;

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::ConfigError;
use crate::discover::UsageError;
use crate::report::clean::clean;
use crate::system::plain;

const EXAMPLES: &str = "\
Examples:
  meshlint ./clusters                     check each folder of ./clusters as one cluster
  meshlint clusters                       show which folder is which cluster, and why
  meshlint init                           write a meshlint.yaml of what was found
  meshlint baseline                       make what is found now known: later runs report the rest
  meshlint --since origin/main            report only what this branch adds, and what it fixes
  meshlint --cluster east=deploy/east --cluster west=deploy/west
  kustomize build overlays/east | meshlint -
  meshlint --set EAST_GW=203.0.113.7 ./clusters
  meshlint --select multicluster --format concise ./clusters
  meshlint --format text --format sarif=meshlint.sarif ./clusters
  meshlint explain IST0101

A folder that is named like a command is written with a path: ./clusters

Exit status:
  0  nothing at or above the failing level (--fail-on, by default error)
  1  findings at or above it
  2  the run itself failed: wrong argument, unreadable input, broken configuration, nothing to check";

/// Finds what cannot work between the clusters of an Istio mesh, from the manifests in Git
#[derive(Parser)]
#[command(name = "meshlint", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: check::Args,
}

#[derive(Subcommand)]
enum Command {
    /// Check manifests (what happens without a command, too)
    Check(check::Args),
    /// Show how the repository was understood: clusters, files, networks, gateways
    Clusters(clusters::Args),
    /// Write a commented meshlint.yaml of what was found
    Init(init::Args),
    /// Make the present findings known, so that later runs report only others
    Baseline(baseline::Args),
    /// List all rules
    Rules(rules::Args),
    /// Explain a rule, given its name or a code of istioctl analyze (IST0101) or Kiali (KIA1107)
    Explain(explain::Args),
    /// Print the JSON Schema of meshlint.yaml
    Schema,
    /// Print shell completions
    Completions(completions::Args),
    /// Print the manual page (roff)
    Man,
}

/// Why a run failed, for standard error; exit status 2.
enum Failure {
    /// A mistake in how the program was called.
    Usage(UsageError),
    /// What is wrong in the configuration.
    Config(Vec<ConfigError>),
    /// Standard output could not be written.
    Output(io::Error),
    /// Which outputs could not be written, and why.
    Unwritten(Vec<String>),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

impl From<UsageError> for Failure {
    fn from(error: UsageError) -> Self {
        Failure::Usage(error)
    }
}

impl Failure {
    fn usage(message: impl Into<String>) -> Self {
        Failure::Usage(UsageError { message: message.into(), help: None })
    }
}

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Wrong arguments: clap explains them on standard error and leaves with status 2.
        Err(e) if e.use_stderr() => e.exit(),
        // The help, the version.
        Err(e) => {
            let printed = e.print().and_then(|()| io::stdout().flush());
            return ended(printed.map(|()| 0).map_err(Failure::from));
        }
    };
    signals::watch();
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let result = match cli.command.unwrap_or(Command::Check(cli.check)) {
        Command::Check(args) => check::run(&args, &mut out),
        Command::Clusters(args) => clusters::run(&args, &mut out),
        Command::Init(args) => init::run(args, &mut out),
        Command::Baseline(args) => baseline::run(&args, &mut out),
        Command::Rules(args) => rules::run(&args, &mut out),
        Command::Explain(args) => explain::run(&args, &mut out),
        Command::Schema => schema::run(&mut out),
        Command::Completions(args) => completions::run(&args, &mut command(), &mut out),
        Command::Man => man::run(command(), &mut out),
    };
    let flushed = match out.flush() {
        // Nobody reads the rest: that changes nothing about the result.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    };
    ended(result.and_then(|status| flushed.map(|()| status).map_err(Failure::from)))
}

fn ended(result: Result<u8, Failure>) -> ExitCode {
    match result {
        Ok(status) => ExitCode::from(status),
        // `meshlint | head`: whoever read has seen enough.
        Err(Failure::Output(e)) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(e)) => fail(&[format!("cannot write the output: {}", plain(&e))]),
        Err(Failure::Unwritten(messages)) => fail(&messages),
        Err(Failure::Config(errors)) => fail(&errors),
        Err(Failure::Usage(e)) => fail(&[e]),
    }
}

fn fail<T: fmt::Display>(messages: &[T]) -> ExitCode {
    messages.iter().for_each(|m| say("error", "1;31", m));
    ExitCode::from(2)
}

/// Says on standard error what went wrong and costs the run nothing.
fn warn(message: &str) {
    say("warning", "1;33", &message);
}

fn say(level: &str, style: &str, message: &impl fmt::Display) {
    let color = terminal::color(terminal::Color::Auto, &io::stderr());
    let (on, off) = if color { (format!("\x1b[{style}m"), "\x1b[0m") } else { (String::new(), "") };
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{on}{level}{off}: {}", clean(&message.to_string()));
}

/// A text cut to a number of columns, where there is a limit.
fn cut(text: &str, width: Option<usize>) -> String {
    match width {
        Some(width) if text.chars().count() > width => {
            let kept: String = text.chars().take(width.saturating_sub(3)).collect();
            format!("{}...", kept.trim_end())
        }
        _ => text.to_string(),
    }
}

/// The command line's description, for completions and the manual page.
pub fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
