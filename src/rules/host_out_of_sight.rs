//! `host-out-of-sight`: a route leads to a host that its clients may not see.

use super::words::list;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Use};
use crate::model::read::unknown;
use crate::model::{Host, Meta, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/host-out-of-sight.md"), check);

/// Where a Service says who may see it.
const ANNOTATION: &str = "networking.istio.io/exportTo";

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    for u in cluster.uses() {
        let Some((definer, seen)) = audience(cluster, u.host) else { continue };
        let vs = u.virtual_service(cluster);
        let clients = clients(cluster, u);
        let blind: Vec<&str> = clients.iter().copied().filter(|c| !seen.contains(c)).collect();
        let Some(first) = blind.first() else { continue };
        let who = match seen.as_slice() {
            [] => "to nobody".into(),
            [one] => format!("to namespace `{one}` only"),
            several => format!("to namespaces {} only", list(several)),
        };
        let finding = out.report(
            u.host_site(cluster),
            format!("{} is exported {who}, and {} routes clients in {first} there", definer.title(), vs.meta.title()),
        );
        finding.with_label("these clients get 503 NC: their Envoys know no such host");
        // Clients elsewhere may see both.
        let others = Cluster::audience_of(
            &vs.export_to,
            &cluster.mesh.default_virtual_service_export_to,
            vs.meta.namespace.value,
        );
        if blind.len() < clients.len()
            || others.is_none_or(|o| o.iter().any(|ns| seen.contains(ns)))
            || u.is_idle(cluster)
            || cluster.lie_apart(definer, &vs.meta)
        {
            finding.at_level(Severity::Note);
        }
        let at = definer.spec().entry("exportTo").map(|(_, v)| v.span());
        let at = at.or(definer.annotation(ANNOTATION).map(|a| a.span)).unwrap_or(definer.name.span);
        finding
            .with_related(cluster.site(definer, at), "who may see it")
            .with_help(format!("export it to {first} as well, or limit the VirtualService by `exportTo`"));
    }
}

/// The first object that defines a host, and all namespaces that see one that does; `None` where all do, or may.
fn audience<'a, 's>(cluster: &'a Cluster<'s>, host: Host<'s>) -> Option<(&'a Meta<'s>, Vec<&'s str>)> {
    let mut definer = None;
    let mut all = Vec::new();
    if let Some(service) = cluster.service_of(&host) {
        let annotation = service.meta.annotation(ANNOTATION);
        let split = |a: &Text<'s>| a.value.split(',').map(|e| Text::new(e.trim(), a.span)).collect::<Vec<_>>();
        let list = annotation.map(split).unwrap_or_default();
        if list.iter().any(|e| unknown(e.value)) {
            return None;
        }
        all.extend(Cluster::audience_of(&list, &cluster.mesh.default_service_export_to, service.meta.namespace.value)?);
        definer = Some(&service.meta);
    }
    let mut entries: Vec<_> = cluster.entries(host).collect();
    if entries.is_empty() && definer.is_none() {
        entries = cluster.wildcard_entries(host).collect();
    }
    for entry in entries {
        if entry.export_to.iter().any(|e| unknown(e.value)) {
            return None;
        }
        all.extend(cluster.audience(entry)?);
        definer = definer.or(Some(&entry.meta));
    }
    all.sort_unstable();
    all.dedup();
    Some((definer?, all))
}

/// The namespaces whose clients a route is for: those that its VirtualService is exported to, else its own; those of
/// the Pods of its gateways.
fn clients<'s>(cluster: &Cluster<'s>, u: &Use<'s>) -> Vec<&'s str> {
    let vs = u.virtual_service(cluster);
    let own = vs.meta.namespace.value;
    let mut all = Vec::new();
    if vs.in_mesh() {
        let listed = Cluster::audience_of(&vs.export_to, &cluster.mesh.default_virtual_service_export_to, own);
        all.extend(listed.unwrap_or_else(|| vec![own]));
    }
    for bound in vs.gateways.iter().filter(|g| g.value != "mesh") {
        let (namespace, name) = Cluster::gateway_name(bound.value, own);
        let Some(gateway) = cluster.gateway(namespace, name) else { continue };
        all.extend(cluster.gateway_pods(gateway).iter().map(|w| w.meta.namespace.value));
    }
    all.sort_unstable();
    all.dedup();
    all.retain(|ns| !unknown(ns));
    all
}
