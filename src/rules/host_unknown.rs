//! A route or DestinationRule names a host that nothing defines.

use rustc_hash::FxHashMap;

use super::global_without_service_entry::is_missing as no_service_entry;
use super::host_half_qualified::service_meant;
use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Crossing, Fleet, Site, Together};
use crate::model::host::{Global, global};
use crate::model::{DestinationRule, Host};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/host-unknown.md"), check);

struct Reference<'a, 's> {
    site: Site<'a, 's>,
    /// What refers to the host, and what becomes of it: `VirtualService default/reviews sends all of a route there`.
    what: String,
    is_route: bool,
    is_rule: bool,
    /// The host as written, and the namespace of the object that holds it.
    written: (&'s str, &'s str),
    /// For a DestinationRule: the host that is meant, where a route fails for want of a subset defined here.
    need: Option<Need<'a, 's>>,
}

/// What goes to a subset that only a rule with a slip in its host defines.
struct Need<'a, 's> {
    host: Host<'s>,
    subset: &'s str,
    site: Site<'a, 's>,
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
            is_rule: false,
            written: (u.destination(cluster).host.value, vs.meta.namespace.value),
            need: None,
        });
    }
    for rule in &cluster.objects.destination_rules {
        let Some(text) = rule.host.filter(|h| !crate::model::read::unknown(h.value)) else { continue };
        let host = cluster.host(text.value, rule.meta.namespace.value);
        if !is_rule_astray(fleet, cluster, host) {
            continue;
        }
        groups.entry(host).or_default().push(Reference {
            site: cluster.site(&rule.meta, text.span),
            what: format!("{} is for it", rule.meta.title()),
            is_route: false,
            is_rule: true,
            written: (text.value, rule.meta.namespace.value),
            need: need(fleet, cluster, rule, host),
        });
    }
    let mut doubtful: FxHashMap<String, Vec<(Host<'_>, Vec<Reference<'_, '_>>)>> = FxHashMap::default();
    for (host, references) in groups {
        let Some(first) = references
            .iter()
            .find(|r| r.is_route)
            .or(references.iter().find(|r| r.need.is_some()))
            .or(references.first())
        else {
            continue;
        };
        let need = references.iter().find_map(|r| r.need.as_ref());
        let near = need.map(|n| n.host).or_else(|| near(fleet, cluster, host));
        let known = match host {
            // Istio's and Kubernetes' own namespaces have Services that an installation brings.
            Host::Service { name, namespace } => {
                (cluster.knows_services_of(namespace) || need.is_some())
                    && namespace != cluster.mesh.root_namespace
                    && !cluster.may_be_made(namespace, name)
                    && elsewhere(fleet, cluster, host).is_none()
            }
            // Nothing says that all names outside are declared here, but a slip for one that is, is one.
            Host::Name(_) => near.is_some(),
        };
        let known = known && cluster.is_complete_for(host) && !cluster.may_define(host);
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
        let what = match host {
            Host::Service { namespace, .. } if cluster.knows_services_of(namespace) => {
                format!("no Service of {} (namespace {namespace} has others) and no ServiceEntry", cluster.name)
            }
            Host::Service { .. } => format!("no Service of {} and no ServiceEntry", cluster.name),
            Host::Name(_) => format!("no ServiceEntry of {}", cluster.name),
        };
        let (text, own) = first.written;
        let needed =
            first.need.as_ref().map(|n| format!(", and a route needs its subset `{}` for {}", n.subset, n.host));
        let needed = needed.unwrap_or_default();
        let more = and_more(references.len() - 1, "place");
        let finding = out.report(first.site, format!("{what} defines host `{text}`, but {}{needed}{more}", first.what));
        if !first.is_route && first.need.is_none() {
            finding.at_level(Severity::Warning);
        }
        if let Some(need) = &first.need {
            finding.with_related(need.site, format!("goes to subset `{}` of {}", need.subset, need.host));
        }
        for other in references.iter().filter(|r| r.site.place != first.site.place).take(2) {
            finding.with_related(other.site, other.what.clone());
        }
        match near {
            Some(near) => finding.with_help(format!("did you mean `{}`?", spelled(cluster, near, text, own))),
            None => finding.with_help(format!("add it to {}, or route to a host that exists", cluster.name)),
        };
    }
    for (what, hosts) in doubtful {
        let mut hosts = hosts;
        hosts.sort_by_key(|(h, r)| (r.first().map(|r| r.site.place), *h));
        let Some((_, references)) = hosts.first() else { continue };
        let Some(first) = references.first() else { continue };
        out.report(
            first.site,
            format!(
                "could not verify that host `{}`{} exists in {}: {what}",
                first.written.0,
                and_more(hosts.len() - 1, "host"),
                cluster.name
            ),
        )
        .at_level(Severity::Note)
        // istioctl's code for whatever is missing is not one for a doubt about a route.
        .with_codes(if first.is_rule { &["IST0174", "KIA0202"] } else { &["KIA1101"] })
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

/// Whether nothing has the host of a DestinationRule, so that the rule does nothing. What other clusters send to a
/// missing Service is remote-service-missing's matter.
fn is_rule_astray<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, host: Host<'s>) -> bool {
    !host.is_wildcard() && is_missing(fleet, cluster, host) && fleet.crossings.callers(cluster.id, host).is_empty()
}

/// What fails for want of a subset that this rule defines for a slip of its host.
fn need<'a, 's>(
    fleet: &'a Fleet<'s>,
    cluster: &'a Cluster<'s>,
    rule: &DestinationRule<'s>,
    written: Host<'s>,
) -> Option<Need<'a, 's>> {
    let defines = |host: Host<'s>, subset: &str| {
        let mut all = cluster.rules_for(host).chain(cluster.wildcard_rules_for(host).map(|(_, r)| r));
        all.any(|r| r.subset(subset).is_some())
    };
    let is_it = |host: Host<'s>, subset: &'s str| {
        rule.subset(subset).is_some()
            && is_slip(fleet, cluster, written, host)
            && cluster.rules_for(host).next().is_none()
            && !defines(host, subset)
    };
    let used = cluster.uses().iter().filter(|u| !u.is_idle(cluster) && exists(fleet, cluster, u.host)).find_map(|u| {
        let subset = u.subset(cluster).filter(|s| is_it(u.host, s))?;
        Some(Need { host: u.host, subset, site: u.subset_site(cluster) })
    });
    let called = || {
        fleet.crossings.arriving(cluster.id).into_iter().find_map(|c: &Crossing<'s>| {
            let subset = c.subset.map(|s| s.value).filter(|s| cluster.defines(c.service) && is_it(c.service, s))?;
            Some(Need { host: c.service, subset, site: c.site(fleet) })
        })
    };
    used.or_else(called)
}

