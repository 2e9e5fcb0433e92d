//! `--timings`: a table of what a run spent its time on.

use std::io::{self, Write};
use std::time::Duration;

use crate::timings::Timings;

/// Writes the phases of a run in their order and the rules by what they cost; shares are of all the run's work: the
/// phases' time but for the rules', which run side by side, and the rules' own.
///
/// # Errors
/// What writing gives.
pub fn render(out: &mut dyn Write, timings: &Timings) -> io::Result<()> {
    let rules: Duration = timings.rules.values().sum();
    let phases: Duration = timings.phases.iter().map(|(_, took)| *took).sum();
    let total = rules + phases;
    let mut line = |what: &str, took: Duration| {
        let share = 100.0 * took.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE);
        writeln!(out, "{:>10.3} ms {share:>5.1}%  {what}", took.as_secs_f64() * 1e3)
    };
    timings.phases.iter().try_for_each(|(name, took)| line(name, *took))?;
    line(&format!("{} rules, over all clusters:", timings.rules.len()), rules)?;
    let mut by_cost: Vec<_> = timings.rules.iter().collect();
    by_cost.sort_by_key(|(rule, took)| (std::cmp::Reverse(**took), **rule));
    by_cost.into_iter().try_for_each(|(rule, took)| line(&format!("  {rule}"), *took))
}
