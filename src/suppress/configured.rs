//! Suppressions in `meshlint.yaml`: by rule, cluster, kind, namespace and name, with a reason and perhaps a last day.

use std::collections::BTreeSet;

use globset::{Glob, GlobMatcher};
use rustc_hash::FxHashMap;

use super::{Mistake, Name, Run};
use crate::config::{Render, Settings, Suppression};
use crate::finding::{Finding, ObjectRef};
use crate::mesh::{Fleet, Site};
use crate::rules::{Findings, Rule, words};
use crate::source::{Place, SourceId};
use crate::workspace::{Reach, Workspace};

/// The entries of the configuration.
#[derive(Default)]
pub(super) struct Configured<'s> {
    entries: Vec<Entry<'s>>,
    /// The entries for objects of one name, by that.
    by_name: FxHashMap<&'s str, Vec<usize>>,
    /// All others.
    others: Vec<usize>,
    /// The configuration's text.
    source: Option<SourceId>,
    /// The names of all clusters, and those with their fleets.
    clusters: BTreeSet<String>,
    /// Whether everything that there is has been read and built.
    is_complete: bool,
}

struct Entry<'s> {
    written: &'s Suppression,
    names: Vec<Name>,
    cluster: Option<Pattern<'s>>,
    kind: Option<Pattern<'s>>,
    namespace: Option<Pattern<'s>>,
    name: Option<Pattern<'s>>,
    is_expired: bool,
    /// How many findings it covers, or would cover had it not expired.
    hits: usize,
}

