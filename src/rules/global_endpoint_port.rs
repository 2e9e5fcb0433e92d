//! An endpoint of a `.global` host leads to a port on which the target's gateway takes no mesh traffic.

use rustc_hash::FxHashSet;

use super::{Findings, Rule};
use crate::mesh::{EvidenceKind, Fleet, Link};
use crate::model::Service;
use crate::model::read::key_span;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/global-endpoint-port.md"), check);

/// The range that Kubernetes takes node ports from by default.
const NODE_PORTS: std::ops::RangeInclusive<u32> = 30000..=32767;

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for link in fleet.links().iter().filter(|l| !l.at_home) {
        let from = fleet.cluster(link.from);
        for port in link.entry(from).ports.iter().filter(|p| link.maps(from, p)) {
            let (Some(number), site) = link.dialled(from, port) else { continue };
            let closed = not_exposing(fleet, link, number);
            if takes(fleet, link, number) && closed.is_none() || !seen.insert(site.place) {
                continue;
            }
            let sni_port = fleet.settings.sni_port;
            let target = link.to.map(|to| fleet.cluster(to));
            let name = target.map_or("the other cluster", |t| t.name);
            let finding = out.report(
                site,
                format!(
                    "`{}` is reached at port {number}, where {name}'s gateway takes no traffic from other clusters",
                    link.host.value
                ),
            );
            finding.with_label(match closed {
                Some(service) => format!("no port of {}, whose address this is", service.meta.title()),
                None => format!("has to be {sni_port}, the port that routes by SNI"),
            });
            let mut right = sni_port;
            let mut is_there = closed.is_none();
            if let Some(target) = target {
                let entrance = fleet.entrance(target.id);
                let found = entrance.services(target).find(|s| closed.is_none_or(|c| std::ptr::eq(c, *s)));
                if let Some(service) = closed.filter(|_| found.is_none()) {
                    let numbers: Vec<String> =
                        service.ports.iter().filter_map(|p| p.port()).map(|n| n.to_string()).collect();
                    finding.with_related(
                        target.site(&service.meta, key_span(service.meta.spec(), "ports")),
                        format!("its ports: {}", numbers.join(", ")),
                    );
                }
                if let Some(service) = found {
                    let port = service.ports.iter().find(|p| p.port().is_some_and(|n| entrance.takes(n)));
                    let at = port.map_or(service.meta.name.span, |p| p.number_span());
                    finding.with_related(target.site(&service.meta, at), format!("{name}'s gateway takes it here"));
                    // Who dials one node port means another.
                    let node_port = port.and_then(|p| p.node_port?.value).filter(|_| NODE_PORTS.contains(&number));
                    right = node_port.unwrap_or(sni_port);
                    // Its own number is all that its load balancer listens on.
                    if closed.is_some()
                        && let Some(own) = port.and_then(|p| p.port())
                    {
                        (right, is_there) = (node_port.unwrap_or(own), true);
                    }
                }
            }
            // What is at fault is the endpoint's own number, or else the port's `targetPort`.
            let endpoint = link.endpoint(from);
            let key = port.name.filter(|n| endpoint.ports.iter().any(|(k, _)| k.value == n.value));
            finding.with_help(match closed.filter(|_| !is_there) {
                Some(service) => {
                    format!("add port {sni_port} with `targetPort: {sni_port}` to {}", service.meta.title())
                }
                None => format!("write `{}: {right}`", key.map_or("targetPort", |n| n.value)),
            });
        }
    }
}

/// The Service of the target whose address the endpoint has, where none of that address has the port.
fn not_exposing<'a, 's>(fleet: &'a Fleet<'s>, link: &Link<'s>, number: u32) -> Option<&'a Service<'s>> {
    let target = fleet.cluster(link.to?);
    let evidence = link.evidence.iter().find(|e| e.kind == EvidenceKind::Address)?;
    let service = evidence.service(target)?;
    // Several can share one load balancer, and a manifest without ports is a part of one.
    let shares = |s: &&Service<'s>| s.outside.iter().any(|a| a.value == evidence.value.value);
    let lacks = |s: &Service<'s>| {
        !s.ports.is_empty()
            && !s.is_external_name()
            && s.ports.iter().all(|p| {
                let node_port = p.node_port.and_then(|n| n.value);
                let may_be = NODE_PORTS.contains(&number) && node_port.is_none();
                p.port().is_some_and(|n| n != number) && node_port != Some(number) && !may_be
            })
    };
    target.objects.services.iter().filter(shares).all(lacks).then_some(service)
}

/// Whether an endpoint leads to a Service of the target's that does not have the port dialled: no traffic arrives.
pub(super) fn is_closed(fleet: &Fleet<'_>, link: &Link<'_>, port: Option<u32>) -> bool {
    let from = fleet.cluster(link.from);
    let ports =
        link.entry(from).ports.iter().filter(|p| port.is_none_or(|n| p.port() == Some(n)) && link.maps(from, p));
    let mut dialled = ports.filter_map(|p| link.dialled(from, p).0).peekable();
    dialled.peek().is_some() && dialled.all(|n| not_exposing(fleet, link, n).is_some())
}

/// Whether the target's gateway takes other clusters' traffic at that port, as far as anything tells.
pub(super) fn takes(fleet: &Fleet<'_>, link: &Link<'_>, number: u32) -> bool {
    if number == fleet.settings.sni_port {
        return true;
    }
    match link.to.map(|to| fleet.entrance(to)) {
        Some(entrance) if entrance.takes(number) => true,
        // A node port stands in for 15443 where there is no load balancer; which one is not always written down.
        Some(entrance) => {
            NODE_PORTS.contains(&number) && !entrance.has_node_ports(fleet.cluster(link.to.unwrap_or(link.from)))
        }
        None => NODE_PORTS.contains(&number),
    }
}
