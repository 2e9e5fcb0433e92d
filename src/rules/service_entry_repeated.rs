//! `service-entry-repeated`: several ServiceEntries define one host and port in the same way.

use rustc_hash::FxHashMap;

use super::scopes::{Scope, rivals, scopes};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::read::unknown;
use crate::model::{Host, ServiceEntry, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/service-entry-repeated.md"), check);

/// A host of an entry, at one of its ports.
#[derive(Clone, Copy)]
struct Said<'a, 's> {
    site: Site<'a, 's>,
    entry: &'a ServiceEntry<'s>,
    host: Text<'s>,
    port: u32,
}

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut all: FxHashMap<(Host<'s>, u32, String), Vec<(Scope<'s>, Said<'_, 's>)>> = FxHashMap::default();
    for entry in &cluster.objects.service_entries {
        // Endpoints of one host may be given by several entries.
        if !entry.endpoints.is_empty() || entry.workload_selector.is_some() {
            continue;
        }
        let scopes = scopes(cluster.audience(entry));
        for host in entry.hosts.iter().filter(|h| !unknown(h.value)) {
            let name = cluster.host(host.value, entry.meta.namespace.value);
            for port in &entry.ports {
                let (Some(number), Some(protocol)) = (port.port(), port.protocol) else { continue };
                let said = Said { site: cluster.site(&entry.meta, host.span), entry, host: *host, port: number };
                let list = all.entry((name, number, protocol.value.to_ascii_uppercase())).or_default();
                list.extend(scopes.iter().map(|scope| (*scope, said)));
            }
        }
    }
    let is_rival = |a: &Said<'_, 's>, b: &Said<'_, 's>| {
        let (a, b) = (&a.entry.meta, &b.entry.meta);
        (a.namespace.value, a.name.value) != (b.namespace.value, b.name.value) && !cluster.lie_apart(a, b)
    };
    let mut reported = FxHashMap::default();
    for list in all.into_values().filter(|l| l.len() > 1) {
        for (own, other) in rivals(&list, |s| s.site.place, is_rival) {
            reported.entry(own.site.place).or_insert((own, other));
        }
    }
    for (own, other) in reported.into_values() {
        out.report(
            own.site,
            format!(
                "{} and {} both define port {} of `{}`",
                own.entry.meta.title(),
                other.entry.meta.title(),
                own.port,
                own.host.value
            ),
        )
        .with_related(other.site, "the same host")
        .with_help("keep one of them, or limit who sees each with `exportTo`");
    }
}
