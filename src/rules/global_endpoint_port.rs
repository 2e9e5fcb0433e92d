//! An endpoint of a `.global` host leads to a port on which the target's gateway takes no mesh traffic.

use rustc_hash::FxHashSet;

use super::{Findings, Rule};
use crate::mesh::{Fleet, Link};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/global-endpoint-port.md"), check);

/// The range that Kubernetes takes node ports from by default.
const NODE_PORTS: std::ops::RangeInclusive<u32> = 30000..=32767;

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for link in fleet.links().iter().filter(|l| !l.at_home) {
        let from = fleet.cluster(link.from);
        for port in link.entry(from).ports.iter().filter(|p| link.maps(from, p)) {
            let (Some(number), site) = link.dialled(from, port) else { continue };
            if takes(fleet, link, number) || !seen.insert(site.place) {
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
            finding.with_label(format!("has to be {sni_port}, the port that routes by SNI"));
            let mut right = sni_port;
            if let Some(target) = target {
                let entrance = fleet.entrance(target.id);
                if let Some(service) = entrance.services(target).next() {
                    let port = service.ports.iter().find(|p| p.port().is_some_and(|n| entrance.takes(n)));
                    let at = port.map_or(service.meta.name.span, |p| p.number_span());
                    finding.with_related(target.site(&service.meta, at), format!("{name}'s gateway takes it here"));
                    // Who dials one node port means another.
                    let node_port = port.and_then(|p| p.node_port?.value).filter(|_| NODE_PORTS.contains(&number));
                    right = node_port.unwrap_or(sni_port);
                }
            }
            // What is at fault is the endpoint's own number, or else the port's `targetPort`.
            let endpoint = link.endpoint(from);
            let key = port.name.filter(|n| endpoint.ports.iter().any(|(k, _)| k.value == n.value));
            finding.with_help(format!("write `{}: {right}`", key.map_or("targetPort", |n| n.value)));
        }
    }
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