impl<'s> Configured<'s> {
    /// Those of the settings.
    pub(super) fn of(settings: &'s Settings, workspace: &Workspace) -> Self {
        if settings.suppressions.is_empty() {
            return Self::default();
        }
        let expired =
            |s: &Suppression| matches!((&s.expires, settings.today), (Some(last), Some(now)) if last.value < now);
        let entry = |s: &'s Suppression| Entry {
            written: s,
            names: s.rules.iter().map(|r| Name::new(&r.value, r.span)).collect(),
            cluster: s.cluster.as_ref().and_then(|c| Pattern::of(&c.value)),
            kind: s.kind.as_deref().and_then(Pattern::of),
            namespace: s.namespace.as_deref().and_then(Pattern::of),
            name: s.name.as_deref().and_then(Pattern::of),
            is_expired: expired(s),
            hits: 0,
        };
        let entries: Vec<Entry<'s>> = settings.suppressions.iter().map(entry).collect();
        let (mut by_name, mut others) = (FxHashMap::<_, Vec<usize>>::default(), Vec::new());
        for (i, entry) in entries.iter().enumerate() {
            match entry.name {
                Some(Pattern::Name(name)) => by_name.entry(name).or_default().push(i),
                _ => others.push(i),
            }
        }
        let clusters = &workspace.clusters;
        Self {
            entries,
            by_name,
            others,
            source: workspace.configuration,
            clusters: clusters.iter().flat_map(|c| [c.name.clone(), c.title()]).collect(),
            is_complete: workspace.reach == Reach::Whole
                && settings.rendering.mode != Render::Never
                && clusters.iter().all(|c| c.is_whole() && !c.files.is_empty())
                && workspace.streams.iter().all(|s| s.stream.errors.is_empty()),
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether one of them covers the finding; all that do are used.
    pub(super) fn suppress(&mut self, fleet: &Fleet<'_>, finding: &Finding) -> bool {
        let mut any = false;
        let name = finding.object.as_ref().map_or("", |o| &o.name);
        let named = self.by_name.get(name).into_iter().flatten();
        for index in named.chain(&self.others) {
            let entry = &mut self.entries[*index];
            if entry.names.iter().any(|n| finding.is_named(&n.text)) && entry.covers(fleet, finding) {
                entry.hits += 1;
                for name in &mut entry.names {
                    name.suppress(finding);
                }
                any |= !entry.is_expired;
            }
        }
        any
    }

    /// What is to be reported of those that suppress nothing.
    pub(super) fn unused(&self, rule: &'static Rule, run: &Run<'_>) -> Vec<(Finding, Mistake)> {
        let judged = self.entries.iter().enumerate().filter(|(_, e)| self.is_complete && !e.is_expired);
        judged.flat_map(|(i, e)| self.mistakes(rule, i, e, run)).collect()
    }

    fn mistakes(&self, rule: &'static Rule, index: usize, entry: &Entry<'_>, run: &Run<'_>) -> Vec<(Finding, Mistake)> {
        if let Some(cluster) = &entry.written.cluster
            && !is_glob(&cluster.value)
            && !self.clusters.contains(&cluster.value)
        {
            let near = words::nearest(&cluster.value, self.clusters.iter().map(String::as_str));
            let near = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
            let message = format!("there is no cluster `{}`, so this suppresses nothing", cluster.value);
            let help = format!("{near}`meshlint clusters` shows which there are");
            let mistake = Mistake::new(cluster.span, message, help).about(&cluster.value);
            return self.blank(rule, index, "cluster").map(|blank| (blank, mistake)).into_iter().collect();
        }
        let unused = entry.names.iter().filter(|name| !name.used && run.would_have_found(&name.text));
        unused
            .filter_map(|name| {
                let message =
                    format!("nothing of `{}` is found{}, so this suppresses nothing", name.text, entry.scope());
                let help = if entry.names.len() > 1 { "remove it" } else { "remove the entry" };
                Some((self.blank(rule, index, "rule")?, Mistake::new(name.span, message, help).about(&name.text)))
            })
            .collect()
    }

    /// What is to be reported of those whose last day is over.
    pub(super) fn expired(&self, rule: &'static Rule, run: &Run<'_>) -> Vec<(Finding, Mistake)> {
        let expired = self.entries.iter().enumerate().filter(|(_, e)| e.is_expired);
        expired
            .filter_map(|(i, entry)| {
                let last = entry.written.expires?;
                let over = format!("this suppression of {} expired on {}", entry.rules(), last.value);
                let is_sure = self.is_complete && entry.names.iter().all(|n| run.would_have_found(&n.text));
                let (message, help) = match entry.hits {
                    0 if is_sure => (format!("{over}, and what it was for is gone"), "remove the entry"),
                    0 => (over, "remove the entry, or give it a later day"),
                    1 => (format!("{over}, and what it was for is still there"), "mend that, or give it a later day"),
                    n => (
                        format!("{over}, and {} that it was for are still there", words::count(n, "finding")),
                        "mend them, or give it a later day",
                    ),
                };
                Some((self.blank(rule, i, "expires")?, Mistake::new(last.span, message, help).about(&entry.rules())))
            })
            .collect()
    }

    /// A finding in an entry that says nothing yet.
    fn blank(&self, rule: &'static Rule, index: usize, key: &str) -> Option<Finding> {
        let mut out = Findings::new(rule);
        let place = Place::new(self.source?, crate::source::Span::default());
        let blank = out.report(Site { cluster: "", meta: None, place }, "");
        blank.path = format!("/suppressions/{index}/{key}");
        Some(blank.clone())
    }
}

impl Entry<'_> {
    /// Whether the finding is where the entry says.
    fn covers(&self, fleet: &Fleet<'_>, finding: &Finding) -> bool {
        let in_cluster = |glob: &Pattern<'_>| {
            let Some(name) = finding.cluster.as_deref() else { return false };
            let title = || fleet.clusters.iter().find(|c| c.name == name).map(|c| c.input.title());
            glob.is_match(name) || title().is_some_and(|t| glob.is_match(&t))
        };
        let of_object = |glob: &Option<Pattern<'_>>, part: fn(&ObjectRef) -> &str| {
            glob.as_ref().is_none_or(|g| finding.object.as_ref().is_some_and(|o| g.is_match(part(o))))
        };
        self.cluster.as_ref().is_none_or(in_cluster)
            && of_object(&self.kind, |o| &o.kind)
            && of_object(&self.namespace, |o| o.namespace.as_deref().unwrap_or_default())
            && of_object(&self.name, |o| &o.name)
    }

    /// `` `subset-undefined` and `host-unknown` ``
    fn rules(&self) -> String {
        let all: Vec<String> = self.names.iter().map(|n| format!("`{}`", n.text)).collect();
        all.join(" and ")
    }

    /// `` in cluster `west`, in objects of kind `Secret`, namespace `legacy-*` ``; empty where it asks for nothing.
    fn scope(&self) -> String {
        let Suppression { cluster, kind, namespace, name, .. } = self.written;
        let of_object = [("kind", kind), ("namespace", namespace), ("name", name)];
        let of_object: Vec<String> =
            of_object.iter().filter_map(|(what, text)| Some(format!("{what} `{}`", text.as_ref()?))).collect();
        let mut scope = cluster.as_ref().map(|c| format!(" in cluster `{}`", c.value)).unwrap_or_default();
        if !of_object.is_empty() {
            let comma = if scope.is_empty() { "" } else { "," };
            scope += &format!("{comma} in objects of {}", of_object.join(", "));
        }
        scope
    }
}

/// A pattern for names.
enum Pattern<'s> {
    /// Stands for itself alone.
    Name(&'s str),
    Glob(GlobMatcher),
}

impl<'s> Pattern<'s> {
    /// Those that are none were refused when the configuration was read.
    fn of(text: &'s str) -> Option<Self> {
        if is_glob(text) { Some(Self::Glob(Glob::new(text).ok()?.compile_matcher())) } else { Some(Self::Name(text)) }
    }

    fn is_match(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => *own == name,
            Self::Glob(glob) => glob.is_match(name),
        }
    }
}

/// Whether a pattern may stand for other names than its own.
fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', ']', '{', '}', '\\'])
}
