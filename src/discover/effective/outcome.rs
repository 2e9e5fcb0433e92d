//! What a cluster applies, as it is put together.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::render::{Tool, install_hint};
use crate::source::{Place, SourceId};
use crate::workspace::{AppliedSet, BuildFailure, ClusterFile, How, Skipped};

/// What one cluster applies.
#[derive(Default)]
pub(in crate::discover) struct Applied {
    pub(in crate::discover) files: Vec<ClusterFile>,
    pub(in crate::discover) sets: Vec<AppliedSet>,
    pub(in crate::discover) skipped: Vec<Skipped>,
    pub(in crate::discover) failures: Vec<BuildFailure>,
    /// The objects that say what else is applied, and that were followed.
    pub(in crate::discover) followed: FxHashSet<Place>,
    /// What was not made because its program is missing.
    pub(in crate::discover) missing: BTreeMap<Tool, Vec<(Place, String)>>,
    /// What lies in its folder and nothing applies.
    pub(in crate::discover) left_out: Vec<Skipped>,
    /// Whether objects in it say what it applies.
    pub(in crate::discover) has_pointers: bool,
}

impl Applied {
    /// Begins a set of files that are applied together.
    pub(super) fn set(&mut self, how: How, what: impl Into<String>, by: Option<String>) -> u32 {
        self.sets.push(AppliedSet { how, what: what.into(), by });
        self.sets.len() as u32 - 1
    }

    pub(super) fn add(&mut self, source: SourceId, namespace: &str, set: u32) {
        self.files.push(ClusterFile { source, namespace: namespace.into(), set });
    }

    pub(super) fn skip(&mut self, path: impl Into<String>, reason: impl Into<String>, detail: Option<String>) {
        self.skipped.push(Skipped {
            path: path.into(),
            reason: reason.into(),
            detail,
            namespace: None,
            may_hold_objects: true,
            is_error: false,
            is_reported: false,
        });
    }

    /// What a failure is reported of.
    pub(super) fn skip_reported(&mut self, path: String, reason: &str) {
        self.skip(path, reason, None);
        self.skipped.iter_mut().last().into_iter().for_each(|s| s.is_reported = true);
    }

    /// Something fails. What several builds share fails once: each of them is listed as not built.
    pub(super) fn fail(&mut self, place: Place, message: String, help: Option<&str>) {
        let help = help.map(str::to_string);
        let failure = BuildFailure { place, message, help, is_missing: false, related: Vec::new() };
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }

    /// Puts everything in order, and says once for each program that it is missing.
    pub(super) fn finish(&mut self) {
        for (tool, list) in std::mem::take(&mut self.missing) {
            let what = match &list[..] {
                [] => continue,
                [(_, one)] => format!("{one} is"),
                [(_, one), (_, two)] => format!("{one} and {two} are"),
                [(_, one), (_, two), (_, three)] => format!("{one}, {two} and {three} are"),
                [(_, one), rest @ ..] => format!("{one} and {} others are", rest.len()),
            };
            self.failures.push(BuildFailure {
                place: list[0].0,
                message: format!("{tool} is not installed, so {what} not checked"),
                help: Some(install_hint(tool).to_string()),
                is_missing: true,
                related: list[1..].iter().take(4).map(|(place, _)| (*place, "this one, too".to_string())).collect(),
            });
        }
        // One entry for what several pointers say alike.
        self.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        self.skipped.dedup();
    }
}
