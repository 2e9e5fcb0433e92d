//! How far a run is: counts that whoever started it may look at from another thread.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// What a run does, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// It looks for files, and works out which cluster applies which.
    #[default]
    Looking,
    /// It reads files.
    Reading,
    /// It builds kustomizations and renders charts.
    Building,
    /// It judges what was read.
    Checking,
}

const STAGES: [Stage; 4] = [Stage::Looking, Stage::Reading, Stage::Building, Stage::Checking];

/// How far a run is. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    stage: AtomicU8,
    done: AtomicUsize,
    all: AtomicUsize,
}

/// How far a run is does not tell one run's settings from another's.
impl PartialEq for Progress {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Progress {}

impl Progress {
    /// A stage begins, in which there is that much to do.
    pub fn begin(&self, stage: Stage, all: usize) {
        // What is shown in between may be of either stage; nothing depends on it.
        self.0.done.store(0, Ordering::Relaxed);
        self.0.all.store(all, Ordering::Relaxed);
        self.0.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// One more is done.
    pub fn step(&self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// `building, 12 of 300`
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.all.load(Ordering::Relaxed);
        let done = self.0.done.load(Ordering::Relaxed).min(all);
        let stage = STAGES.get(usize::from(self.0.stage.load(Ordering::Relaxed))).copied().unwrap_or_default();
        let (verb, of) = match stage {
            Stage::Looking => return f.write_str("looking for manifests"),
            Stage::Reading => ("reading files", true),
            Stage::Building => ("building kustomizations and charts", true),
            Stage::Checking => ("checking", false),
        };
        match (of, all) {
            (true, 1..) => write!(f, "{verb}: {done} of {all}"),
            (false, 1..) => write!(f, "{verb}: {} %", done * 100 / all),
            (_, 0) => f.write_str(verb),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_done() {
        let progress = Progress::default();
        assert_eq!(progress.to_string(), "looking for manifests");
        let seen = progress.clone();
        progress.begin(Stage::Building, 300);
        (0..12).for_each(|_| progress.step());
        assert_eq!(seen.to_string(), "building kustomizations and charts: 12 of 300");
        progress.begin(Stage::Checking, 8);
        progress.step();
        assert_eq!(seen.to_string(), "checking: 12 %");
        progress.begin(Stage::Checking, 0);
        assert_eq!(seen.to_string(), "checking");
    }
}
