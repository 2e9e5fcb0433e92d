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
mod since;
mod snippet;
pub mod step_summary;
mod summary;
pub mod text;
pub mod timings;
pub mod uri;

use crate::coverage::Coverage;
use crate::finding::{Finding, Severity};
use crate::since::Since;
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
    /// How it compares with an earlier state, where that was asked for: then `findings` are the new ones.
    pub since: Option<Since>,
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
