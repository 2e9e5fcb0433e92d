//! A port of a `.global` ServiceEntry that an endpoint does not map to the gateway's port.

use rustc_hash::FxHashSet;

use super::global_endpoint_port::takes;
use super::{Findings, Rule};
use crate::mesh::Fleet;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/global-endpoint-port-unmapped.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for link in fleet.links() {
        let from = fleet.cluster(link.from);
        let (entry, endpoint) = (link.entry(from), link.endpoint(from));
        // A mapping under a name that no port has is the cause then: endpoint-port-undeclared.
        let declared = |name: &str| entry.ports.iter().any(|p| p.name.is_some_and(|n| n.value == name));
        if endpoint.ports.iter().any(|(k, _)| !declared(k.value)) {
            continue;
        }
        for port in entry.ports.iter().filter(|p| !link.maps(from, p)) {
            let (Some(number), _) = link.dialled(from, port) else { continue };
            if takes(fleet, link, number) || !seen.insert((link.from, endpoint.span, number, entry.meta.source)) {
                continue;
            }
            let sni_port = fleet.settings.sni_port;
            let name = port.name.map_or("<port name>", |n| n.value);
            out.report(
                from.site(&entry.meta, endpoint.ports_span),
                format!(
                    "this endpoint of `{}` does not map port `{name}`, so traffic goes to port {number} of the gateway, not to {sni_port}",
                    link.host.value
                ),
            )
            .with_related(from.site(&entry.meta, port.number_span()), format!("port `{name}` is {number}"))
            .with_help(format!("add `{name}: {sni_port}` to the endpoint's `ports`"));
        }
    }
}
