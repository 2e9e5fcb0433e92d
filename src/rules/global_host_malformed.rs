//! A `.global` host that is not `<service>.<namespace>[.<cluster>].global`.

use rustc_hash::FxHashMap;

use super::words::and_more;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site, is_of_the_mesh};
use crate::model::Host;
use crate::model::host::{Global, global};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/global-host-malformed.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let suffix = fleet.settings.global_suffix.as_str();
    let malformed = |text: &str| global(text, suffix) == Global::Malformed;
    let mut groups: FxHashMap<&str, Vec<(Site<'_, '_>, &str)>> = FxHashMap::default();
    for entry in &cluster.objects.service_entries {
        // `global` is a top-level domain, too: a real name outside the mesh is none of our business.
        if is_of_the_mesh(entry, fleet.settings.sni_port) {
            for host in entry.hosts.iter().filter(|h| malformed(h.value)) {
                let place = (cluster.site(&entry.meta, host.span), entry.meta.namespace.value);
                groups.entry(host.value).or_default().push(place);
            }
        }
    }
    for u in cluster.uses() {
        if let Host::Name(name) = u.host
            && malformed(name)
            && !cluster.defines(u.host)
        {
            let place = (u.host_site(cluster), u.virtual_service(cluster).meta.namespace.value);
            groups.entry(name).or_default().push(place);
        }
    }
    for rule in &cluster.objects.destination_rules {
        if let Some(host) = rule.host.filter(|h| malformed(h.value) && !cluster.defines(Host::Name(h.value))) {
            let place = (cluster.site(&rule.meta, host.span), rule.meta.namespace.value);
            groups.entry(host.value).or_default().push(place);
        }
    }
    for (text, places) in groups {
        let Some((site, namespace)) = places.first() else { continue };
        if !cluster.defines(Host::Name(text)) && !means_a_service(fleet, text) {
            continue;
        }
        let finding = out.report(
            *site,
            format!(
                "`{text}` names no Service of another cluster: such a host is `<service>.<namespace>.{suffix}`{}",
                and_more(places.len() - 1, "place")
            ),
        );
        for (other, _) in places[1..].iter().filter(|(s, _)| s.place != site.place).take(2) {
            finding.with_related(*other, "the same name");
        }
        let parts: Vec<&str> = text.split('.').collect();
        finding.with_help(match parts[..] {
            [service, _] if !service.is_empty() => format!("write `{service}.{namespace}.{suffix}`"),
            _ => format!("write `<service>.<namespace>.{suffix}`, or `<service>.<namespace>.<cluster>.{suffix}`"),
        });
    }
}

/// Whether a malformed name is meant for a Service of the fleet, and is not somebody's name under the real top-level
/// domain: an empty label is in no real name; else the first label, or the first two, name a Service.
fn means_a_service(fleet: &Fleet<'_>, text: &str) -> bool {
    let mut labels = text.split('.');
    let (Some(service), Some(second), third) = (labels.next(), labels.next(), labels.next()) else { return false };
    text.contains("..")
        || text.starts_with('.')
        || fleet.clusters.iter().any(|c| match third {
            None => c.objects.services.iter().any(|s| s.meta.name.value == service),
            Some(_) => c.service(second, service).is_some(),
        })
}
