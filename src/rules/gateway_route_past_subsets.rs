//! `gateway-route-past-subsets`: what comes in through a gateway goes past the subsets that the mesh routes to.

use rustc_hash::FxHashMap;

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::{Host, RouteKind, Text, VirtualService};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-route-past-subsets.md"), check);

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    // By host, the first route of its own VirtualService in the mesh that names a subset.
    let mut split: FxHashMap<Host<'s>, (&VirtualService<'s>, Text<'s>)> = FxHashMap::default();
    for u in cluster.uses() {
        let (vs, destination) = (u.virtual_service(cluster), u.destination(cluster));
        let Some(subset) = destination.subset.filter(|_| !destination.mirror && vs.in_mesh()) else { continue };
        let is_for_it = |h: &Text<'s>| cluster.host(h.value, vs.meta.namespace.value) == u.host;
        if u.route(cluster).kind == RouteKind::Http && vs.hosts.iter().any(is_for_it) {
            split.entry(u.host).or_insert((vs, subset));
        }
    }
    if split.is_empty() {
        return;
    }
    for u in cluster.uses() {
        let (vs, destination) = (u.virtual_service(cluster), u.destination(cluster));
        let Some((other, subset)) = split.get(&u.host) else { continue };
        let Some(gateway) = vs.gateways.iter().find(|g| g.value != "mesh") else { continue };
        if destination.subset.is_some()
            || destination.mirror
            || u.is_idle(cluster)
            || u.route(cluster).kind != RouteKind::Http
            || vs.meta.title() == other.meta.title()
        {
            continue;
        }
        out.report(
            u.host_site(cluster),
            format!(
                "traffic from gateway `{}` goes to all Pods of {}: the subsets of {} are for traffic inside the mesh",
                gateway.value,
                u.host,
                other.meta.title()
            ),
        )
        .with_related(cluster.site(&other.meta, subset.span), "the mesh goes here")
        .with_help("name the subsets in this route, too, if they are meant for what comes in from outside");
    }
}
