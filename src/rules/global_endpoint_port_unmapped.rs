//! A port of a `.global` ServiceEntry that an endpoint does not map to the gateway's port.

use rustc_hash::FxHashSet;

use super::global_endpoint_port::takes;
use super::words::list;
use super::{Findings, Rule};
use crate::mesh::Fleet;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/global-endpoint-port-unmapped.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    let sni_port = fleet.settings.sni_port;
    for link in fleet.links().iter().filter(|l| !l.at_home) {
        let from = fleet.cluster(link.from);
        let (entry, endpoint) = (link.entry(from), link.endpoint(from));
        // A mapping under a name that no port has is the cause then: endpoint-port-undeclared.
        let declared = |name: &str| entry.ports.iter().any(|p| p.name.is_some_and(|n| n.value == name));
        if endpoint.ports.iter().any(|(k, _)| !declared(k.value)) {
            continue;
        }
        let unmapped: Vec<_> = entry
            .ports
            .iter()
            .filter(|p| !link.maps(from, p))
            .filter_map(|p| Some((p, p.name?.value, p.port()?)))
            .filter(|(_, _, number)| !takes(fleet, link, *number))
            .collect();
        let Some((first, _, _)) = unmapped.first() else { continue };
        // The key `ports`, or where there is none what the endpoint begins with.
        let at = if endpoint.ports_span == endpoint.span {
            endpoint.address.map_or(endpoint.span, |a| a.span)
        } else {
            endpoint.ports_span
        };
        let site = from.site(&entry.meta, at);
        if !seen.insert(site.place) {
            continue;
        }
        let names = list(unmapped.iter().map(|(_, name, _)| name));
        let message = if let [(_, _, number)] = unmapped[..] {
            format!(
                "this endpoint of `{}` does not map port {names}: its traffic goes to port {number} of the gateway, not to {sni_port}",
                link.host.value
            )
        } else {
            format!(
                "this endpoint of `{}` does not map ports {names}: their traffic goes to those ports of the gateway, not to {sni_port}",
                link.host.value
            )
        };
        let mapping: Vec<String> = unmapped.iter().map(|(_, name, _)| format!("{name}: {sni_port}")).collect();
        out.report(site, message)
            .with_related(from.site(&entry.meta, first.number_span()), "dialled as it stands, where nothing maps it")
            .with_help(format!("add {} to the endpoint's `ports`", list(mapping)));
    }
}
