//! `gateway-host-repeated`: several servers of the same Pods take one host on one port.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, is_within};
use crate::model::read::{self, unknown};
use crate::model::{Gateway, Server, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-host-repeated.md"), check);

/// The most servers of one host and port that are compared with each other.
const MOST: usize = 64;

/// A host of a server.
#[derive(Clone, Copy)]
struct Taken<'a, 's> {
    gateway: &'a Gateway<'s>,
    server: &'a Server<'s>,
    host: Text<'s>,
}

/// Who may use it, the host, the port and the address.
type Key<'s> = (&'s str, String, u32, &'s str);

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut all: FxHashMap<Key<'s>, Vec<Taken<'_, 's>>> = FxHashMap::default();
    for gateway in &cluster.objects.gateways {
        for server in &gateway.servers {
            let Some(port) = server.port() else { continue };
            let bind = read::text(server.node, "bind").map_or("", |b| b.value);
            for &host in server.hosts.iter().filter(|h| !unknown(h.value)) {
                let (namespace, name) = host.value.split_once('/').unwrap_or(("*", host.value));
                let namespace = if namespace == "." { gateway.meta.namespace.value } else { namespace };
                let key = (namespace, name.to_ascii_lowercase(), port, bind);
                all.entry(key).or_default().push(Taken { gateway, server, host });
            }
        }
    }
    let mut seen = FxHashSet::default();
    for ((.., port, _), list) in all.into_iter().filter(|(_, l)| l.len() > 1) {
        for one in &list {
            let Some(other) = list.iter().take(MOST).find(|o| meets(cluster, one, o)) else { continue };
            if seen.insert((one.gateway.meta.source, one.server.node.span())) {
                report(cluster, one, other, port, out);
            }
        }
    }
}

/// Whether both are servers of the same Pods, and not one server written twice.
fn meets(cluster: &Cluster<'_>, one: &Taken<'_, '_>, other: &Taken<'_, '_>) -> bool {
    let (a, b) = (one.gateway, other.gateway);
    if std::ptr::eq(a, b) {
        return !std::ptr::eq(one.server, other.server);
    }
    let is_one = (a.meta.namespace.value, a.meta.name.value) == (b.meta.namespace.value, b.meta.name.value);
    if is_one || [a, b].iter().any(|g| g.selector.iter().any(|(_, v)| unknown(v.value))) {
        return false;
    }
    match (is_within(&a.selector, &b.selector), is_within(&b.selector, &a.selector)) {
        (true, true) => true,
        (true, false) => !cluster.workloads(None, &a.selector).is_empty(),
        (false, true) => !cluster.workloads(None, &b.selector).is_empty(),
        (false, false) => false,
    }
}

fn report(cluster: &Cluster<'_>, one: &Taken<'_, '_>, other: &Taken<'_, '_>, port: u32, out: &mut Findings) {
    let (own, rival) = (one.gateway.meta.title(), other.gateway.meta.title());
    let both = if own == rival { format!("two servers of {own}") } else { format!("{own} and {rival}") };
    let host = one.host.value;
    let protocol = |t: &Taken<'_, '_>| t.server.protocol.map_or(String::new(), |p| p.value.to_ascii_uppercase());
    let (mine, theirs) = (protocol(one), protocol(other));
    let is_tls = one.server.has_tls && other.server.has_tls;
    let is_http = |p: &str| matches!(p, "HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB");
    let site = cluster.site(&one.gateway.meta, one.host.span);
    // `mergeGateways` in `pilot/pkg/model/gateway.go`: plain HTTP is joined, the rest is dropped.
    let finding = if is_http(&mine) && is_http(&theirs) {
        let joined = format!("{both} take `{host}` on port {port} of the same Pods: both get the routes of either");
        out.report(site, joined).at_level(Severity::Note)
    } else if is_tls {
        out.report(
            site,
            format!("{both} take `{host}` on port {port} of the same Pods: the one that was created later is dropped"),
        )
    } else if mine == theirs {
        out.report(
            site,
            format!(
                "{both} take `{host}` on port {port} of the same Pods, and only one of them can get its {mine} traffic"
            ),
        )
    } else {
        out.report(site, format!("{both} take `{host}` on port {port} of the same Pods, as {mine} and as {theirs}: the one that was created later is dropped"))
    };
    if cluster.lie_apart(&one.gateway.meta, &other.gateway.meta) {
        finding.at_level(Severity::Note);
    }
    finding
        .with_related(cluster.site(&other.gateway.meta, other.host.span), "the same host and port")
        .with_help("give each host and port to one server, or give the Gateways selectors of different Pods");
}
