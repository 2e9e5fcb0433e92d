//! Arguments that several commands take, and the settings that they make.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use clap::ValueEnum;

use super::terminal::Color;
use super::{Failure, names};
use crate::config::{self, ClusterSettings, Date, Render, Rendering, Settings, Versions};
use crate::discover::Target;
use crate::workspace::Workspace;

/// What a run looks at.
#[derive(clap::Args, Default)]
pub(super) struct Input {
    /// Folders and files to look at; `-` is standard input [default: ./clusters, else the working directory]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Take PATH as what cluster NAME applies; may be repeated
    #[arg(long, value_name = "NAME=PATH", value_parser = named_path, help_heading = "Input")]
    pub(super) cluster: Vec<(String, String)>,
    /// Put VALUE in the place of `${VAR}`; may be repeated
    #[arg(long, value_name = "VAR=VALUE", value_parser = pair, help_heading = "Input")]
    pub(super) set: Vec<(String, String)>,
    /// Judge all clusters by this version of Istio [default: what meshlint.yaml or their manifests say]
    #[arg(long, value_name = "VERSION", value_parser = version, help_heading = "Input")]
    pub(super) istio_version: Option<String>,
    /// Judge all clusters by this version of Kubernetes [default: likewise]
    #[arg(long, value_name = "VERSION", value_parser = version, help_heading = "Input")]
    pub(super) kubernetes_version: Option<String>,
    /// Take the CustomResourceDefinitions in DIR for those of every cluster; may be repeated
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    pub(super) crds: Vec<PathBuf>,
    /// Read this configuration [default: meshlint.yaml in the working directory or above]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config", help_heading = "Input")]
    pub(super) config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, help_heading = "Input")]
    pub(super) no_config: bool,
    /// Whether kustomizations are built and charts rendered: auto, never, always (a missing program fails the run)
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    #[arg(help_heading = "Rendering")]
    pub(super) render: When,
    /// The kustomize, or kubectl, that builds kustomizations [default: the one on the PATH]
    #[arg(long, value_name = "PATH", help_heading = "Rendering")]
    pub(super) kustomize: Option<PathBuf>,
    /// The helm that renders charts [default: the one on the PATH]
    #[arg(long, value_name = "PATH", help_heading = "Rendering")]
    pub(super) helm: Option<PathBuf>,
    /// Keep no results of kustomize and helm, and use none that were kept
    #[arg(long, help_heading = "Rendering")]
    pub(super) no_cache: bool,
    /// Use that many threads [default: one for each core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, help_heading = "Input")]
    pub(super) threads: usize,
}

/// Whether manifests are made of kustomizations and charts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    #[default]
    Auto,
    Never,
    Always,
}

/// When its output is coloured.
#[derive(clap::Args, Default)]
pub(super) struct Colored {
    /// Colour: auto (for a terminal), always, never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    #[arg(help_heading = "Output")]
    pub(super) color: Color,
}

/// Whether it shows more.
#[derive(clap::Args, Default)]
pub(super) struct Verbose {
    /// Show more: notes with their excerpts, every skipped file
    #[arg(long = "verbose", id = "verbose", short, help_heading = "Output")]
    pub(super) on: bool,
}

/// As what a command that only shows something prints it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ShownAs {
    #[default]
    Text,
    Json,
}

/// The choice of that.
#[derive(clap::Args, Default)]
pub(super) struct Shown {
    /// text or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    #[arg(help_heading = "Output")]
    pub(super) format: ShownAs,
    #[command(flatten)]
    pub(super) colored: Colored,
}

/// Prints a value as JSON, with a line end.
pub(super) fn print_json(out: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("expected a name, `=` and a value".into()),
    }
}

fn named_path(text: &str) -> Result<(String, String), String> {
    match pair(text)? {
        (name, path) if path.is_empty() => Err(format!("no path for `{name}`; `.` is the working directory")),
        both => Ok(both),
    }
}

fn version(text: &str) -> Result<String, String> {
    config::check_version(text).map(|()| text.to_string()).map_err(|wrong| format!("it {wrong}"))
}

