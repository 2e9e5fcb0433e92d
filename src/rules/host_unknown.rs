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
            // Istio's and Kubernetes' own namespaces have Services that an installation brings.
            Host::Service { name, namespace } => {
                cluster.knows_services_of(namespace)
                    && namespace != cluster.mesh.root_namespace
                    && !cluster.may_be_made(namespace, name)
                    && elsewhere(fleet, cluster, host).is_none()
            }
            // Nothing says that all names outside are declared here, but a slip for one that is, is one.
            Host::Name(_) => near.is_some(),
        };
        let known = known && cluster.is_complete() && !cluster.may_define(host);
        if !known {
            let key = match host {
                Host::Service { namespace, .. } => match elsewhere(fleet, cluster, host) {
                    Some(other) => format!("only {} has it, and nothing shows that both are one mesh", other.name),
                    None if cluster.knows_services_of(namespace) => {
                        format!("not all Services of namespace {namespace} are known from this repository")
                    }
                    None => format!("Services of namespace {namespace} are not in this repository"),
                },
                Host::Name(_) => "ServiceEntries for names outside the mesh are not all in this repository".into(),
            };
            doubtful.entry(key).or_default().push((host, references));
            continue;
        }
        let Some(first) = references.iter().find(|r| r.is_route).or(references.first()) else { continue };
        let what = match host {
            Host::Service { namespace, .. } => {
                format!("no Service of {} (namespace {namespace} has others) and no ServiceEntry", cluster.name)
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
                "could not verify that host `{host}`{} exists in {}: {what}",
                and_more(hosts.len() - 1, "host"),
                cluster.name
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
        // Kubernetes brings it.
        Host::Service { name: "kubernetes", namespace: "default" } => false,
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

/// Another cluster of the repository that has the Service, where nothing shows whether both are one mesh.
fn elsewhere<'a, 's>(fleet: &'a Fleet<'s>, cluster: &Cluster<'s>, host: Host<'s>) -> Option<&'a Cluster<'s>> {
    fleet.clusters.iter().find(|c| {
        c.id != cluster.id && c.service_of(&host).is_some() && fleet.together(cluster, c) == Together::NotShown
    })
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
            // Names that differ by a number only are siblings: `bucket-1.example.com` and `bucket-2.example.com`.
            let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
            let slip = |h: &&str| {
                !h.starts_with('*')
                    && strsim::damerau_levenshtein(name, h) <= if name.len() < 12 { 1 } else { 2 }
                    && letters(name) != letters(h)
            };
            nearest(name, hosts.filter(slip)).map(str::to_string)
        }
    }
}
