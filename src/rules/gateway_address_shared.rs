//! `gateway-address-shared`: two Gateways ask for the same address.

use rustc_hash::FxHashMap;

use super::api_routes::gateways;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::gateway_api::ApiGateway;
use crate::model::read::{Text, unknown};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-address-shared.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let all: Vec<_> = gateways(cluster).collect();
    let mut by_address: FxHashMap<(&str, &str), Vec<(usize, Text<'_>)>> = FxHashMap::default();
    for (i, gateway) in all.iter().enumerate() {
        for (kind, value) in gateway.addresses.iter().filter(|(_, v)| !unknown(v.value)) {
            by_address.entry((kind, value.value)).or_default().push((i, *value));
        }
    }
    for ((kind, address), users) in &by_address {
        for (i, value) in users {
            let gateway = &all[*i];
            let Some((other, _)) = users.iter().find(|(o, _)| all[*o].meta.name.value != gateway.meta.name.value)
            else {
                continue;
            };
            let other = &all[*other];
            let port = shared_port(gateway, other).filter(|_| *kind == "IPAddress");
            let (me, them) = (gateway.meta.title(), other.meta.title());
            let message = match port {
                Some(port) => {
                    format!("{me} and {them} both ask for port {port} at `{address}`: only one of them gets it")
                }
                None => format!("{me} and {them} both ask for the address `{address}`"),
            };
            let finding = out.report(cluster.site(gateway.meta, value.span), message);
            finding.with_related(cluster.site(other.meta, other.meta.name.span), "the other Gateway").with_help(
                "that is right where one Service stands in front of both; else give each an address of its own",
            );
            if port.is_some() && !cluster.input.is_guess {
                finding.at_level(Severity::Warning).with_help("give each of them an address of its own");
            }
        }
    }
}

/// A port that both listen at.
fn shared_port(a: &ApiGateway<'_, '_>, b: &ApiGateway<'_, '_>) -> Option<u32> {
    let ports: Vec<_> = b.listeners.iter().filter_map(|l| l.port()).collect();
    a.listeners.iter().filter_map(|l| l.port()).find(|p| ports.contains(p))
}
