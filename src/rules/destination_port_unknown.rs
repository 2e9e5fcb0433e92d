//! `destination-port-unknown`: a route names a port that its host does not have.

use rustc_hash::FxHashMap;

use super::words::{and_more, list};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Together, Use};
use crate::model::Host;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/destination-port-unknown.md"), check);

fn check<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut groups: FxHashMap<(Host<'s>, u32), Vec<&Use<'s>>> = FxHashMap::default();
    for u in cluster.uses() {
        // A number that no port has is invalid in itself: `field-invalid` says so.
        if let Some(port) = u.port(cluster).filter(|p| (1..=65535).contains(p)) {
            groups.entry((u.host, port)).or_default().push(u);
        }
    }
    for ((host, port), uses) in groups {
        let Some(ports) = cluster.ports_of(host).filter(|p| !p.contains(&port)) else { continue };
        // What another cluster's Service has may be known here, too; that the two differ is another rule's matter.
        let has_it = |c: &&Cluster<'s>| {
            c.id != cluster.id
                && c.service_of(&host).is_some_and(|s| s.port(port).is_some())
                && fleet.together(cluster, c) == Together::Shown
        };
        if cluster.may_define(host) || fleet.clusters.iter().any(|c| has_it(&c)) {
            continue;
        }
        let Some(first) = uses.iter().find(|u| !u.is_idle(cluster)).or(uses.first()) else { continue };
        let destination = first.destination(cluster);
        let at = destination.port.map_or(destination.host.span, |p| p.span);
        let finding = out.report(
            cluster.site(&first.virtual_service(cluster).meta, at),
            format!(
                "{host} has no port {port}, and {} goes there{}",
                first.share(cluster),
                and_more(uses.len() - 1, "route")
            ),
        );
        finding.with_label(if destination.mirror {
            "the copies go nowhere"
        } else {
            "callers get 503 NC: Envoy knows no cluster of that name"
        });
        if first.is_idle(cluster) {
            finding.at_level(Severity::Warning);
        }
        let definer = cluster.service_of(&host).map(|s| &s.meta);
        let definer = definer.or_else(|| cluster.entries(host).next().map(|e| &e.meta));
        let own = &first.virtual_service(cluster).meta;
        if definer.is_some_and(|d| cluster.lie_apart(d, own)) {
            // Variants of a demo lie side by side.
            finding.at_level(Severity::Note);
        }
        if let Some(service) = cluster.service_of(&host)
            && let Some(first) = service.ports.first()
        {
            finding.with_related(cluster.site(&service.meta, first.number_span()), "its ports");
            let inner = service.ports.iter().find(|p| p.target.and_then(|t| t.value) == Some(port));
            if let Some(number) = inner.and_then(|p| p.port()) {
                finding.with_help(format!(
                    "write `number: {number}`: {port} is the port of the Pods, and routes name that of the Service"
                ));
                continue;
            }
        } else if let Some(entry) = cluster.entries(host).next()
            && let Some(first) = entry.ports.first()
        {
            finding.with_related(cluster.site(&entry.meta, first.number_span()), "its ports");
        }
        finding.with_help(match ports.as_slice() {
            [only] => format!("write `number: {only}`"),
            all => format!("use one of {}", list(all)),
        });
    }
}
