//! The command line: a file for each subcommand.

mod args;
mod check;
mod clusters;
mod completions;
mod explain;
mod man;
mod names;
mod rules;
mod schema;
mod since;
mod terminal;

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::ConfigError;
use crate::discover::UsageError;
use crate::report::clean::clean;

const EXAMPLES: &str = "\
Examples:
  meshlint ./clusters                     check each folder of ./clusters as one cluster
  meshlint clusters                       show which folder is which cluster, and why
  meshlint --cluster east=deploy/east --cluster west=deploy/west
  kustomize build overlays/east | meshlint -
  meshlint --set EAST_GW=203.0.113.7 ./clusters
  meshlint --select multicluster --format concise ./clusters
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
    /// The output could not be written.
    Output(io::Error),
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
    // Wrong arguments end here: clap explains them on standard error and leaves with status 2.
    let cli = Cli::parse();
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let result = match cli.command.unwrap_or(Command::Check(cli.check)) {
        Command::Check(args) => check::run(&args, &mut out),
        Command::Clusters(args) => clusters::run(&args, &mut out),
        Command::Rules(args) => rules::run(&args, &mut out),
        Command::Explain(args) => explain::run(&args, &mut out),
        Command::Schema => schema::run(&mut out),
        Command::Completions(args) => completions::run(&args, &mut command(), &mut out),
        Command::Man => man::run(command(), &mut out),
    };
    let flushed = out.flush();
    match result.and_then(|status| flushed.map(|()| status).map_err(Failure::from)) {
        Ok(status) => ExitCode::from(status),
        // `meshlint | head`: whoever read has seen enough.
        Err(Failure::Output(e)) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(e)) => fail(&[format!("cannot write the output: {e}")]),
        Err(Failure::Config(errors)) => fail(&errors),
        Err(Failure::Usage(e)) => fail(&[e]),
    }
}

fn fail<T: fmt::Display>(messages: &[T]) -> ExitCode {
    let color = terminal::color(terminal::Color::Auto, &io::stderr());
    let (on, off) = if color { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    let mut err = io::stderr().lock();
    for message in messages {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(err, "{on}error{off}: {}", clean(&message.to_string()));
    }
    ExitCode::from(2)
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
