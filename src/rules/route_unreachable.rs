//! `route-unreachable`: a route of a VirtualService that an earlier one leaves no traffic for.

use super::matches::{Routes, by_route};
use super::words::and_more;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read;
use crate::model::{Route, VirtualService};
use crate::source::Span;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/route-unreachable.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for vs in cluster.objects.virtual_services.iter().filter(|vs| vs.routes.len() > 1) {
        for routes in Routes::of(vs) {
            let first = routes.catch_all();
            if let Some(first) = first.filter(|f| f + 1 < routes.list.len()) {
                behind_catch_all(cluster, vs, &routes, first, out);
            }
            all_matches_taken(cluster, vs, &routes, first.unwrap_or(routes.list.len()), out);
        }
    }
}

/// Routes after one without a match.
fn behind_catch_all(
    cluster: &Cluster<'_>,
    vs: &VirtualService<'_>,
    routes: &Routes<'_, '_>,
    first: usize,
    out: &mut Findings,
) {
    let (taken, route) = (routes.list[first], routes.list[first + 1]);
    let more = and_more(routes.list.len() - first - 2, "route");
    out.report(
        cluster.site(&vs.meta, place(route)),
        format!(
            "nothing reaches this route of {}{more}: an earlier one has no match, so it takes everything",
            vs.meta.title()
        ),
    )
    .with_codes(&["IST0130"])
    .with_related(cluster.site(&vs.meta, place(taken)), "takes everything")
    .with_help("move the route without a match to the end, or give it one");
}

/// Routes before it all of whose matches are those of earlier ones.
fn all_matches_taken(
    cluster: &Cluster<'_>,
    vs: &VirtualService<'_>,
    routes: &Routes<'_, '_>,
    end: usize,
    out: &mut Findings,
) {
    let same = routes.same();
    let mut same = by_route(same.iter());
    for (index, route) in routes.list.iter().enumerate().take(end) {
        let mut taken = same.remove(&index).unwrap_or_default();
        taken.retain(|(_, first)| first.route < index);
        let Some((own, first)) = taken.first().filter(|_| taken.len() == read::items(route.node, "match").count())
        else {
            continue;
        };
        out.report(
            cluster.site(&vs.meta, own.node.span()),
            format!("nothing reaches this route of {}: an earlier one has the same match", vs.meta.title()),
        )
        .with_related(cluster.site(&vs.meta, first.node.span()), "takes these requests")
        .with_help("join the two routes, or remove this one");
    }
}

/// Where a route is shown: at its name or its first key.
fn place(route: &Route<'_>) -> Span {
    let key = route.node.entry("name").or_else(|| route.node.entries().into_iter().next());
    key.map_or(route.node.span(), |(k, _)| k.span())
}
