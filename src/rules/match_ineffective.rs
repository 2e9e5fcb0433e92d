//! `match-ineffective`: a match of a route that an earlier match leaves no requests for.

use rustc_hash::FxHashSet;

use super::matches::{Match, Routes, by_route};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::VirtualService;
use crate::model::read;
use crate::source::Span;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/match-ineffective.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for vs in &cluster.objects.virtual_services {
        for routes in Routes::of(vs) {
            judge(cluster, vs, &routes, out);
        }
    }
}

fn judge<'s>(cluster: &Cluster<'s>, vs: &VirtualService<'s>, routes: &Routes<'_, 's>, out: &mut Findings) {
    let (same, covered) = (routes.same(), routes.covered());
    let repeated: FxHashSet<Span> = same.iter().map(|(m, _)| m.node.span()).collect();
    let is_same = |m: &Match<'_>| repeated.contains(&m.node.span());
    let mut all = by_route(same.iter().chain(covered.iter().filter(|(m, _)| !is_same(m))));
    // `route-unreachable` has what stands behind a route that takes everything, and routes whose matches are all repeated.
    let end = routes.catch_all().map_or(usize::MAX, |i| i + 1);
    for (index, route) in routes.list.iter().enumerate().take(end) {
        let Some(own) = all.remove(&index) else { continue };
        let count = read::items(route.node, "match").count();
        let before = own.iter().filter(|(_, first)| first.route < index).count();
        let repeated = own.iter().filter(|(m, first)| first.route < index && is_same(m)).count();
        if repeated == count {
            continue;
        }
        for (m, first) in own {
            let by = if first.route == index { "another match of this route" } else { "a match of an earlier route" };
            let how = if is_same(&m) { "is the same" } else { "takes all of its requests" };
            let finding = out.report(
                cluster.site(&vs.meta, m.node.span()),
                format!("this match of {} has no effect: {by} {how}", vs.meta.title()),
            );
            finding.with_related(cluster.site(&vs.meta, first.node.span()), "takes these requests");
            if before == count {
                finding.at_level(Severity::Warning).with_effect("no request gets to this route");
                finding.with_help("move the route with the narrower match before the one with the wider match");
            } else {
                finding.with_help("remove the match");
            }
        }
    }
}
