//! `listener-duplicated`: two listeners of one Gateway cannot be told apart.

use rustc_hash::FxHashMap;

use super::api_routes::gateways;
use super::listeners::{key, shown};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/listener-duplicated.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for gateway in gateways(cluster) {
        let mut by_key = FxHashMap::default();
        for listener in &gateway.listeners {
            let title = gateway.meta.title();
            let at = listener.name.map_or(listener.node.span(), |n| n.span);
            let name = listener.name.map_or("", |n| n.value);
            let Some(key) = key(listener) else { continue };
            if let Some((first, other)) = by_key.insert(key, (at, name)) {
                let message = format!(
                    "listeners `{other}` and `{name}` of {title} are for the same: {}; the Gateway is refused",
                    shown(key)
                );
                out.report(cluster.site(gateway.meta, at), message)
                    .with_related(cluster.site(gateway.meta, first), "the first one")
                    .with_help("give one of them another hostname or port, or remove it");
            }
        }
    }
}
