//! `waypoint-missing`: something about requests is set for what is in ambient mode and has no waypoint.

use super::api_routes::{gateways, routes};
use super::request_policies::of_requests;
use super::request_rules::{ambient_service, has_sidecars, is_called_by_gateway, is_of_requests, of_destination_rule};
use super::{Findings, Rule};
use crate::finding::{Finding, Severity};
use crate::mesh::{Cluster, Fleet, Site, USE_WAYPOINT};
use crate::model::gateway_api::ApiGateway;
use crate::model::read::unknown;
use crate::model::{Meta, Policy, Service};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/waypoint-missing.md"), check);

/// A cluster, and whether anything that was read of it has to do with waypoints: where nothing has, they may be set up by
/// hand (`istioctl waypoint apply --enroll-namespace`).
struct Judge<'a, 's> {
    cluster: &'a Cluster<'s>,
    has_waypoints: bool,
}

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if !cluster.has_ambient() {
        return;
    }
    let is_waypoint = |g: &ApiGateway<'_, '_>| g.class.is_some_and(|c| c.value == "istio-waypoint");
    let has_waypoints = cluster.uses_of_waypoints().next().is_some() || gateways(cluster).any(|g| is_waypoint(&g));
    let judge = Judge { cluster, has_waypoints };
    for policy in of_requests(cluster).filter(|p| cluster.is_ambient(p.meta.namespace.value)) {
        of_policy(&judge, &policy, out);
    }
    of_virtual_services(&judge, out);
    of_destination_rules(&judge, out);
    for route in routes(cluster) {
        for parent in route.parents.iter().filter(|p| p.to.is("", "Service")) {
            let namespace = parent.to.namespace.map_or(route.meta.namespace.value, |n| n.value);
            let Some(service) = cluster.service(namespace, parent.to.name.value) else { continue };
            if cluster.is_ambient(namespace) && cluster.waypoint_of_service(&service.meta).is_none() {
                let site = cluster.site(route.meta, parent.to.name.span);
                report(&judge, site, &route.meta.title(), &service.meta, &[], out);
            }
        }
    }
}

fn of_policy(judge: &Judge<'_, '_>, policy: &Policy<'_, '_>, out: &mut Findings) {
    let codes: &'static [&'static str] = match policy.meta.kind.value {
        "AuthorizationPolicy" => &["KIA0109", "KIA1317"],
        "RequestAuthentication" => &["KIA1110"],
        "WasmPlugin" => &["KIA1111"],
        _ => &["KIA1112"],
    };
    if policy.reads_requests().is_none() {
        return;
    }
    let cluster = judge.cluster;
    let own = policy.meta.namespace.value;
    for target in &policy.targets {
        let meta = match (target.group, target.kind) {
            ("" | "core", "Service") => cluster.service(own, target.name.value).map(|s| &s.meta),
            ("networking.istio.io", "ServiceEntry") => cluster
                .objects
                .service_entries
                .iter()
                .map(|e| &e.meta)
                .find(|m| (m.namespace.value, m.name.value) == (own, target.name.value)),
            _ => None,
        };
        if let Some(meta) = meta.filter(|m| cluster.waypoint_of_service(m).is_none()) {
            report(judge, cluster.site(policy.meta, target.name.span), &policy.meta.title(), meta, codes, out);
        }
    }
}

