//! `host-claimed-twice`: several VirtualServices say where one host leads inside the mesh.

use rustc_hash::{FxHashMap, FxHashSet};

use super::scopes::{Scope, rivals, scopes};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::read::unknown;
use crate::model::{Host, RouteKind, Text, VirtualService};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/host-claimed-twice.md"), check);

/// A host of a VirtualService.
#[derive(Clone, Copy)]
struct Claim<'a, 's> {
    site: Site<'a, 's>,
    vs: &'a VirtualService<'s>,
    host: Text<'s>,
    scope: Scope<'s>,
}

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut claims: FxHashMap<(Host<'s>, bool), Vec<(Scope<'s>, Claim<'_, 's>)>> = FxHashMap::default();
    for vs in cluster.objects.virtual_services.iter().filter(|vs| vs.in_mesh()) {
        let own = vs.meta.namespace.value;
        let default = &cluster.mesh.default_virtual_service_export_to;
        let scopes = scopes(Cluster::audience_of(&vs.export_to, default, own));
        // What one says of HTTP and another of TCP is both used.
        let is_http = |r: &RouteKind| *r == RouteKind::Http;
        let mut kinds: Vec<bool> = vs.routes.iter().map(|r| is_http(&r.kind)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for host in vs.hosts.iter().filter(|h| !unknown(h.value)) {
            for kind in &kinds {
                let site = cluster.site(&vs.meta, host.span);
                let list = claims.entry((cluster.host(host.value, own), *kind)).or_default();
                list.extend(scopes.iter().map(|&scope| (scope, Claim { site, vs, host: *host, scope })));
            }
        }
    }
    let mut seen = FxHashSet::default();
    for list in claims.into_values().filter(|list| list.len() > 1) {
        // The same object written twice is one object.
        let is_rival = |a: &Claim<'_, '_>, b: &Claim<'_, '_>| {
            (a.vs.meta.namespace.value, a.vs.meta.name.value) != (b.vs.meta.namespace.value, b.vs.meta.name.value)
        };
        for (own, other) in rivals(&list, |c| c.site.place, is_rival) {
            if seen.insert(own.site.place) {
                report(cluster, &own, &other, out);
            }
        }
    }
}

fn report(cluster: &Cluster<'_>, own: &Claim<'_, '_>, other: &Claim<'_, '_>, out: &mut Findings) {
    let (host, title, rival) = (own.host.value, own.vs.meta.title(), other.vs.meta.title());
    let both = format!("{title} and {rival} both say where `{host}` leads inside the mesh");
    // Istio takes what is exported to single namespaces before what is for all (`VirtualServicesForGateway`).
    let finding = match (own.scope, other.scope) {
        (Some(ns), None) | (None, Some(ns)) => {
            let first = if own.scope.is_some() { title } else { rival };
            let finding = out.report(own.site, format!("{both}: clients in namespace {ns} go by {first} alone"));
            finding.at_level(Severity::Note);
            finding
        }
        _ => out.report(own.site, format!("{both}: only the one that was created first is used")),
    };
    if cluster.lie_apart(&own.vs.meta, &other.vs.meta) {
        finding.at_level(Severity::Note);
    }
    finding
        .with_related(other.site, "the same host")
        .with_help("write the routes of a host into one VirtualService, or limit who sees each with `exportTo`");
}
