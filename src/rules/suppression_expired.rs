//! `suppression-expired`: a suppression whose last day is over. `suppress.rs` reports it, when all findings are known.

use super::Rule;

pub(super) static RULE: Rule = Rule::of_suppressions(include_str!("../../rules/suppression-expired.md"));
