//! What the rules share on objects that are for the Pods of a namespace, or for some of them by a selector.

use rustc_hash::FxHashMap;

use super::Findings;
use super::words::and_more;
use crate::finding::Severity;
use crate::mesh::Cluster;
use crate::model::read::{self, unknown};
use crate::model::{Labels, Meta, Workload};
use crate::source::Span;

/// An object that is for Pods.
pub(super) struct Policy<'a, 's> {
    /// The object.
    pub(super) meta: &'a Meta<'s>,
    /// The labels by which it selects; empty where it is for the whole namespace.
    pub(super) selector: Labels<'s>,
    /// Whether it names what it is for instead: a gateway, a Service.
    pub(super) has_target: bool,
}

impl<'a, 's> Policy<'a, 's> {
    /// Reads `spec.selector` and `spec.targetRefs`.
    pub(super) fn read(meta: &'a Meta<'s>) -> Self {
        let spec = meta.spec();
        let selector = spec.get("selector").map(|s| read::labels(s, "matchLabels")).unwrap_or_default();
        let has_target =
            spec.get("targetRef").is_some_and(|t| t.is_mapping()) || read::items(spec, "targetRefs").next().is_some();
        Self { meta, selector, has_target }
    }

    /// Its namespace.
    pub(super) fn namespace(&self) -> &'s str {
        self.meta.namespace.value
    }

    /// The place of its selector's first value, or of its name.
    pub(super) fn selector_span(&self) -> Span {
        self.selector.first().map_or(self.meta.name.span, |(_, v)| v.span)
    }

    /// Whether it selects by labels that are all known.
    pub(super) fn selects(&self) -> bool {
        !self.selector.is_empty()
            && !self.has_target
            && !self.selector.iter().any(|(k, v)| unknown(k.value) || unknown(v.value))
    }

    /// The workloads of its namespace that it is shown to select.
    pub(super) fn selected<'c>(&self, cluster: &'c Cluster<'s>) -> impl Iterator<Item = &'c Workload<'s>> {
        let all = cluster.workloads(Some(self.namespace()), &self.selector);
        // A placeholder in a label may stand for anything.
        all.into_iter()
            .filter(|w| self.selector.iter().all(|(k, v)| w.label(k.value).is_some_and(|l| l.value == v.value)))
    }
}

/// The Sidecars.
pub(super) fn sidecars<'a, 's>(cluster: &'a Cluster<'s>) -> Vec<Policy<'a, 's>> {
    let all = cluster.objects.sidecars.iter();
    all.map(|s| Policy { meta: &s.meta, selector: s.selector.clone(), has_target: false }).collect()
}

/// The PeerAuthentications.
pub(super) fn peer_authentications<'a, 's>(cluster: &'a Cluster<'s>) -> Vec<Policy<'a, 's>> {
    let all = cluster.objects.peer_authentications.iter();
    all.map(|p| Policy { meta: &p.meta, selector: p.selector.clone(), has_target: false }).collect()
}

/// Those of another kind.
pub(super) fn others<'a, 's>(cluster: &'a Cluster<'s>, group: &'a str, kind: &'a str) -> Vec<Policy<'a, 's>> {
    cluster.others(group, kind).map(Policy::read).collect()
}

/// Reports those of a namespace that are each for all of its Pods, where there are several.
pub(super) fn report_defaults(cluster: &Cluster<'_>, all: &[Policy<'_, '_>], out: &mut Findings) {
    let mut by_namespace: FxHashMap<&str, Vec<&Policy<'_, '_>>> = FxHashMap::default();
    for policy in all.iter().filter(|p| p.selector.is_empty() && !p.has_target && !unknown(p.namespace())) {
        let of_it = by_namespace.entry(policy.namespace()).or_default();
        // The same object written twice is one object.
        if !of_it.iter().any(|p| p.meta.name.value == policy.meta.name.value) {
            of_it.push(policy);
        }
    }
    for (namespace, policies) in by_namespace.into_iter().filter(|(_, policies)| policies.len() > 1) {
        for (i, policy) in policies.iter().enumerate() {
            let other = policies[usize::from(i == 0)];
            let message = format!(
                "{} is for all Pods of namespace {namespace}, and so is {}{}: only the one that was created first counts",
                policy.meta.title(),
                other.meta.title(),
                and_more(policies.len() - 2, policy.meta.kind.value)
            );
            let finding = out.report(cluster.site(policy.meta, policy.meta.name.span), message);
            finding
                .with_related(cluster.site(other.meta, other.meta.name.span), "for all of them, too")
                .with_help("make them one, or give all but one a selector");
            if cluster.lie_apart(policy.meta, other.meta) {
                finding.at_level(Severity::Note);
            }
        }
    }
}

/// Reports those that select a workload that another one selects; `counts` leaves out workloads on which none acts.
pub(super) fn report_overlaps<'s>(
    cluster: &Cluster<'s>,
    all: &[Policy<'_, 's>],
    counts: impl Fn(&Workload<'s>) -> bool,
    out: &mut Findings,
) {
    let mut by_workload: FxHashMap<*const Workload<'s>, (&Workload<'s>, Vec<usize>)> = FxHashMap::default();
    for (i, policy) in all.iter().enumerate().filter(|(_, p)| p.selects()) {
        for workload in policy.selected(cluster).filter(|w| counts(w)) {
            let (_, policies) =
                by_workload.entry(std::ptr::from_ref(workload)).or_insert_with(|| (workload, Vec::new()));
            // The same object written twice is one object.
            if !policies.iter().any(|&p| all[p].meta.name.value == policy.meta.name.value) {
                policies.push(i);
            }
        }
    }
    // One finding for each, with the first workload in the order of the files.
    let mut found: FxHashMap<usize, (&Workload<'s>, usize, usize)> = FxHashMap::default();
    let mut shared: Vec<_> = by_workload.into_values().filter(|(_, policies)| policies.len() > 1).collect();
    shared.sort_by_key(|(w, _)| (w.meta.source, w.meta.root.span()));
    for (workload, policies) in shared {
        for (at, &i) in policies.iter().enumerate() {
            let other = policies[usize::from(at == 0)];
            found.entry(i).and_modify(|(_, _, more)| *more += 1).or_insert((workload, other, 0));
        }
    }
    for (i, (workload, other, more)) in found {
        let (policy, other) = (&all[i], &all[other]);
        let message = format!(
            "{} selects {}{}, and so does {}: only the one that was created first counts there",
            policy.meta.title(),
            workload.meta.title(),
            and_more(more, "workload"),
            other.meta.title()
        );
        let finding = out.report(cluster.site(policy.meta, policy.selector_span()), message);
        finding
            .with_related(cluster.site(other.meta, other.selector_span()), "selects it, too")
            .with_related(cluster.site(&workload.meta, workload.meta.name.span), "has the labels of both")
            .with_help("select it in one of them, with all that is to be set for it");
        if cluster.lie_apart(policy.meta, other.meta) {
            finding.at_level(Severity::Note);
        }
    }
}
