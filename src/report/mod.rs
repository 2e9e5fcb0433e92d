//! What people and programs see of a run: a file for each output format.

pub(crate) mod clean;
pub mod concise;
pub mod json;
mod since;
mod snippet;
mod summary;
pub mod text;

use crate::coverage::Coverage;
use crate::finding::{Finding, Severity};
use crate::since::Since;

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// The findings, sorted by file, place and rule.
    pub findings: Vec<Finding>,
    /// How many were suppressed.
    pub suppressed: usize,
    /// What was read of each cluster.
    pub clusters: Vec<Coverage>,
    /// How it compares with an earlier state, where that was asked for: then `findings` are the new ones.
    pub since: Option<Since>,
}

impl Report {
    /// How many findings have this level.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|f| f.severity == severity).count()
    }
}
