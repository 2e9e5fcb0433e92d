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
    unresolved(fleet, cluster, &mut |meta, text, what| {
        groups.entry(text.value).or_default().push((cluster.site(meta, text.span), what));
    });
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
    let mut names = Vec::new();
    unresolved(fleet, cluster, &mut |_, text, _| names.extend(placeholder_names(text.value)));
    names
}

/// Visits every placeholder among the values that rules read names and addresses from, with what it decides.
fn unresolved<'a, 's>(
    fleet: &Fleet<'s>,
    cluster: &'a Cluster<'s>,
    visit: &mut dyn FnMut(&'a Meta<'s>, Text<'s>, &'static str),
) {
    let mut look = |meta, text: Text<'s>, what| {
        if unknown(text.value) {
            visit(meta, text, what);
        }
    };
    let objects = &cluster.objects;
    let mut by_another: Option<FxHashSet<Place>> = None;
    for meta in objects.metas().filter(|m| m.explicit_namespace) {
        look(meta, meta.namespace, "what the namespace holds");
    }
    for entry in &objects.service_entries {
        entry.hosts.iter().for_each(|h| look(&entry.meta, *h, "the host"));
        entry.addresses.iter().for_each(|a| look(&entry.meta, *a, "the virtual address"));
        for endpoint in &entry.endpoints {
            if let Some(address) = endpoint.address.filter(|a| unknown(a.value)) {
                let place = cluster.site(&entry.meta, address.span).place;
                let by_another = by_another.get_or_insert_with(|| named_otherwise(fleet, cluster));
                let is_named = by_another.contains(&place);
                look(&entry.meta, address, if is_named { ADDRESS_ALONE } else { "where the endpoint leads" });
            }
            endpoint.network.iter().for_each(|n| look(&entry.meta, *n, "the endpoint's network"));
            endpoint.labels.iter().for_each(|(_, v)| look(&entry.meta, *v, "the endpoint's label"));
        }
    }
    for vs in &objects.virtual_services {
        for destination in vs.routes.iter().flat_map(|r| &r.destinations) {
            look(&vs.meta, destination.host, "the host routed to");
            destination.subset.iter().for_each(|s| look(&vs.meta, *s, "the subset routed to"));
        }
        vs.gateways.iter().for_each(|g| look(&vs.meta, *g, "the gateway"));
    }
    for rule in &objects.destination_rules {
        rule.host.iter().for_each(|h| look(&rule.meta, *h, "the host"));
        for subset in &rule.subsets {
            look(&rule.meta, subset.name, "the subset's name");
            subset.labels.iter().for_each(|(_, v)| look(&rule.meta, *v, "what the subset selects"));
        }
        let policies = rule.policy.iter().chain(rule.subsets.iter().filter_map(|s| s.policy.as_deref()));
        let policies = policies.flat_map(|p| std::iter::once(p).chain(p.ports.iter().map(|(_, p)| p)));
        policies.filter_map(|p| p.tls.as_ref()?.mode).for_each(|mode| look(&rule.meta, mode, "the TLS mode"));
    }
    for gateway in &objects.gateways {
        gateway.servers.iter().filter_map(|s| s.tls_mode).for_each(|mode| look(&gateway.meta, mode, "the TLS mode"));
    }
}

/// The addresses of endpoints whose cluster a label, a network or the host names.
fn named_otherwise(fleet: &Fleet<'_>, cluster: &Cluster<'_>) -> FxHashSet<Place> {
    fleet
        .links_from(cluster.id)
        .filter(|(_, l)| l.to.is_some() && l.evidence.iter().any(|e| e.kind.is_declared()))
        .map(|(_, l)| l.site(cluster).place)
        .collect()
}
