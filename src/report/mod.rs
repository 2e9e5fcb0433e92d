//! What people and programs see of a run: a file for each output format.

pub(crate) mod clean;
pub mod concise;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
mod plain;
pub mod rdjson;
pub mod sarif;
mod snippet;
pub mod step_summary;
mod summary;
pub mod text;
pub mod timings;
pub mod uri;

use crate::baseline::{Baseline, Scope};
use crate::coverage::Coverage;
use crate::finding::{Finding, Severity};
use crate::timings::Timings;

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// The findings, sorted by file, place and rule.
    pub findings: Vec<Finding>,
    /// How many were suppressed.
    pub suppressed: usize,
    /// How many were known before.
    pub baselined: usize,
    /// What of the file of known findings is not found any more; `None` where no such file was read.
    pub obsolete: Option<Obsolete>,
    /// What was read of each cluster.
    pub clusters: Vec<Coverage>,
    /// What the time went into.
    pub timings: Timings,
}

/// Known findings that are gone.
#[derive(Debug)]
pub struct Obsolete {
    /// The file that has them.
    pub file: String,
    /// How many they are.
    pub entries: usize,
    /// The command that removes them.
    pub remedy: String,
}

impl Report {
    /// Takes out what the baseline in that file knows; `remedy` is the command that removes what is obsolete in it.
    pub fn take_out(&mut self, baseline: &Baseline, file: &str, remedy: &str, scope: &Scope) {
        let compared = baseline.take_out(&mut self.findings, scope);
        self.baselined += compared.known;
        let entries = compared.obsolete();
        self.obsolete = Some(Obsolete { file: file.into(), entries, remedy: remedy.into() });
    }

    /// How many findings have this level.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|f| f.severity == severity).count()
    }

    /// The findings, those as one that are the same but for the cluster: a file that several clusters apply gives each
    /// of them one.
    pub fn grouped(&self) -> impl Iterator<Item = &[Finding]> {
        self.findings.chunk_by(is_same_but_for_cluster)
    }
}

fn is_same_but_for_cluster(a: &Finding, b: &Finding) -> bool {
    let key = |f: &Finding| (f.place, f.rule, f.severity);
    let related = |f: &Finding| f.related.iter().map(|r| (r.place, r.message.clone())).collect::<Vec<_>>();
    key(a) == key(b) && a.message == b.message && a.label == b.label && a.help == b.help && related(a) == related(b)
}
