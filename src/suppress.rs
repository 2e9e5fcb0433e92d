//! Suppressions.

use crate::config::Level;
use crate::finding::Finding;
use crate::mesh::Fleet;
use crate::rules::Rule;

/// Takes out what is suppressed and returns how many findings that were.
pub fn apply(fleet: &Fleet<'_>, on: &[(&'static Rule, Level)], findings: &mut Vec<Finding>) -> usize {
    let _ = (fleet, on, findings);
    0
}
