//! Known findings: those that were there when a team began, written to a file, so that only others are reported.
//!
//! A finding is known by its fingerprint, as often as the file counts it. One more of the same is new.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::config::{Level, Render, Settings};
use crate::finding::{Finding, ObjectRef, Severity};
use crate::rules;
use crate::workspace::{ClusterInput, Workspace};

pub use file::{BaselineError, load, parse};

/// The longest part of a message that is kept.
const MAX_CHARS: usize = 160;

/// Findings that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Sorted, each once.
    entries: Vec<Entry>,
}

/// Findings that have the same fingerprint and say the same. What comes first is what people sort them by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(expecting = "an entry with `rule` and `fingerprint`")]
struct Entry {
    rule: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    path: String,
    /// The beginning of what the finding says: of several with one fingerprint it tells which one is new.
    #[serde(default)]
    message: String,
    /// The other clusters that it is about.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    with: BTreeSet<String>,
    #[serde(default = "once")]
    count: NonZeroU32,
    fingerprint: String,
}

fn once() -> NonZeroU32 {
    NonZeroU32::MIN
}

/// What a run looked at: only of that it can say that it is gone.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    rules: BTreeSet<&'static str>,
    /// Clusters that were read as a whole, with all that can be built of them.
    tried: BTreeSet<String>,
    /// Those of which nothing failed to build: what is in it cannot be seen now.
    built: BTreeSet<String>,
}

impl Scope {
    /// What a run over this workspace looks at.
    pub fn of(workspace: &Workspace, settings: &Settings) -> Self {
        let on = rules::ALL.iter().map(|r| r.info()).filter(|info| rules::level(info, settings) != Level::Off);
        let several = workspace.fleets().len() > 1;
        let name = |c: &ClusterInput| if several { c.title() } else { c.name.clone() };
        let clusters = || workspace.clusters.iter().filter(|c| !c.is_part && settings.rendering.mode != Render::Never);
        Self {
            rules: on.map(|info| info.name).collect(),
            tried: clusters().filter(|c| c.failures.iter().all(|f| !f.is_missing)).map(name).collect(),
            built: clusters().filter(|c| c.failures.is_empty()).map(name).collect(),
        }
    }

    fn covers(&self, entry: &Entry) -> bool {
        let clusters = if entry.rule == "build-failed" { &self.tried } else { &self.built };
        self.rules.contains(&*entry.rule) && entry.cluster.iter().chain(&entry.with).all(|c| clusters.contains(c))
    }
}

/// How a run's findings compare with what is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// How many findings are known, and were taken out.
    pub known: usize,
    /// For each entry how many of its findings are gone.
    gone: Vec<u32>,
}

impl Compared {
    /// How many known findings are not found any more.
    pub fn obsolete(&self) -> usize {
        self.gone.iter().map(|n| *n as usize).sum()
    }
}

