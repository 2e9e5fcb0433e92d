//! `route-not-attached`: a route of the Gateway API names a Gateway that does not exist, or none of whose listeners
//! takes it.

use rustc_hash::FxHashMap;

use super::api_routes::routes;
use super::words::{and_more, list, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Refusal};
use crate::model::Meta;
use crate::model::gateway_api::{ApiGateway, ApiRoute, GROUP, ParentRef};
use crate::model::read::{Text, unknown};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/route-not-attached.md"), check);

/// Routes that name a Gateway, and where they do.
type Routes<'a, 's> = Vec<(&'a Meta<'s>, Text<'s>)>;

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut absent: FxHashMap<(&str, &str), Routes<'_, '_>> = FxHashMap::default();
    for route in routes(cluster) {
        for parent in route.parents.iter().filter(|p| p.to.is(GROUP, "Gateway")) {
            let namespace = parent.to.namespace.map_or(route.meta.namespace.value, |n| n.value);
            if unknown(parent.to.name.value) || unknown(namespace) {
                continue;
            }
            match cluster.api_gateway(namespace, parent.to.name.value) {
                Some(gateway) => refused(cluster, &route, parent, gateway, out),
                None => absent.entry((namespace, parent.to.name.value)).or_default().push((route.meta, parent.to.name)),
            }
        }
    }
    for (gateway, routes) in &absent {
        missing(cluster, *gateway, routes, out);
    }
}

fn missing<'s>(
    cluster: &Cluster<'s>,
    (namespace, name): (&'s str, &'s str),
    routes: &Routes<'_, 's>,
    out: &mut Findings,
) {
    let Some((meta, at)) = routes.first() else { return };
    let title = format!("{}{}", meta.title(), and_more(routes.len() - 1, "route"));
    let here = cluster.others(GROUP, "Gateway").filter(|g| g.namespace.value == namespace).map(|g| g.name.value);
    let here: Vec<&str> = here.collect();
    let elsewhere = cluster.others(GROUP, "Gateway").find(|g| g.name.value == name);
    let near = nearest(name, here.iter().copied());
    let has_any = near.is_some() || elsewhere.is_some() || !here.is_empty() && namespace != cluster.mesh.root_namespace;
    let shown = has_any && cluster.is_complete() && !cluster.has_gateway_with_placeholder() && !cluster.input.is_guess;
    let message = if shown {
        format!(
            "{} has no Gateway `{namespace}/{name}`, to which {title} is attached: nothing reaches its routes",
            cluster.name
        )
    } else {
        format!(
            "could not verify Gateway `{namespace}/{name}`, to which {title} is attached: it is not among what was read of {}",
            cluster.name
        )
    };
    let finding = out.report(cluster.site(meta, at.span), message);
    match (near, elsewhere) {
        (Some(near), _) => finding.with_help(format!("did you mean `{near}`?")),
        (None, Some(other)) => {
            finding.with_related(cluster.site(other, other.name.span), "a Gateway of that name");
            finding.with_help(format!(
                "did you mean the one in namespace {0}? write `namespace: {0}`",
                other.namespace.value
            ))
        }
        _ => finding.with_help(format!("add the Gateway to {}, or attach to one that exists", cluster.name)),
    };
    if !shown {
        finding.at_level(Severity::Note);
    }
}

fn refused<'s>(
    cluster: &Cluster<'s>,
    route: &ApiRoute<'_, 's>,
    parent: &ParentRef<'s>,
    meta: &Meta<'s>,
    out: &mut Findings,
) {
    let gateway = ApiGateway::read(meta);
    let refusals: Option<Vec<_>> =
        gateway.listeners.iter().map(|l| Some((cluster.refusal(meta, l, route, parent)?, l))).collect();
    // Of all listeners, the one that comes closest says what is wrong.
    let Some((why, listener)) = refusals.and_then(|r| r.into_iter().max_by_key(|(why, _)| *why)) else { return };
    let (title, own) = (route.meta.title(), route.meta.namespace.value);
    let names = || list(gateway.listeners.iter().filter_map(|l| l.name).map(|n| n.value));
    let at = match why {
        Refusal::Section => parent.section.map(|s| s.span).or(parent.port.map(|p| p.span)),
        Refusal::Hostname => route.hostnames.first().map(|h| h.span),
        Refusal::Kind | Refusal::Namespace => None,
    };
    let site = cluster.site(route.meta, at.unwrap_or(parent.to.name.span));
    let (reason, help) = match why {
        Refusal::Section => {
            let wanted = match (parent.section, parent.port.and_then(|p| p.value)) {
                (Some(s), None) => format!("`{}`", s.value),
                (Some(s), Some(port)) => format!("`{}` at port {port}", s.value),
                (None, port) => format!("at port {}", port.unwrap_or_default()),
            };
            (format!("it has no listener {wanted}"), format!("its listeners are {}", names()))
        }
        Refusal::Kind => (
            format!("none of its listeners takes a {}", route.meta.kind.value),
            "see `allowedRoutes.kinds` and `protocol` of the listeners".to_string(),
        ),
        Refusal::Namespace => (
            format!("it takes no routes from namespace {own}"),
            "set `allowedRoutes: {namespaces: {from: All}}` on the listener, or a selector that fits".to_string(),
        ),
        Refusal::Hostname => {
            let hosts = list(gateway.listeners.iter().filter_map(|l| l.hostname).map(|h| h.value));
            (
                format!("it listens for other hostnames than {}", list(route.hostnames.iter().map(|h| h.value))),
                format!("it listens for {hosts}"),
            )
        }
    };
    let finding =
        out.report(site, format!("{title} is attached to {}, and {reason}: nothing reaches its routes", meta.title()));
    let place = match why {
        Refusal::Hostname => listener.hostname.map(|h| h.span),
        Refusal::Section => None,
        _ => listener.name.map(|n| n.span),
    };
    finding.with_related(cluster.site(meta, place.unwrap_or(meta.name.span)), "the Gateway").with_help(help);
    if cluster.lie_apart(route.meta, meta) {
        finding.at_level(Severity::Note);
    }
}
