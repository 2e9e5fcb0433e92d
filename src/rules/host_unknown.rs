//! A route or DestinationRule names a host that nothing defines.

use rustc_hash::FxHashMap;

use super::host_half_qualified::service_meant;
use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Site, Together};
use crate::model::Host;
use crate::model::host::{Global, global};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/host-unknown.md"), check);

struct Reference<'a, 's> {
    site: Site<'a, 's>,
    /// What refers to the host, and what becomes of it: `VirtualService default/reviews sends all of a route there`.
    what: String,
    is_route: bool,
}

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<Host<'_>, Vec<Reference<'_, '_>>> = FxHashMap::default();
    for u in cluster.uses() {
        let vs = u.virtual_service(cluster);
        if !is_missing(fleet, cluster, u.host) {
            continue;
        }
        groups.entry(u.host).or_default().push(Reference {
            site: u.host_site(cluster),
            what: format!("{} sends {} there", vs.meta.title(), u.share(cluster)),
            is_route: !u.is_idle(cluster),
        });
    }
    for rule in &cluster.objects.destination_rules {
        let Some(text) = rule.host.filter(|h| !crate::model::read::unknown(h.value)) else { continue };
        let host = cluster.host(text.value, rule.meta.namespace.value);
        // What other clusters send to a missing Service is remote-service-missing's matter.
        let called = || !fleet.crossings.callers(cluster.id, host).is_empty();
        if host.is_wildcard() || !is_missing(fleet, cluster, host) || called() {
            continue;
        }
        groups.entry(host).or_default().push(Reference {
            site: cluster.site(&rule.meta, text.span),
            what: format!("{} is for it", rule.meta.title()),
            is_route: false,
        });
    }
    let mut doubtful: FxHashMap<String, Vec<(Host<'_>, Vec<Reference<'_, '_>>)>> = FxHashMap::default();
    for (host, references) in groups {
        let near = near(cluster, host);
        let known = match host {
            Host::Service { namespace, .. } => cluster.knows_services_of(namespace) && cluster.is_complete(),
            // Nothing says that all names outside are declared here, but a slip for one that is, is one.
            Host::Name(_) => near.is_some() && cluster.is_complete(),
        };
        if !known {
            let key = match host {
                Host::Service { namespace, .. } => format!("Services of namespace {namespace}"),
                Host::Name(_) => "ServiceEntries for names outside the mesh".into(),
            };
            doubtful.entry(key).or_default().push((host, references));
            continue;
        }
        let Some(first) = references.iter().find(|r| r.is_route).or(references.first()) else { continue };
        let what = match host {
            Host::Service { namespace, .. } => {
                format!("no Service and no ServiceEntry of {} (namespace {namespace} has others)", cluster.name)
            }
            Host::Name(_) => format!("no ServiceEntry of {}", cluster.name),
        };
        let more = and_more(references.len() - 1, "place");
        let finding = out.report(first.site, format!("{what} defines host `{host}`, but {}{more}", first.what));
        if !first.is_route {
            finding.at_level(Severity::Warning);
        }
        for other in references.iter().filter(|r| r.site.place != first.site.place).take(2) {
            finding.with_related(other.site, other.what.clone());
        }
        match near {
            Some(near) => finding.with_help(format!("did you mean `{near}`?")),
            None => finding.with_help(format!("add it to {}, or route to a host that exists", cluster.name)),
        };
    }
    for (what, hosts) in doubtful {
        let mut hosts = hosts;
        hosts.sort_by_key(|(h, r)| (r.first().map(|r| r.site.place), *h));
        let Some((host, references)) = hosts.first() else { continue };
        let Some(first) = references.first() else { continue };
        out.report(
            first.site,
            format!(
                "could not verify that host `{host}` exists in {}: {what} are not in this repository{}",
                cluster.name,
                and_more(hosts.len() - 1, "host")
            ),
        )
        .at_level(Severity::Note)
        .with_help("add the manifests that define them to what meshlint reads");
    }
}

/// Whether nothing defines the host, and no other rule says so better.
fn is_missing<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, host: Host<'s>) -> bool {
    if cluster.defines(host) {
        return false;
    }
    match host {
        Host::Name(name) => {
            !host.is_wildcard()
                && global(name, &fleet.settings.global_suffix) == Global::No
                && service_meant(cluster, name).is_none()
        }
        // Another cluster of the mesh has it: service-missing-in-cluster.
        Host::Service { .. } => !fleet.clusters.iter().any(|c| {
            c.id != cluster.id && c.service_of(&host).is_some() && fleet.together(cluster, c) == Together::Shown
        }),
    }
}

fn near(cluster: &Cluster<'_>, host: Host<'_>) -> Option<String> {
    match host {
        Host::Service { name, namespace } => {
            let close = nearest(name, cluster.service_names(namespace)).map(|n| format!("{n}.{namespace}"));
            close.or_else(|| {
                let other = cluster.objects.services.iter().find(|s| s.meta.name.value == name)?;
                Some(format!("{name}.{}.svc.{}", other.meta.namespace.value, cluster.domain))
            })
        }
        Host::Name(name) => {
            let hosts = cluster.objects.service_entries.iter().flat_map(|e| e.hosts.iter().map(|h| h.value));
            nearest(name, hosts).map(str::to_string)
        }
    }
}