impl Baseline {
    /// Makes these findings known.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let entries = findings.into_iter().map(|f| Entry {
            rule: f.rule.into(),
            cluster: f.cluster.clone(),
            object: f.object.as_ref().map(title),
            path: f.anchor.clone(),
            message: excerpt(&f.message),
            with: f
                .related
                .iter()
                .filter_map(|r| r.cluster.clone())
                .filter(|c| Some(c) != f.cluster.as_ref())
                .collect(),
            count: once(),
            fingerprint: f.fingerprint(),
        });
        Self::from_entries(entries)
    }

    /// Sorts entries, and makes one of those that are the same.
    fn from_entries(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut all: BTreeMap<(String, String), Entry> = BTreeMap::new();
        for entry in entries {
            match all.get_mut(&(entry.fingerprint.clone(), entry.message.clone())) {
                Some(same) => {
                    same.count = same.count.saturating_add(entry.count.get());
                    same.with.extend(entry.with);
                }
                None => {
                    all.insert((entry.fingerprint.clone(), entry.message.clone()), entry);
                }
            }
        }
        let mut entries: Vec<Entry> = all.into_values().collect();
        entries.sort();
        Self { entries }
    }

    /// How many findings it knows.
    pub fn count(&self) -> usize {
        self.entries.iter().map(|e| e.count.get() as usize).sum()
    }

    /// Takes the findings out that are known.
    pub fn take_out(&self, findings: &mut Vec<Finding>, scope: &Scope) -> Compared {
        let mut left: Vec<u32> = self.entries.iter().map(|e| e.count.get()).collect();
        let mut by_fingerprint: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (i, entry) in self.entries.iter().enumerate() {
            by_fingerprint.entry(&entry.fingerprint).or_default().push(i);
        }
        let mut known = vec![false; findings.len()];
        let prints: Vec<String> = findings.iter().map(Finding::fingerprint).collect();
        // What says the same is the same; a note never takes the place of what can fail a run.
        for (notes, literally) in [(false, true), (false, false), (true, true), (true, false)] {
            for (i, finding) in findings.iter().enumerate() {
                if known[i] || (finding.severity == Severity::Note) != notes {
                    continue;
                }
                let candidates = by_fingerprint.get(&*prints[i]).map_or(&[][..], |list| list);
                let says = |entry: &Entry| !literally || entry.message == excerpt(&finding.message);
                if let Some(entry) = candidates.iter().find(|e| left[**e] > 0 && says(&self.entries[**e])) {
                    left[*entry] -= 1;
                    known[i] = true;
                }
            }
        }
        let mut flags = known.iter();
        findings.retain(|_| !flags.next().is_some_and(|k| *k));
        let gone = left.iter().zip(&self.entries).map(|(n, e)| if scope.covers(e) { *n } else { 0 }).collect();
        Compared { known: known.iter().filter(|k| **k).count(), gone }
    }

    /// Without what is gone.
    pub fn pruned(self, compared: &Compared) -> Self {
        let gone = compared.gone.iter().copied().chain(std::iter::repeat(0));
        let entries = self.entries.into_iter().zip(gone);
        let less = |(entry, gone): (Entry, u32)| {
            NonZeroU32::new(entry.count.get().saturating_sub(gone)).map(|count| Entry { count, ..entry })
        };
        Self { entries: entries.filter_map(less).collect() }
    }
}

/// `VirtualService shop/catalog`
fn title(object: &ObjectRef) -> String {
    let namespace = object.namespace.as_ref().map(|n| format!("{n}/")).unwrap_or_default();
    format!("{} {namespace}{}", object.kind, object.name)
}

fn excerpt(message: &str) -> String {
    match message.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Place, SourceId, Span};

    fn finding(severity: Severity, message: &str) -> Finding {
        Finding {
            rule: "subset-undefined",
            severity,
            message: message.into(),
            label: None,
            help: None,
            effect: None,
            cluster: Some("east".into()),
            object: None,
            place: Place::new(SourceId(0), Span::default()),
            path: String::new(),
            anchor: "/spec".into(),
            related: Vec::new(),
            codes: None,
        }
    }

    fn whole() -> Scope {
        Scope { rules: ["subset-undefined"].into(), built: ["east".to_string()].into(), ..Scope::default() }
    }

    #[test]
    fn of_several_alike_the_one_that_says_something_new_is_new() {
        let [a, b, c] = ["a", "b", "c"].map(|m| finding(Severity::Error, m));
        let baseline = Baseline::of([&a, &c]);
        let mut findings = vec![a.clone(), b.clone(), c.clone()];
        let compared = baseline.take_out(&mut findings, &whole());
        assert_eq!((findings, compared.known, compared.obsolete()), (vec![b.clone()], 2, 0));
        // Other words for it are no other finding.
        let mut findings = vec![b];
        let compared = baseline.take_out(&mut findings, &whole());
        assert_eq!((findings.len(), compared.known, compared.obsolete()), (0, 1, 1));
        assert_eq!(baseline.pruned(&compared).count(), 1);
    }

    #[test]
    fn a_note_does_not_use_up_what_an_error_needs() {
        let (note, error) = (finding(Severity::Note, "a"), finding(Severity::Error, "b"));
        let mut findings = vec![note.clone(), error.clone()];
        Baseline::of([&error]).take_out(&mut findings, &whole());
        assert_eq!(findings.iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Note]);
        let mut findings = vec![note.clone(), finding(Severity::Error, "c")];
        Baseline::of([&error]).take_out(&mut findings, &whole());
        assert_eq!(findings, [note]);
    }

    #[test]
    fn what_is_written_is_read() {
        let long = "é".repeat(MAX_CHARS + 1);
        let baseline = Baseline::of(&["a\n\"b\"", "a", "a", &long].map(|m| finding(Severity::Warning, m)));
        let text = baseline.to_string();
        assert_eq!(parse(&text, "a.json"), Ok(baseline.clone()));
        assert_eq!((baseline.count(), text.lines().count()), (4, 8), "{text}");
        assert_eq!(parse(&Baseline::default().to_string(), "a.json"), Ok(Baseline::default()));
    }
}
