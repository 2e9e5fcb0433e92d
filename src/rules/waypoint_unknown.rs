//! `waypoint-unknown`: a label names a waypoint that does not exist, or a Gateway that is none.

use rustc_hash::FxHashMap;

use super::api_routes::gateways;
use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, UseWaypoint};
use crate::model::gateway_api::ApiGateway;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/waypoint-unknown.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<(&str, &str), Vec<UseWaypoint<'_, '_>>> = FxHashMap::default();
    for label in cluster.uses_of_waypoints() {
        groups.entry((label.namespace, label.name.value)).or_default().push(label);
    }
    if groups.is_empty() {
        return;
    }
    let is_waypoint = |g: &ApiGateway<'_, '_>| g.class.is_some_and(|c| c.value.contains("waypoint"));
    let waypoints: Vec<_> = gateways(cluster).filter(is_waypoint).map(|g| g.meta).collect();
    for ((namespace, name), labels) in &groups {
        let Some(first) = labels.first() else { continue };
        let title = first.meta.title();
        let more = and_more(labels.len() - 1, "object");
        let site = cluster.site(first.meta, first.name.span);
        if let Some(meta) = cluster.api_gateway(namespace, name) {
            // Other classes of waypoints are other vendors' own; this one is Istio's for what comes in from outside.
            let gateway = ApiGateway::read(meta);
            if let Some(class) = gateway.class.filter(|c| c.value == "istio") {
                let message = format!(
                    "{title}{more} uses {} as its waypoint, which is of class `istio`: no waypoint",
                    meta.title()
                );
                out.report(site, message)
                    .with_related(cluster.site(meta, class.span), "a waypoint is of class `istio-waypoint`")
                    .with_help("make the Gateway one of class `istio-waypoint`, or name another");
            }
            continue;
        }
        // A repository that holds waypoints would hold this one; an ingress gateway beside it says nothing of that.
        let here: Vec<&str> =
            waypoints.iter().filter(|g| g.namespace.value == *namespace).map(|g| g.name.value).collect();
        let near = nearest(name, here.iter().copied());
        let elsewhere = waypoints.iter().find(|g| g.name.value == *name);
        let shown = cluster.is_complete()
            && !cluster.has_gateway_with_placeholder()
            && !cluster.input.is_guess
            && (!here.is_empty() || elsewhere.is_some());
        let message = if shown {
            format!("{} has no Gateway `{namespace}/{name}`, which {title}{more} uses as its waypoint", cluster.name)
        } else {
            format!(
                "could not verify Gateway `{namespace}/{name}`, which {title}{more} uses as its waypoint: it is not among what was read of {}",
                cluster.name
            )
        };
        let finding = out.report(site, message);
        finding.with_effect("requests are not read, and policies about them are not applied");
        match (near, elsewhere) {
            (Some(near), _) => finding.with_help(format!("did you mean `{near}`?")),
            (None, Some(other)) => finding.with_help(format!(
                "add the label `istio.io/use-waypoint-namespace: {}` for the waypoint of that name there",
                other.namespace.value
            )),
            _ => finding.with_help("add a Gateway of that name and of class `istio-waypoint`, or correct the label"),
        };
        if !shown {
            finding.at_level(Severity::Note);
        }
    }
}
