//! What a run spends its time on, for `--timings`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Time by phase, and by rule.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    /// What was done one after the other, in wall time.
    pub phases: Vec<(&'static str, Duration)>,
    /// What all rules together took in wall time.
    pub checking: Duration,
    /// Each rule's own time, of all clusters added up: several run side by side.
    pub rules: BTreeMap<&'static str, Duration>,
}

impl Timings {
    /// Does something, and notes how long it took.
    pub fn phase<T>(&mut self, name: &'static str, does: impl FnOnce() -> T) -> T {
        let (out, took) = timed(does);
        self.add_phase(name, took);
        out
    }

    /// Adds time to a phase: several fleets have the same ones.
    pub fn add_phase(&mut self, name: &'static str, took: Duration) {
        match self.phases.iter_mut().find(|(n, _)| *n == name) {
            Some((_, all)) => *all += took,
            None => self.phases.push((name, took)),
        }
    }

    /// Adds time to a rule.
    pub fn add_rule(&mut self, rule: &'static str, took: Duration) {
        *self.rules.entry(rule).or_default() += took;
    }

    /// Adds what another part of the run has spent.
    pub fn append(&mut self, other: Self) {
        other.phases.into_iter().for_each(|(name, took)| self.add_phase(name, took));
        self.checking += other.checking;
        other.rules.into_iter().for_each(|(rule, took)| self.add_rule(rule, took));
    }
}

/// What something gives, and how long it took.
pub fn timed<T>(does: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let out = does();
    (out, started.elapsed())
}
