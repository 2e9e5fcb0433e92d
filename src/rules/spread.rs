//! Services that stand in several clusters of one mesh, and which clusters are one.

use rustc_hash::FxHashMap;

use super::meshes::parts;
use crate::mesh::{Cluster, Fleet, Own, Site, Together};
use crate::model::{Host, Service};
use crate::source::Span;

/// A Service in one cluster.
#[derive(Clone, Copy)]
pub(super) struct Member<'a, 's> {
    pub(super) cluster: &'a Cluster<'s>,
    pub(super) service: &'a Service<'s>,
}

/// Whether a cluster has Pods behind a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pods {
    /// It has.
    Some,
    /// It has none: it can only call those of other clusters.
    None,
    /// Its repository does not tell.
    Unknown,
}

/// A Service that several clusters have.
pub(super) struct Spread<'a, 's> {
    /// Its host.
    pub(super) host: Host<'s>,
    /// In the order of the clusters; two at least.
    pub(super) members: Vec<Member<'a, 's>>,
    /// Whether the repository shows that they are one mesh.
    pub(super) is_shown: bool,
}

impl<'a, 's> Member<'a, 's> {
    /// A place in it.
    pub(super) fn site(&self, span: Span) -> Site<'a, 's> {
        self.cluster.site(&self.service.meta, span)
    }

    /// Whether a route of its cluster leads to it.
    pub(super) fn is_routed_to(&self) -> bool {
        self.cluster.uses_of(Cluster::host_of(self.service)).next().is_some()
    }
}

impl<'a, 's> Spread<'a, 's> {
    /// Whether the member's cluster has Pods for it. Where others have some and this one's files are all there, their
    /// absence means that there are none.
    pub(super) fn pods(&self, member: &Member<'a, 's>) -> Pods {
        let has = |m: &Member<'a, 's>| !m.cluster.workloads_of(m.service).is_empty();
        if has(member) {
            return Pods::Some;
        }
        let by_hand = member.service.selector.is_empty();
        let is_told = member.cluster.knows_workloads_of(member.service.meta.namespace.value)
            || self.members.iter().any(|m| m.cluster.id != member.cluster.id && has(m));
        if by_hand || !is_told || !member.cluster.is_complete() { Pods::Unknown } else { Pods::None }
    }
}

/// All Services of several clusters, but those that each cluster has for itself: of the control plane, of Kubernetes,
/// of gateways, and those that are kept local.
///
/// A Service that clusters have which are shown to be one mesh comes once for that mesh; where others have it besides,
/// it comes once more for all of them, as not shown.
pub(super) fn all<'a, 's>(fleet: &'a Fleet<'s>) -> Vec<Spread<'a, 's>> {
    let shown = parts(fleet, |a, b| fleet.together(a, b) == Together::Shown);
    let possible = parts(fleet, |a, b| match fleet.together(a, b) {
        Together::Shown => true,
        Together::NotShown => !are_other_meshes(a, b),
        Together::Replicated => false,
    });
    let mut index: FxHashMap<Host<'s>, usize> = FxHashMap::default();
    let mut groups: Vec<(Host<'s>, Vec<Member<'a, 's>>)> = Vec::new();
    for cluster in &fleet.clusters {
        let own = Own::of(fleet, cluster);
        for service in cluster.objects.services.iter().filter(|s| !own.has(s)) {
            let host = Cluster::host_of(service);
            let at = *index.entry(host).or_insert(groups.len());
            if at == groups.len() {
                groups.push((host, Vec::new()));
            }
            let members = &mut groups[at].1;
            // The same object twice in one cluster is another rule's matter.
            if members.last().is_none_or(|m| m.cluster.id != cluster.id) {
                members.push(Member { cluster, service });
            }
        }
    }
    let mut spreads = Vec::new();
    for (host, members) in groups.into_iter().filter(|(_, members)| members.len() > 1) {
        if is_ambient_local(&members) {
            continue;
        }
        for (parts, is_shown) in [(&shown, true), (&possible, false)] {
            let mut rest = members.clone();
            while let Some(first) = rest.first().copied() {
                let part = |m: &Member<'a, 's>| parts[m.cluster.id.0 as usize] == parts[first.cluster.id.0 as usize];
                let (members, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(part);
                rest = others;
                let of_one = |m: &Member<'a, 's>| shown[m.cluster.id.0 as usize] == shown[first.cluster.id.0 as usize];
                if members.len() > 1 && (is_shown || !members.iter().all(of_one)) {
                    spreads.push(Spread { host, members, is_shown });
                }
            }
        }
    }
    spreads
}

/// Whether both say which mesh they are, and say different ones.
fn are_other_meshes(a: &Cluster<'_>, b: &Cluster<'_>) -> bool {
    matches!((a.mesh.mesh_id, b.mesh.mesh_id), (Some(x), Some(y)) if x.value != y.value)
}

/// In ambient mode a Service is its cluster's own unless it says otherwise.
fn is_ambient_local(members: &[Member<'_, '_>]) -> bool {
    let in_ambient = |m: &Member<'_, '_>| m.cluster.is_ambient(m.service.meta.namespace.value);
    let is_global = |m: &Member<'_, '_>| m.service.meta.label("istio.io/global").is_some_and(|l| l.value == "true");
    members.iter().any(in_ambient) && !members.iter().any(is_global)
}
