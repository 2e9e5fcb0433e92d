//! `route-backend-unknown`: a route of the Gateway API sends to a Service, or is for one, that does not exist.

use rustc_hash::{FxHashMap, FxHashSet};

use super::api_routes::routes;
use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::gateway_api::{ApiRoute, BackendRef};
use crate::model::read::{Text, unknown};
use crate::model::{Host, Meta, Service};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/route-backend-unknown.md"), check);

/// Routes that name a Service, and where they do.
type Routes<'a, 's> = Vec<(&'a Meta<'s>, Text<'s>)>;

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut absent: FxHashMap<(&str, &str), Routes<'_, '_>> = FxHashMap::default();
    for route in routes(cluster) {
        let mut seen = FxHashSet::default();
        let parents = route.parents.iter().map(|p| (p.to, None));
        let backends = route.backends.iter().map(|b| (b.to, Some(b)));
        for (to, backend) in backends.chain(parents).filter(|(to, _)| to.is("", "Service")) {
            let namespace = to.namespace.map_or(route.meta.namespace.value, |n| n.value);
            let port = backend.and_then(|b| b.port).and_then(|p| p.value);
            if unknown(to.name.value) || unknown(namespace) || !seen.insert((namespace, to.name.value, port)) {
                continue;
            }
            match cluster.service(namespace, to.name.value) {
                Some(service) => backend.into_iter().for_each(|b| port_of(cluster, &route, b, service, out)),
                None => absent.entry((namespace, to.name.value)).or_default().push((route.meta, to.name)),
            }
        }
    }
    for (service, routes) in &absent {
        missing(cluster, *service, routes, out);
    }
}

fn missing<'s>(
    cluster: &Cluster<'s>,
    (namespace, name): (&'s str, &'s str),
    routes: &Routes<'_, 's>,
    out: &mut Findings,
) {
    let Some((meta, at)) = routes.first() else { return };
    let title = format!("{}{}", meta.title(), and_more(routes.len() - 1, "reference"));
    let site = cluster.site(meta, at.span);
    if let Some((short, _)) = name.split_once('.') {
        out.report(
            site,
            format!("{title} names the Service `{name}`, which is a host: no Service has a dot in its name"),
        )
        .with_help(format!("write `name: {short}`, and its namespace under `namespace`"));
        return;
    }
    if cluster.may_be_made(namespace, name) {
        return;
    }
    let host = Host::Service { name, namespace };
    let near = nearest(name, cluster.service_names(namespace));
    let shown = cluster.knows_services_of(namespace)
        && cluster.is_complete_in(namespace)
        && !cluster.may_define(host)
        && !cluster.input.is_guess;
    let message = if shown {
        format!(
            "{} has no Service `{name}` in namespace {namespace}, which {title} names: its requests get 500",
            cluster.name
        )
    } else {
        format!(
            "could not verify Service `{name}` of namespace {namespace}, which {title} names: it is not among what was read of {}",
            cluster.name
        )
    };
    let finding = out.report(site, message);
    match near {
        Some(near) => finding.with_help(format!("did you mean `{near}`?")),
        None => finding.with_help("correct the name or the namespace, or add the Service"),
    };
    if !shown {
        finding.at_level(Severity::Note);
    }
}

fn port_of(
    cluster: &Cluster<'_>,
    route: &ApiRoute<'_, '_>,
    backend: &BackendRef<'_>,
    service: &Service<'_>,
    out: &mut Findings,
) {
    let title = route.meta.title();
    let service_title = service.meta.title();
    let numbers: Vec<u32> = service.ports.iter().filter_map(|p| p.port()).collect();
    let ports = super::words::list(&numbers);
    // One that is not given, or that no port has, is refused: `field-invalid` says so.
    let Some(port) = backend.port.filter(|p| p.value.is_none_or(|n| (1..=65535).contains(&n))) else { return };
    let Some(number) = port.value.filter(|n| !numbers.contains(n) && numbers.len() == service.ports.len()) else {
        return;
    };
    let (at, message) = (
        port.span,
        format!("{title} sends to port {number} of {service_title}, which has no such port: its requests get 503"),
    );
    if service.ports.is_empty() {
        return;
    }
    let finding = out.report(cluster.site(route.meta, at), message);
    finding
        .with_codes(&[])
        .with_related(cluster.site(&service.meta, service.meta.name.span), format!("its ports are {ports}"))
        .with_help(format!("its ports are {ports}"));
    if cluster.lie_apart(route.meta, &service.meta) {
        finding.at_level(Severity::Note);
    }
}
