//! What a change adds and what it mends: the findings of two states, compared by their fingerprints.

use crate::finding::{Finding, Severity};
use crate::git::Unread;
use crate::pairs::Pairs;
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
/// Both are sorted. Of several findings with one fingerprint those are new, or gone, that say something else than the
/// others did, and of those that say the same the last ones.
pub fn compare(present: &[Finding], before: Vec<Earlier>) -> (Vec<bool>, Vec<Earlier>) {
    let prints: Vec<String> = present.iter().map(Finding::fingerprint).collect();
    let mut pairs = Pairs::new(before.iter().map(|_| 1), present.len());
    let said = |e: usize| (&*before[e].fingerprint, before[e].severity, &*before[e].message);
    pairs.pass(said, |i| Some((&*prints[i], present[i].severity, &*present[i].message)));
    // What was a note does not hide an error that was not there.
    pairs.pass(|e| (&*before[e].fingerprint, before[e].severity), |i| Some((&*prints[i], present[i].severity)));
    pairs.pass(|e| &*before[e].fingerprint, |i| Some(&*prints[i]));
    let fixed = before.into_iter().zip(pairs.left).filter(|(_, left)| *left > 0).map(|(earlier, _)| earlier).collect();
    (pairs.paired.iter().map(|was_there| !was_there).collect(), fixed)
}
