//! Other clusters send traffic to a gateway that does not take it: no server on the SNI port, a selector that matches
//! no workload, a Service without the port.

use super::global_endpoint_port::is_closed;
use super::words::labels;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Crossing, Entrance, Evidence, Fleet, Version};
use crate::model::read::selects;
use crate::model::{Gateway, Service};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/gateway-closed.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for cluster in &fleet.clusters {
        let arriving = fleet.crossings.arriving(cluster.id);
        // What dials a port that the gateway's Service lacks is global-endpoint-port's matter.
        let is_open = |c: &&&Crossing<'_>| !c.link.is_some_and(|i| is_closed(fleet, fleet.link(i), c.port));
        let Some(first) = arriving.iter().find(is_open) else { continue };
        let entrance = fleet.entrance(cluster.id);
        if entrance.has_listener() {
            // A Gateway of the Gateway API, whose workload Istio makes itself, takes the traffic.
        } else if entrance.is_unknown() {
            unknown(fleet, cluster, first, out);
        } else if entrance.servers(cluster).next().is_none() {
            no_server(fleet, cluster, first, out);
        } else if !not_at_the_port(fleet, cluster, &arriving, out) {
            unreachable(fleet, cluster, first, out);
        }
    }
}

/// Between networks the others dial the SNI port, or the one that the Service's label names, whatever its ports are
/// (evidence L13, L15). A port beside it that leads to the gateway's Pods takes no part.
fn not_at_the_port<'s>(
    fleet: &Fleet<'s>,
    cluster: &Cluster<'s>,
    arriving: &[&Crossing<'s>],
    out: &mut Findings,
) -> bool {
    let Some(first) = arriving.iter().find(|c| c.link.is_none()) else { return false };
    // `meshNetworks` names ports of its own.
    if fleet.clusters.iter().any(|c| !c.mesh.registries.is_empty()) {
        return false;
    }
    let gateways = |s: &&Service<'s>| s.meta.label("topology.istio.io/network").is_some();
    let mut services = cluster.objects.services.iter().filter(gateways).peekable();
    let wanted = |s: &Service<'s>| Entrance::wanted(s, fleet.settings.sni_port);
    let lacks =
        |s: &Service<'s>| s.ports.iter().all(|p| p.port().is_some_and(|n| Some(n) != wanted(s))) && wanted(s).is_some();
    let entrance = fleet.entrance(cluster.id);
    let Some(service) = entrance.services(cluster).find(|s| gateways(s)) else { return false };
    if !services.all(lacks) {
        return false;
    }
    let number = wanted(service).unwrap_or(fleet.settings.sni_port);
    let own = service.ports.iter().find(|p| p.port().is_some_and(|n| entrance.takes(n)));
    let at = own.map_or(service.meta.name.span, |p| p.number_span());
    let finding = out.report(
        cluster.site(&service.meta, at),
        format!(
            "{} in {} does not expose port {number}, where other clusters send their traffic",
            service.meta.title(),
            cluster.name
        ),
    );
    finding.with_related(first.site(fleet), leaves(fleet, first));
    finding.with_help(match own.and_then(|p| p.port()) {
        Some(own) => {
            format!("write `port: {number}`, or label the Service `networking.istio.io/gatewayPort: \"{own}\"`")
        }
        None => format!("add port {number} to the Service"),
    });
    if !cluster.is_complete() {
        finding.message = format!("could not verify that {} is open: {}", cluster.name, finding.message);
        finding.at_level(Severity::Note);
    }
    true
}

fn leaves(fleet: &Fleet<'_>, crossing: &Crossing<'_>) -> String {
    format!("leaves {} as {}", fleet.cluster(crossing.from).name, crossing.sni(fleet))
}

/// Nothing of the way in is in the repository: a chart may install it.
fn unknown<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, first: &Crossing<'s>, out: &mut Findings) {
    let port = fleet.settings.sni_port;
    out.report(
        first.site(fleet),
        format!(
            "could not verify the way into {}: no gateway Service and no Gateway for port {port} in this repository",
            cluster.name
        ),
    )
    .at_level(Severity::Note)
    .with_help(format!("add the manifests of {}'s gateway to what meshlint reads", cluster.name));
}

/// A gateway Service exposes the port, and no Gateway opens it.
fn no_server<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, first: &Crossing<'s>, out: &mut Findings) {
    let entrance = fleet.entrance(cluster.id);
    let Some(service) = entrance.services(cluster).next() else { return };
    let port = service.ports.iter().find(|p| p.port().is_some_and(|n| entrance.takes(n)));
    let at = port.map_or(service.meta.name.span, |p| p.number_span());
    let number = port.and_then(|p| p.port()).unwrap_or(fleet.settings.sni_port);
    // Up to 1.7 the installation brought the Gateway for `.global` hosts itself.
    let installed = first.link.is_some() && cluster.mesh.versions.istio().is_none_or(|v| v < Version(1, 8, 0));
    let finding = out.report(
        cluster.site(&service.meta, at),
        if installed || !cluster.is_complete() {
            format!(
                "could not verify that {} takes traffic on port {number}: no Gateway of this repository opens it",
                cluster.name
            )
        } else {
            format!(
                "no Gateway in {} opens port {number} of {}, where other clusters send their traffic",
                cluster.name,
                service.meta.title()
            )
        },
    );
    if installed || !cluster.is_complete() {
        finding.at_level(Severity::Note);
    }
    finding.with_related(first.site(fleet), leaves(fleet, first));
    if first.link.is_some() && cluster.mesh.versions.istio().is_some_and(|v| v < Version(1, 8, 0)) {
        // A second one beside it is an error (domain.md, fact 5.5).
        finding
            .with_help("the installation of Istio up to 1.7 brings that Gateway, with `global.multiCluster.enabled`");
        return;
    }
    finding.with_help(format!(
        "add a Gateway to {} with port {number}, `tls: {{mode: AUTO_PASSTHROUGH}}`, hosts `*.local` and selector {}",
        cluster.name,
        labels(&service.selector)
    ));
}