impl Input {
    /// The settings: defaults, then the configuration, then the command line.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let mut settings = self.configured()?;
        settings.today = Some(today()?);
        settings.variables.extend(self.set.iter().cloned());
        settings.versions_of_run =
            Versions { istio: self.istio_version.clone(), kubernetes: self.kubernetes_version.clone() };
        settings.crds.clone_from(&self.crds);
        settings.rendering = Rendering {
            mode: match self.render {
                When::Auto => Render::Auto,
                When::Never => Render::Never,
                When::Always => Render::Always,
            },
            kustomize: self.kustomize.clone(),
            helm: self.helm.clone(),
            cache: if self.no_cache { None } else { crate::render::default_dir() },
        };
        for (name, path) in &self.cluster {
            let path = PathBuf::from(path);
            match settings.clusters.iter_mut().find(|c| c.name == *name) {
                Some(cluster) => cluster.paths.push(path),
                None => settings.clusters.push(ClusterSettings {
                    name: name.clone(),
                    paths: vec![path],
                    ..ClusterSettings::default()
                }),
            }
        }
        Ok(settings)
    }

    fn configured(&self) -> Result<Settings, Failure> {
        let cwd = cwd()?;
        let path = match &self.config {
            _ if self.no_config => None,
            Some(given) => Some(cwd.join(given)),
            None => config::find(&cwd),
        };
        let Some(path) = path else { return Ok(Settings::default()) };
        let shown = match &self.config {
            Some(given) => given.display().to_string(),
            None => path.strip_prefix(&cwd).unwrap_or(&path).display().to_string(),
        };
        let mut rules = names::selectable();
        rules.retain(|name| !matches!(*name, "all" | "default"));
        config::load(&path, &shown, &rules).map_err(Failure::Config)
    }

    /// Reads what the arguments name.
    pub(super) fn open(&self, settings: &Settings) -> Result<Workspace, Failure> {
        Ok(crate::open(&self.target()?, settings)?)
    }

    /// Where to look, with as many threads as were asked for.
    pub(super) fn target(&self) -> Result<Target, Failure> {
        // Fails only where a pool exists already, and then that one serves.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build_global();
        let cwd = cwd()?;
        self.refuse_mistyped_command(&cwd)?;
        Ok(Target { paths: self.paths.clone(), cwd })
    }

    /// Says what went wrong and is no reason to stop.
    pub(super) fn warn(workspace: &Workspace) {
        if let Some(why) = &workspace.unkept {
            super::warn(&format!("what was built is not kept for the next run: {why}; `--no-cache` keeps nothing"));
        }
    }

    /// `meshlint cluster` is taken for a path; where there is none, a command may have been meant.
    fn refuse_mistyped_command(&self, cwd: &std::path::Path) -> Result<(), Failure> {
        let Some(path) = self.paths.first() else { return Ok(()) };
        let Some(word) =
            path.to_str().filter(|w| *w != "-" && w.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        else {
            return Ok(());
        };
        if cwd.join(path).symlink_metadata().is_ok() {
            return Ok(());
        }
        let command = super::command();
        let commands = command.get_subcommands().map(clap::Command::get_name);
        let Some(near) = names::nearest(word, commands) else { return Ok(()) };
        let folder = std::fs::read_dir(cwd).into_iter().flatten().flatten().map(|e| e.file_name());
        let folder = folder.filter_map(|n| n.into_string().ok()).find(|n| strsim::damerau_levenshtein(n, word) == 1);
        let message = match folder {
            _ if near == word => format!(
                "{word}: no such file or folder; for the command `{word}` write it before any option: `meshlint {word} …`"
            ),
            Some(folder) => format!(
                "{word}: no such file or folder, and no such command; did you mean ./{folder}, or the command `meshlint {near}`?"
            ),
            None => {
                format!("{word}: no such file or folder, and no such command; did you mean `meshlint {near}`?")
            }
        };
        Err(Failure::usage(message))
    }
}

/// The day, in UTC: the clock's or, so that a run can be repeated, that of SOURCE_DATE_EPOCH
/// (<https://reproducible-builds.org/specs/source-date-epoch/>).
fn today() -> Result<Date, Failure> {
    let Some(given) = std::env::var_os("SOURCE_DATE_EPOCH").filter(|given| !given.is_empty()) else {
        // A clock from before 1970 is wrong: then nothing expires.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        return Ok(Date::of_seconds(now.as_secs()));
    };
    let seconds = given.to_str().and_then(|text| text.parse().ok());
    let refuse = || Failure::usage(format!("SOURCE_DATE_EPOCH: `{}` is not a number of seconds", given.display()));
    seconds.map(Date::of_seconds).ok_or_else(refuse)
}

/// The working directory.
pub(super) fn cwd() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|e| Failure::usage(format!("cannot tell the working directory: {e}")))
}
