//! `--timings`: a table of what a run spent its time on.

use std::io::{self, Write};
use std::time::Duration;

use crate::timings::Timings;

/// Writes the phases of a run in their order and the rules by what they cost. Times of phases are those of a clock on the
/// wall; rules run side by side, and their times are added up over all threads. Shares are of the run's time: a rule has
/// its part of the time that the rules together took.
///
/// # Errors
/// What writing gives.
pub fn render(out: &mut dyn Write, timings: &Timings) -> io::Result<()> {
    let rules: Duration = timings.rules.values().sum();
    let phases: Duration = timings.phases.iter().map(|(_, took)| *took).sum();
    let part = |of: Duration, all: Duration| of.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
    let of_run = |took: Duration| 100.0 * part(took, phases + timings.checking);
    let mut line = |what: &str, took: Duration, share: f64| {
        writeln!(out, "{:>10.3} ms {share:>5.1}%  {what}", took.as_secs_f64() * 1e3)
    };
    timings.phases.iter().try_for_each(|(name, took)| line(name, *took, of_run(*took)))?;
    let rules_of = format!("checking; {} rules, their times of all threads added up:", timings.rules.len());
    line(&rules_of, timings.checking, of_run(timings.checking))?;
    let mut by_cost: Vec<_> = timings.rules.iter().collect();
    by_cost.sort_by_key(|(rule, took)| (std::cmp::Reverse(**took), **rule));
    by_cost
        .into_iter()
        .try_for_each(|(rule, took)| line(&format!("  {rule}"), *took, part(*took, rules) * of_run(timings.checking)))
}
