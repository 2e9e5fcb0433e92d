//! Where the file of known findings is.

use std::path::{Path, PathBuf};

use super::Failure;
use super::args::cwd;
use crate::baseline::{self, Baseline};
use crate::config::{self, Settings};

/// Arguments on known findings.
#[derive(clap::Args, Default)]
pub(super) struct Known {
    /// Report only what is not in this file [default: meshlint-baseline.json beside meshlint.yaml, or here]
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline", help_heading = "Rules")]
    baseline: Option<PathBuf>,
    /// Report what is known, too
    #[arg(long, help_heading = "Rules")]
    no_baseline: bool,
}

/// A file of known findings.
pub(super) struct At {
    /// The file.
    pub(super) path: PathBuf,
    /// Its name for people.
    pub(super) shown: String,
    /// Whether a run without arguments reads it.
    pub(super) is_found: bool,
}

impl At {
    /// The file that the command line names or, without that, the one that a run reads by itself.
    pub(super) fn of(given: Option<&Path>, settings: &Settings) -> Result<Self, Failure> {
        let cwd = cwd()?;
        let shown = |path: &Path| path.strip_prefix(&cwd).unwrap_or(path).display().to_string();
        let found = match (&settings.baseline, &settings.root) {
            (Some(named), _) => named.clone(),
            (None, Some(root)) if is_there(&root.join(config::BASELINE)) || !is_there(&cwd.join(config::BASELINE)) => {
                root.join(config::BASELINE)
            }
            (None, _) => cwd.join(config::BASELINE),
        };
        Ok(match given {
            Some(given) => {
                let path = cwd.join(given);
                let is_found = path == found;
                Self { path, shown: given.display().to_string(), is_found }
            }
            None => Self { shown: shown(&found), path: found, is_found: true },
        })
    }

    /// The command that removes what is obsolete in it.
    pub(super) fn prune(&self) -> String {
        let output = if self.is_found { String::new() } else { format!(" --output {}", self.shown) };
        format!("meshlint baseline --prune{output}")
    }

    /// What it holds.
    pub(super) fn load(&self) -> Result<Baseline, Failure> {
        baseline::load(&self.path, &self.shown).map_err(|e| Failure::usage(e.to_string()))
    }
}

impl Known {
    /// What is known, and the file that says so; `None` where nothing does.
    pub(super) fn read(&self, settings: &Settings) -> Result<Option<(Baseline, At)>, Failure> {
        if self.no_baseline {
            return Ok(None);
        }
        let at = At::of(self.baseline.as_deref(), settings)?;
        if self.baseline.is_none() && settings.baseline.is_none() && !is_there(&at.path) {
            return Ok(None);
        }
        Ok(Some((at.load()?, at)))
    }
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
