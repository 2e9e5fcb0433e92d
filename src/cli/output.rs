//! Where a run's results go: `--format F[=FILE]`, once for each output.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::error::ErrorKind;

use super::save::fill;
use super::terminal::{self, Color};
use super::{Failure, warn};
use crate::report::text::Look;
use crate::report::uri::Root;
use crate::report::{Report, concise, github, gitlab, json, junit, rdjson, sarif, step_summary, text};
use crate::system::plain;
use crate::workspace::Workspace;

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// A line for each finding
    Concise,
    /// Everything, for programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations, and the text for the job's log
    Github,
    /// A Code Quality report
    Gitlab,
    /// Test results, for CI systems
    Junit,
    /// Diagnostics for reviewdog
    Rdjson,
}

/// One output: a format, and the file that it goes to, or standard output.
#[derive(Clone, Debug, Default)]
pub(super) struct Output {
    format: Format,
    file: Option<PathBuf>,
}

/// Reads `F[=FILE]`. The names of formats are clap's matter: it lists them, and knows what is near a mistyped one.
#[derive(Clone)]
pub(super) struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Output, clap::Error> {
        let text = value.to_str().ok_or_else(|| clap::Error::new(ErrorKind::InvalidUtf8).with_cmd(command))?;
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        let format = EnumValueParser::<Format>::new().parse_ref(command, arg, name.as_ref())?;
        if file == Some("") {
            let message = format!("`--format {name}=` names no file; without `=` it goes to standard output\n");
            return Err(clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command));
        }
        Ok(Output { format, file: file.filter(|f| *f != "-").map(PathBuf::from) })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        EnumValueParser::<Format>::new()
            .possible_values()
            .map(|v| Box::new(v.collect::<Vec<_>>().into_iter()) as Box<_>)
    }
}

/// All outputs of a run.
pub(super) struct Outputs {
    all: Vec<Output>,
    color: Color,
    verbose: bool,
    quiet: bool,
}

/// What is written.
pub(super) struct Run<'a> {
    pub(super) report: &'a Report,
    pub(super) workspace: &'a Workspace,
    pub(super) took: Duration,
}

impl Outputs {
    /// What was asked for; without that, text, and on GitHub what it shows.
    ///
    /// # Errors
    /// Two outputs go to the same place.
    pub(super) fn new(asked: &[Output], color: Color, verbose: bool, quiet: bool) -> Result<Self, Failure> {
        let mut all = asked.to_vec();
        if all.is_empty() {
            let format = if is_set("GITHUB_ACTIONS", "true") { Format::Github } else { Format::Text };
            all.push(Output { format, file: None });
        }
        for (i, output) in all.iter().enumerate() {
            let Some(other) = all[..i].iter().find(|o| o.file == output.file) else { continue };
            let (a, b) = (other.format.name(), output.format.name());
            return Err(Failure::usage(match &output.file {
                None => format!(
                    "`--format {a}` and `--format {b}` both go to standard output; give one of them a file: \
                     `--format {b}=FILE`"
                ),
                Some(file) => format!("`--format {a}` and `--format {b}` both go to {}", file.display()),
            }));
        }
        Ok(Self { all, color, verbose, quiet })
    }

    /// Writes all of them. One that fails costs none of the others, and a reader who leaves costs nothing: a run that
    /// finds something ends with the status of that, however much of it anybody has read.
    ///
    /// # Errors
    /// What could not be written.
    pub(super) fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> Result<(), Failure> {
        let mut wrong = Vec::new();
        for (output, file) in self.all.iter().filter_map(|o| Some((o, o.file.as_deref()?))) {
            let look = Look { color: matches!(self.color, Color::Always), ..self.look(Look::default()) };
            let written = fill(file, &file.display().to_string(), &|out| output.format.render(out, run, &look));
            wrong.extend(written.err());
        }
        // Last: whoever reads it may have left.
        for output in self.all.iter().filter(|o| o.file.is_none()) {
            let written = output.format.render(out, run, &self.look(terminal::look(self.color)));
            match written.and_then(|()| out.flush()) {
                Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {}
                other => wrong.extend(other.err().map(|e| format!("cannot write the output: {}", plain(&e)))),
            }
        }
        if self.all.iter().any(|o| o.format == Format::Github) {
            append_step_summary(run);
        }
        if wrong.is_empty() { Ok(()) } else { Err(Failure::Unwritten(wrong)) }
    }

    fn look(&self, look: Look) -> Look {
        Look { verbose: self.verbose, quiet: self.quiet, ..look }
    }
}

impl Format {
    fn name(self) -> String {
        self.to_possible_value().map(|v| v.get_name().to_string()).unwrap_or_default()
    }

    fn render(self, out: &mut dyn Write, run: &Run<'_>, look: &Look) -> io::Result<()> {
        let (report, sources) = (run.report, &run.workspace.sources);
        match self {
            Format::Text => text::render(out, report, run.workspace, Some(run.took), look),
            Format::Concise => concise::render(out, report, sources, look.quiet),
            Format::Json => json::render(out, report, sources),
            Format::Sarif => sarif::render(out, report, sources, &checkout()),
            Format::Github => {
                github::annotations(out, report, sources, &checkout(), look.quiet)?;
                let mut text = Vec::new();
                text::render(&mut text, report, run.workspace, Some(run.took), look)?;
                github::log(out, &text)
            }
            Format::Gitlab => gitlab::render(out, report, sources, &checkout()),
            Format::Junit => junit::render(out, report, sources),
            Format::Rdjson => rdjson::render(out, report, sources),
        }
    }
}

fn is_set(name: &str, value: &str) -> bool {
    std::env::var_os(name).is_some_and(|v| v == value)
}

/// The root of the checkout that a job of GitHub or GitLab runs in.
fn checkout() -> Root {
    let Ok(cwd) = std::env::current_dir().and_then(fs::canonicalize) else { return Root::default() };
    let roots = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter().filter_map(std::env::var_os);
    let root = roots.filter_map(|root| fs::canonicalize(root).ok()).next();
    root.map(|root| Root::new(&root, &cwd)).unwrap_or_default()
}

/// GitHub shows what steps append to this file. A run is not lost where that cannot be done.
fn append_step_summary(run: &Run<'_>) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|p| !p.is_empty()) else { return };
    let markdown = step_summary::markdown(run.report, &run.workspace.sources, &checkout());
    let appended =
        File::options().append(true).create(true).open(&path).and_then(|mut f| f.write_all(markdown.as_bytes()));
    if let Err(e) = appended {
        warn(&format!("no job summary: cannot write {}: {}", Path::new(&path).display(), plain(&e)));
    }
}
