//! A `.global` host that no ServiceEntry of its cluster defines.

use rustc_hash::FxHashMap;

use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::Host;
use crate::model::host::{Global, global};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/global-without-service-entry.md"), check);

/// A reference to a host that nothing defines.
struct Reference<'a, 's> {
    site: Site<'a, 's>,
    what: String,
    kind: Kind,
}

/// What refers to it, by how much fails, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Requests go there, and fail.
    Route,
    /// A DestinationRule, which is for nothing.
    Rule,
    /// A route without weight, or a Sidecar: nothing fails.
    Idle,
}

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<&str, Vec<Reference<'_, '_>>> = FxHashMap::default();
    for u in cluster.uses() {
        let vs = u.virtual_service(cluster);
        if let Host::Name(name) = u.host
            && is_missing(fleet, cluster, name)
        {
            let what = format!("{} sends {} there", vs.meta.title(), u.share(cluster));
            let kind = if u.is_idle(cluster) { Kind::Idle } else { Kind::Route };
            groups.entry(name).or_default().push(Reference { site: u.host_site(cluster), what, kind });
        }
    }
    for rule in &cluster.objects.destination_rules {
        if let Some(host) = rule.host.filter(|h| is_missing(fleet, cluster, h.value)) {
            let what = format!("{} is for it", rule.meta.title());
            let site = cluster.site(&rule.meta, host.span);
            groups.entry(host.value).or_default().push(Reference { site, what, kind: Kind::Rule });
        }
    }
    for sidecar in &cluster.objects.sidecars {
        for host in &sidecar.egress_hosts {
            let name = host.value.rsplit_once('/').map_or(host.value, |(_, n)| n);
            if is_missing(fleet, cluster, name) {
                let what = format!("{} lets its workloads reach it", sidecar.meta.title());
                let site = cluster.site(&sidecar.meta, host.span);
                groups.entry(name).or_default().push(Reference { site, what, kind: Kind::Idle });
            }
        }
    }
    for (host, mut places) in groups {
        // The worst first, in the order of the files.
        places.sort_by_key(|r| r.kind);
        let Some((Reference { site, what, kind }, rest)) = places.split_first() else { continue };
        // `global` is a top-level domain, too: settings for a name under it may be for somebody's real one.
        let Global::Host(parts) = global(host, &fleet.settings.global_suffix) else { continue };
        let known = |c: &Cluster<'_>| c.knows_services_of(parts.namespace) || c.namespace(parts.namespace).is_some();
        let ours = !fleet.global_entries.is_empty() || fleet.clusters.iter().any(known);
        if !ours && *kind != Kind::Route {
            continue;
        }
        let more = and_more(rest.len(), "place");
        let message = format!("no ServiceEntry of {} defines `{host}`, but {what}{more}", cluster.name);
        let finding = out.report(*site, message);
        finding.with_label(match kind {
            Kind::Route => format!("unknown in {}: callers get 503, no such cluster", cluster.name),
            Kind::Rule | Kind::Idle => format!("unknown in {}", cluster.name),
        });
        if *kind == Kind::Idle {
            finding.at_level(Severity::Warning);
        }
        for other in rest.iter().filter(|r| r.site.place != site.place).take(2) {
            finding.with_related(other.site, other.what.clone());
        }
        let entries = cluster.objects.service_entries.iter().flat_map(|e| e.hosts.iter());
        let near = nearest(host, entries.map(|h| h.value));
        let elsewhere = fleet.global_entries.iter().find(|g| g.host.value == host && g.cluster != cluster.id);
        if let Some(g) = elsewhere {
            let other = fleet.cluster(g.cluster);
            finding.with_related(other.site(&g.entry(other).meta, g.host.span), format!("{} has one", other.name));
        }
        finding.with_help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "add a ServiceEntry for `{host}` to {}, with an endpoint for each cluster that runs the service",
                cluster.name
            ),
        });
        if !cluster.is_complete() {
            finding.message = format!(
                "could not verify that a ServiceEntry of {} defines `{host}`: none that was read does, but {what}{more}",
                cluster.name
            );
            finding.at_level(Severity::Note);
        }
    }
}

/// Whether it is a `.global` host that nothing in the cluster defines.
pub(super) fn is_missing<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, name: &'s str) -> bool {
    matches!(global(name, &fleet.settings.global_suffix), Global::Host(_)) && !cluster.defines(Host::Name(name))
}
