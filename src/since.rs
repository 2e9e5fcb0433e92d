//! What a change adds and what it mends: the findings of two states, compared by their fingerprints.

use rustc_hash::FxHashMap;

use crate::finding::{Finding, Severity};
use crate::git::Unread;
use crate::source::Sources;

/// How a run compares with an earlier state.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// What the state was asked for by: `origin/main`.
    pub reference: String,
    /// The commit that it is: where the present branch left `reference`.
    pub base: String,
    /// What was found there and is no longer.
    pub fixed: Vec<Earlier>,
    /// How many findings were there before and still are; they are not reported.
    pub existing: usize,
    /// What could not be read of that state.
    pub unread: Vec<Unread>,
}

/// A finding of the earlier state, in words: its texts are gone when it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The rule's name.
    pub rule: &'static str,
    /// Its level.
    pub severity: Severity,
    /// What was wrong.
    pub message: String,
    /// The cluster that it was in.
    pub cluster: Option<String>,
    /// The file that it was in, relative to the working directory.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// See [`Finding::fingerprint`].
    pub fingerprint: String,
}

impl Earlier {
    /// What is kept of a finding.
    pub fn of(finding: &Finding, sources: &Sources) -> Self {
        let source = sources.get(finding.place.source);
        let at = source.position(finding.place.span.start);
        Self {
            rule: finding.rule,
            severity: finding.severity,
            message: finding.message.clone(),
            cluster: finding.cluster.clone(),
            file: source.path.clone(),
            line: at.line,
            column: at.column,
            fingerprint: finding.fingerprint(),
        }
    }
}

/// Which of the present findings are new, and which of the earlier ones are gone.
///
/// Both are sorted. Of several findings with one fingerprint the last ones are new, or gone.
pub fn compare(present: &[Finding], before: Vec<Earlier>) -> (Vec<bool>, Vec<Earlier>) {
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    for earlier in &before {
        *known.entry(earlier.fingerprint.clone()).or_default() += 1;
    }
    let mut take = |fingerprint: String| match known.get_mut(&fingerprint) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    };
    let new = present.iter().map(|finding| !take(finding.fingerprint())).collect();
    let mut fixed = before;
    fixed.reverse();
    // What is left of each fingerprint is gone.
    fixed.retain(|earlier| take(earlier.fingerprint.clone()));
    fixed.reverse();
    (new, fixed)
}