/// Whether a rule with a slip in its host, or with half of it, is the cause that a host's subset is not defined: then
/// that rule's host is reported, and the subset is not.
pub(super) fn is_for_a_slip<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, host: Host<'s>, subset: &str) -> bool {
    cluster.objects.destination_rules.iter().filter(|r| r.subset(subset).is_some()).any(|r| {
        let Some(text) = r.host.filter(|h| !crate::model::read::unknown(h.value)) else { return false };
        if service_meant(cluster, text.value).is_some_and(|s| Cluster::host_of(s) == host) {
            return true;
        }
        let written = cluster.host(text.value, r.meta.namespace.value);
        is_slip(fleet, cluster, written, host)
            && cluster.rules_for(host).next().is_none()
            && (is_rule_astray(fleet, cluster, written)
                || matches!(written, Host::Name(name) if no_service_entry(fleet, cluster, name)))
    })
}

fn exists<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, host: Host<'s>) -> bool {
    cluster.defines(host) || super::subset_undefined::is_shared(fleet, cluster, host)
}

/// Whether one host is a slip for the other: in the Service's name, its namespace, or the rest.
fn is_slip<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, written: Host<'s>, meant: Host<'s>) -> bool {
    let near = |a: &str, b: &str| nearest(a, [b]).is_some() && letters(a) != letters(b);
    match (written, meant) {
        (Host::Service { name: a, namespace: b }, Host::Service { name: c, namespace: d }) => {
            (b == d && near(a, c)) || (a == c && near(b, d))
        }
        (Host::Name(name), meant) => {
            // The name may be whole in a cluster with another domain.
            let is_whole = || fleet.clusters.iter().any(|c| matches!(c.host(name, ""), Host::Service { .. }));
            is_slip_of_name(name, &meant.full(cluster.domain)) && !is_whole()
        }
        (Host::Service { .. }, Host::Name(_)) => false,
    }
}

/// Names that differ by a number only are siblings: `bucket-1.example.com` and `bucket-2.example.com`.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn is_slip_of_name(name: &str, meant: &str) -> bool {
    let limit = if name.len() < 12 { 1 } else { 2 };
    !meant.starts_with('*')
        && name.len().abs_diff(meant.len()) <= limit
        && (1..=limit).contains(&strsim::damerau_levenshtein(name, meant))
        && letters(name) != letters(meant)
}

/// A host as it has to be written where `text` stands: short only where that was short and the Service is there.
fn spelled(cluster: &Cluster<'_>, host: Host<'_>, text: &str, own: &str) -> String {
    match host {
        Host::Service { name, namespace } if namespace == own && !text.contains('.') => name.to_string(),
        _ => host.full(cluster.domain),
    }
}

/// The host that is probably meant.
fn near<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, host: Host<'s>) -> Option<Host<'s>> {
    match host {
        Host::Service { name, namespace } => {
            let close = nearest(name, cluster.service_names(namespace)).map(|name| Host::Service { name, namespace });
            close.or_else(|| cluster.objects.services.iter().find(|s| s.meta.name.value == name).map(Cluster::host_of))
        }
        Host::Name(name) => {
            let hosts = cluster.objects.service_entries.iter().flat_map(|e| e.hosts.iter().map(|h| h.value));
            let entry = nearest(name, hosts.filter(|h| is_slip_of_name(name, h))).map(Host::Name);
            // A slip after the Service's name: `orders.shop.svc.cluster.lcal`.
            let first = name.split('.').next().unwrap_or_default();
            let services = cluster.objects.services.iter().filter(|s| s.meta.name.value == first);
            entry.or_else(|| {
                let mut all = services.map(Cluster::host_of);
                all.find(|h| is_slip(fleet, cluster, host, *h))
            })
        }
    }
}
