//! Known findings: those that were there when a team began, written to a file, so that only others are reported.
//!
//! A finding is known by its fingerprint, as often as the file counts it. One more of the same is new.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::config::{Level, Render, Settings};
use crate::finding::{Finding, ObjectRef, Severity};
use crate::pairs::Pairs;
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

impl Entry {
    /// The clusters that it is about.
    fn clusters(&self) -> impl Iterator<Item = &String> {
        self.cluster.iter().chain(&self.with)
    }
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
            built: clusters().filter(|c| c.is_whole()).map(name).collect(),
        }
    }

    fn covers(&self, entry: &Entry) -> bool {
        let clusters = if entry.rule == "build-failed" { &self.tried } else { &self.built };
        self.rules.contains(&*entry.rule) && entry.clusters().all(|c| clusters.contains(c))
    }
}

/// How a run's findings compare with what is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Which findings are known.
    pub known: Vec<bool>,
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

    /// Compares a run's findings with what is known. Those that are `new` since an earlier state are known only where
    /// the others leave something for them.
    pub fn compare(&self, findings: &[Finding], new: &[bool], scope: &Scope) -> Compared {
        let mut pairs = Pairs::new(self.entries.iter().map(|e| e.count.get()), findings.len());
        let said: Vec<(String, String)> = findings.iter().map(|f| (f.fingerprint(), excerpt(&f.message))).collect();
        // A note never takes the place of what can fail a run.
        for notes in [false, true] {
            let is_of_pass = |i: usize| (findings[i].severity == Severity::Note) == notes;
            // What says the same is the same.
            let literally = |e: usize| (&*self.entries[e].fingerprint, &*self.entries[e].message);
            pairs.pass(literally, |i| is_of_pass(i).then(|| (&*said[i].0, &*said[i].1)));
            for is_new in [false, true] {
                let key = |i: usize| (is_of_pass(i) && new[i] == is_new).then(|| &*said[i].0);
                pairs.pass(|e| &*self.entries[e].fingerprint, key);
            }
        }
        // What is in a text that is broken now cannot be seen; where it was so before, nothing in it is known.
        let is_broken = |(f, known): &(&Finding, &bool)| f.rule == "yaml-syntax" && !**known;
        let broken = findings.iter().zip(&pairs.paired).filter(is_broken);
        let broken: BTreeSet<&str> = broken.filter_map(|(f, _)| f.cluster.as_deref()).collect();
        let is_hidden = |e: &Entry| e.rule != "yaml-syntax" && e.clusters().any(|c| broken.contains(&**c));
        let is_gone = |e: &Entry| scope.covers(e) && !is_hidden(e);
        let gone = pairs.left.iter().zip(&self.entries).map(|(n, e)| if is_gone(e) { *n } else { 0 }).collect();
        Compared { known: pairs.paired, gone }
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

    /// Which of these findings are known, where none is new since an earlier state.
    fn known(baseline: &Baseline, findings: &[&Finding]) -> (Vec<bool>, Compared) {
        let findings: Vec<Finding> = findings.iter().copied().cloned().collect();
        let compared = baseline.compare(&findings, &vec![true; findings.len()], &whole());
        (compared.known.clone(), compared)
    }

    #[test]
    fn of_several_alike_the_one_that_says_something_new_is_new() {
        let [a, b, c] = ["a", "b", "c"].map(|m| finding(Severity::Error, m));
        let baseline = Baseline::of([&a, &c]);
        let (flags, compared) = known(&baseline, &[&a, &b, &c]);
        assert_eq!((flags, compared.obsolete()), (vec![true, false, true], 0));
        // Other words for it are no other finding.
        let (flags, compared) = known(&baseline, &[&b]);
        assert_eq!((flags, compared.obsolete()), (vec![true], 1));
        assert_eq!(baseline.pruned(&compared).count(), 1);
    }

    #[test]
    fn of_several_with_new_words_the_one_that_a_change_adds_is_new() {
        let [a, b, c] = ["a", "b", "c"].map(|m| finding(Severity::Error, m));
        let compared = Baseline::of([&a]).compare(&[b, c], &[true, false], &whole());
        assert_eq!((&*compared.known, compared.obsolete()), (&[false, true][..], 0));
    }

    #[test]
    fn a_note_does_not_use_up_what_an_error_needs() {
        let (note, error) = (finding(Severity::Note, "a"), finding(Severity::Error, "b"));
        let baseline = Baseline::of([&error]);
        assert_eq!(known(&baseline, &[&note, &error]).0, [false, true]);
        assert_eq!(known(&baseline, &[&note, &finding(Severity::Error, "c")]).0, [false, true]);
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
