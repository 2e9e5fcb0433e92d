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
pub mod uri;

use crate::coverage::Coverage;
use crate::finding::{Finding, Severity};

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// The findings, sorted by file, place and rule.
    pub findings: Vec<Finding>,
    /// How many were suppressed.
    pub suppressed: usize,
    /// What was read of each cluster.
    pub clusters: Vec<Coverage>,
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