/// A server is there, and its selector matches no gateway, or no Service leads to it.
fn unreachable<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, first: &Crossing<'s>, out: &mut Findings) {
    let entrance = fleet.entrance(cluster.id);
    let selected = entrance
        .servers(cluster)
        .any(|(g, _)| g.selector.is_empty() || !cluster.workloads(None, &g.selector).is_empty());
    let Some((gateway, _)) = entrance.servers(cluster).next() else { return };
    if selected {
        no_port(fleet, cluster, first, out);
    } else {
        not_selected(fleet, cluster, gateway, first, out);
    }
}

/// Only where the gateway's own workload is here can its labels be compared.
fn not_selected<'s>(
    fleet: &Fleet<'s>,
    cluster: &Cluster<'s>,
    gateway: &Gateway<'s>,
    first: &Crossing<'s>,
    out: &mut Findings,
) {
    let entrance = fleet.entrance(cluster.id);
    // A gateway for other traffic can expose the port, too, beside one that is installed elsewhere: a Service that
    // other clusters' endpoints lead to, or that says its network, is the right one.
    let dialled = |s: &Service<'s>| {
        let by_address = |e: &Evidence<'s>| e.service(cluster).is_some_and(|o| std::ptr::eq(o, s));
        s.meta.label("topology.istio.io/network").is_some()
            || fleet.links().iter().any(|l| l.to == Some(cluster.id) && l.evidence.iter().any(by_address))
    };
    let is_certain = cluster.is_complete() && entrance.services(cluster).any(dialled);
    let pods: Vec<_> = entrance.services(cluster).flat_map(|s| cluster.workloads_of(s)).collect();
    let Some(pod) = pods.first() else { return };
    let wrong = gateway.selector.iter().find(|(k, v)| pod.label(k.value).is_none_or(|l| l.value != v.value));
    let at = wrong.map_or(gateway.selector_span, |(_, v)| v.span);
    let label = wrong.and_then(|(k, _)| pod.label(k.value)).map_or(pod.meta.name.span, |l| l.span);
    let finding = out.report(
        cluster.site(&gateway.meta, at),
        format!(
            "{} in {} selects {}, which no gateway there carries, so port {} stays closed to other clusters",
            gateway.meta.title(),
            cluster.name,
            labels(&gateway.selector),
            fleet.settings.sni_port
        ),
    );
    finding
        .with_related(cluster.site(&pod.meta, label), format!("{} carries {}", pod.meta.title(), labels(&pod.labels)));
    finding.with_related(first.site(fleet), leaves(fleet, first));
    finding.with_help("select labels that the gateway's Pods carry");
    if !is_certain {
        finding.message = format!(
            "could not verify that {} in {} selects its gateway: no Pods there carry {}",
            gateway.meta.title(),
            cluster.name,
            labels(&gateway.selector)
        );
        finding.at_level(Severity::Note);
    }
}

/// The gateway's Pods are selected, and their Service does not expose the port.
fn no_port<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, first: &Crossing<'s>, out: &mut Findings) {
    let entrance = fleet.entrance(cluster.id);
    if entrance.services(cluster).next().is_some() {
        return;
    }
    let pods: Vec<_> = entrance.servers(cluster).flat_map(|(g, _)| cluster.workloads(None, &g.selector)).collect();
    if pods.iter().any(|w| w.is_on_the_host()) {
        return;
    }
    let leading = cluster.objects.services.iter().find(|s| {
        !s.selector.is_empty()
            && pods.iter().any(|w| w.meta.namespace.value == s.meta.namespace.value && selects(&s.selector, &w.labels))
    });
    let Some(service) = leading else { return };
    // A port that is a placeholder or goes to a named port of the Pods can be the one.
    if service.ports.iter().any(|p| p.port().is_none() || p.target_name.is_some()) {
        return;
    }
    let at = service.ports.first().map_or(service.meta.name.span, |p| p.number_span());
    let finding = out.report(
        cluster.site(&service.meta, at),
        format!(
            "{} in {} leads to its gateway and does not expose port {}, where other clusters send their traffic",
            service.meta.title(),
            cluster.name,
            fleet.settings.sni_port
        ),
    );
    finding.with_related(first.site(fleet), leaves(fleet, first));
    finding.with_help(format!("add port {} to the Service", fleet.settings.sni_port));
    if !cluster.is_complete() {
        finding.message = format!(
            "could not verify that port {} of {} is exposed: {} does not, and not all of its manifests could be read",
            fleet.settings.sni_port,
            cluster.name,
            service.meta.title()
        );
        finding.at_level(Severity::Note);
    }
}
