//! A placeholder that nothing resolves, in a place that a rule has to read.

use rustc_hash::{FxHashMap, FxHashSet};

use super::words::and_more;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::read::{placeholder_names, unknown};
use crate::model::{Meta, Text};
use crate::source::Place;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/placeholder-unresolved.md"), check);

/// Another thing beside the address says the cluster.
const ADDRESS_ALONE: &str = "the endpoint's address, though not the cluster that it leads to,";

fn check<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut groups: FxHashMap<&'s str, Vec<(Site<'_, 's>, &'static str)>> = FxHashMap::default();
    for (meta, text, what) in places(fleet, cluster) {
        if unknown(text.value) {
            groups.entry(text.value).or_default().push((cluster.site(meta, text.span), what));
        }
    }
    for (text, places) in groups {
        let Some((site, first)) = places.first() else { continue };
        // What more depends on it counts for more.
        let what = places.iter().map(|(_, what)| what).find(|w| **w != ADDRESS_ALONE).unwrap_or(first);
        let more = and_more(places.len() - 1, "place");
        let finding = out.report(*site, format!("`{text}` is not known, so {what} could not be checked{more}"));
        finding.with_help(match placeholder_names(text).first() {
            Some(name) => format!("give it with `--set {name}=…`, or under `variables` in meshlint.yaml"),
            None => "write the value, or render the manifest first".into(),
        });
    }
}

/// The names of placeholders that rules need a value for.
pub(crate) fn names<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>) -> Vec<&'s str> {
    let texts = places(fleet, cluster).into_iter().map(|(_, text, _)| text.value);
    texts.filter(|t| unknown(t)).flat_map(placeholder_names).collect()
}

/// Every value that rules read names and addresses from, with what it decides.
fn places<'a, 's>(fleet: &Fleet<'s>, cluster: &'a Cluster<'s>) -> Vec<(&'a Meta<'s>, Text<'s>, &'static str)> {
    let objects = &cluster.objects;
    // Addresses of endpoints whose cluster a label, a network or the host names.
    let by_another: FxHashSet<Place> = fleet
        .links_from(cluster.id)
        .filter(|(_, l)| l.to.is_some() && l.evidence.iter().any(|e| e.kind.is_declared()))
        .map(|(_, l)| l.site(cluster).place)
        .collect();
    let mut all: Vec<_> = objects
        .metas()
        .filter(|m| m.explicit_namespace)
        .map(|m| (m, m.namespace, "what the namespace holds"))
        .collect();
    for entry in &objects.service_entries {
        all.extend(entry.hosts.iter().map(|h| (&entry.meta, *h, "the host")));
        all.extend(entry.addresses.iter().map(|a| (&entry.meta, *a, "the virtual address")));
        for endpoint in &entry.endpoints {
            all.extend(endpoint.address.map(|a| {
                let is_named = by_another.contains(&cluster.site(&entry.meta, a.span).place);
                (&entry.meta, a, if is_named { ADDRESS_ALONE } else { "where the endpoint leads" })
            }));
            all.extend(endpoint.network.map(|n| (&entry.meta, n, "the endpoint's network")));
            all.extend(endpoint.labels.iter().map(|(_, v)| (&entry.meta, *v, "the endpoint's label")));
        }
    }
    for vs in &objects.virtual_services {
        for destination in vs.routes.iter().flat_map(|r| &r.destinations) {
            all.push((&vs.meta, destination.host, "the host routed to"));
            all.extend(destination.subset.map(|s| (&vs.meta, s, "the subset routed to")));
        }
        all.extend(vs.gateways.iter().map(|g| (&vs.meta, *g, "the gateway")));
    }
    for rule in &objects.destination_rules {
        all.extend(rule.host.map(|h| (&rule.meta, h, "the host")));
        for subset in &rule.subsets {
            all.push((&rule.meta, subset.name, "the subset's name"));
            all.extend(subset.labels.iter().map(|(_, v)| (&rule.meta, *v, "what the subset selects")));
        }
        let policies = rule.policy.iter().chain(rule.subsets.iter().filter_map(|s| s.policy.as_deref()));
        let policies = policies.flat_map(|p| std::iter::once(p).chain(p.ports.iter().map(|(_, p)| p)));
        all.extend(policies.filter_map(|p| Some((&rule.meta, p.tls.as_ref()?.mode?, "the TLS mode"))));
    }
    for gateway in &objects.gateways {
        all.extend(gateway.servers.iter().filter_map(|s| Some((&gateway.meta, s.tls_mode?, "the TLS mode"))));
    }
    all
}
