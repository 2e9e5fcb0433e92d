//! `ambient-service-local`: a Service in ambient mode is shared between clusters by some of them only, or called where
//! it has no Pods.

use rustc_hash::FxHashMap;

use super::{Findings, Rule, meshes};
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::model::gateway_api::{ApiGateway, GROUP};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/ambient-service-local.md"), check);

/// Makes what it is on one for all clusters.
const GLOBAL: &str = "istio.io/global";

/// A Service or waypoint of one name, in each cluster that has it in ambient mode.
type Members<'a, 's> = Vec<(&'a Cluster<'s>, &'a Meta<'s>)>;

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for mesh in meshes::shown(fleet) {
        if !mesh.iter().any(|c| c.has_ambient()) {
            continue;
        }
        let mut all: FxHashMap<(&str, &str, &str), Members<'_, '_>> = FxHashMap::default();
        for cluster in mesh {
            let services = cluster.objects.services.iter().map(|s| &s.meta);
            let waypoints = cluster
                .others(GROUP, "Gateway")
                .filter(|m| ApiGateway::read(m).class.is_some_and(|c| c.value == "istio-waypoint"));
            for meta in
                services.chain(waypoints).filter(|m| cluster.is_ambient(m.namespace.value) && !unknown(m.name.value))
            {
                let key = (meta.kind.value, meta.namespace.value, meta.name.value);
                all.entry(key).or_default().push((cluster, meta));
            }
        }
        for members in all.values() {
            judge(members, out);
        }
    }
}

fn judge(members: &Members<'_, '_>, out: &mut Findings) {
    let is_global = |m: &Meta<'_>| m.label(GLOBAL).is_some_and(|l| l.value == "true");
    if members.iter().any(|(_, m)| m.label(GLOBAL).is_some_and(|l| unknown(l.value))) {
        return;
    }
    let (global, local): (Vec<_>, Vec<_>) = members.iter().partition(|(_, m)| is_global(m));
    if let (Some((there, with)), Some((here, without))) = (global.first(), local.first()) {
        let more = meshes::names(local.iter().map(|(c, _)| c.name));
        let message = format!("{} is `{GLOBAL}: \"true\"` in {}, and not in {more}", with.title(), there.name);
        let at = with.label(GLOBAL).map_or(with.name.span, |l| l.span);
        out.report(here.site(without, without.name.span), message)
            .with_effect(format!("its Pods in {more} take no requests from other clusters"))
            .with_related(there.site(with, at), "here it is for all clusters")
            .with_help(format!("label it `{GLOBAL}: \"true\"` in all clusters"));
        return;
    }
    // In no cluster: that is a Service for each, unless one that calls it has no Pods for it.
    if !global.is_empty() || members.first().is_none_or(|(_, m)| m.kind.value != "Service") {
        return;
    }
    let pods = |c: &Cluster<'_>, m: &Meta<'_>| {
        let service = c.service(m.namespace.value, m.name.value);
        service.map(|s| (!s.selector.is_empty(), !c.workloads_of(s).is_empty() || c.may_have_pods_made(s)))
    };
    let Some((home, there)) = members.iter().find(|(c, m)| pods(c, m).is_some_and(|(_, has)| has)) else { return };
    for (cluster, meta) in members {
        let host = crate::model::Host::Service { name: meta.name.value, namespace: meta.namespace.value };
        let empty = pods(cluster, meta).is_some_and(|(selects, has)| selects && !has);
        let Some(u) = cluster.uses_of(host).next().filter(|_| empty && cluster.is_complete()) else { continue };
        let message = format!(
            "{} routes to {host}, whose Pods are in {} only, and in ambient mode a Service is each cluster's own",
            cluster.name, home.name
        );
        out.report(u.host_site(cluster), message)
            .with_effect("callers get 503 no healthy upstream")
            .with_related(cluster.site(meta, meta.name.span), format!("without the label `{GLOBAL}`"))
            .with_related(home.site(there, there.name.span), "the Service with Pods")
            .with_help(format!("label the Service `{GLOBAL}: \"true\"` in all clusters"));
    }
}
