//! Which rules run, and which findings fail a run.

use clap::ValueEnum;

use super::{Failure, names};
use crate::config::Settings;
use crate::finding::Severity;

/// Arguments on rules.
#[derive(clap::Args, Default)]
pub(super) struct Choice {
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

impl Choice {
    /// Sets which rules run.
    pub(super) fn choose(&self, settings: &mut Settings) -> Result<(), Failure> {
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

    /// The least level of a finding that fails a run; `None`: none does.
    pub(super) fn least(&self, settings: &Settings) -> Option<Severity> {
        match self.fail_on {
            Some(FailOn::Never) => None,
            Some(FailOn::Note) => Some(Severity::Note),
            Some(FailOn::Warning) => Some(Severity::Warning),
            Some(FailOn::Error) => Some(Severity::Error),
            None => Some(settings.fail_on),
        }
    }
}