fn of_virtual_services(judge: &Judge<'_, '_>, out: &mut Findings) {
    let cluster = judge.cluster;
    for vs in cluster.objects.virtual_services.iter().filter(|v| is_of_requests(v)) {
        let own = vs.meta.namespace.value;
        let title = vs.meta.title();
        let mut any = false;
        for host in &vs.hosts {
            let Some(service) = ambient_service(cluster, host.value, own) else { continue };
            any = true;
            let site = cluster.site(&vs.meta, host.span);
            of_service(judge, site, &title, (own, service), [&["KIA1113"], &["KIA1113", "KIA1114"]], out);
        }
        let enrolled =
            |text| cluster.entries(cluster.host(text, own)).any(|e| cluster.waypoint_of_service(&e.meta).is_some());
        if !any
            && cluster.is_ambient(own)
            && cluster.waypoint_of_namespace(own).is_none()
            && !vs.hosts.iter().any(|h| unknown(h.value) || enrolled(h.value))
            && let (Some(host), Some(namespace)) = (vs.hosts.first(), cluster.namespace(own))
        {
            report(judge, cluster.site(&vs.meta, host.span), &title, namespace, &["KIA1109"], out);
        }
    }
}

fn of_destination_rules(judge: &Judge<'_, '_>, out: &mut Findings) {
    let cluster = judge.cluster;
    for rule in &cluster.objects.destination_rules {
        let (Some(text), Some(setting)) = (rule.host.filter(|h| !unknown(h.value)), of_destination_rule(rule)) else {
            continue;
        };
        let own = rule.meta.namespace.value;
        let host = cluster.host(text.value, own);
        if is_called_by_gateway(cluster, host) {
            continue;
        }
        let what = format!("`{}` of {}", setting.value, rule.meta.title());
        let site = cluster.site(&rule.meta, setting.span);
        if let Some(service) = ambient_service(cluster, text.value, own) {
            of_service(judge, site, &what, (own, service), [&["KIA0211"], &["KIA0211", "KIA0212"]], out);
        } else if cluster.is_ambient(own)
            && cluster.waypoint_of_namespace(own).is_none()
            && !cluster.entries(host).any(|e| cluster.waypoint_of_service(&e.meta).is_some())
            && let Some(namespace) = cluster.namespace(own)
        {
            report(judge, site, &what, namespace, &["KIA0210"], out);
        }
    }
}

/// What is set in namespace `own` for a Service; the codes where both are in one namespace, and where they are not.
fn of_service(
    judge: &Judge<'_, '_>,
    site: Site<'_, '_>,
    what: &str,
    (own, service): (&str, &Service<'_>),
    codes: [&'static [&'static str]; 2],
    out: &mut Findings,
) {
    let (cluster, home) = (judge.cluster, service.meta.namespace.value);
    let is_elsewhere = own != home && !cluster.is_ambient(own);
    let is_read = own != home && has_sidecars(cluster, own);
    if cluster.waypoint_of_service(&service.meta).is_some() || is_read {
        return;
    }
    let finding = report(judge, site, what, &service.meta, codes[usize::from(own != home)], out);
    // Callers with sidecars of a namespace that is not known to be in ambient mode would read it themselves.
    if is_elsewhere {
        finding.at_level(Severity::Note);
    }
}

/// What is set, and for what: a Service, a ServiceEntry, or a whole namespace.
fn report<'f>(
    judge: &Judge<'_, '_>,
    site: Site<'_, '_>,
    what: &str,
    target: &Meta<'_>,
    codes: &'static [&'static str],
    out: &'f mut Findings,
) -> &'f mut Finding {
    let (cluster, title) = (judge.cluster, target.title());
    let message = if judge.has_waypoints {
        format!(
            "{what} is about requests, and {title} in {} is in ambient mode without a waypoint: nothing there reads requests",
            cluster.name
        )
    } else {
        format!(
            "could not verify that anything reads requests for {title}, which is in ambient mode in {}: {what} is about them, and no waypoint was read",
            cluster.name
        )
    };
    let at = target.label(USE_WAYPOINT).map_or(target.name.span, |l| l.span);
    let finding = out.report(site, message);
    if !judge.has_waypoints {
        finding.at_level(Severity::Note);
    }
    finding
        .with_codes(codes)
        .with_related(cluster.site(target, at), "no label `istio.io/use-waypoint` names a waypoint for it")
        .with_help("label the Service or its namespace `istio.io/use-waypoint: <name>`, with a waypoint of that name")
}
