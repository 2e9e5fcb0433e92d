//! `weight-ineffective`: a route's only destination has a weight, which changes nothing.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Destination;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/weight-ineffective.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for vs in &cluster.objects.virtual_services {
        for route in &vs.routes {
            let mut own = route.destinations.iter().filter(|d: &&Destination<'_>| !d.mirror);
            let (Some(only), None) = (own.next(), own.next()) else { continue };
            let Some(weight) = only.weight else { continue };
            let Some(said) = weight.value.filter(|w| (1..100).contains(w)) else { continue };
            out.report(
                cluster.site(&vs.meta, weight.span),
                format!(
                    "weight {said} of the route's only destination `{}` changes nothing: all traffic goes there",
                    only.host.value
                ),
            )
            .with_help("leave the weight out, or add the destination that gets the rest");
        }
    }
}
