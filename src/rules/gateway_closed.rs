//! Other clusters send traffic to a gateway that does not take it: no server on the SNI port, a selector that matches
//! no workload, a Service without the port.

use super::words::labels;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Crossing, Evidence, Fleet, Version};
use crate::model::read::{self, selects};
use crate::model::{Gateway, Service, Workload};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/gateway-closed.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for cluster in &fleet.clusters {
        let arriving = fleet.crossings.arriving(cluster.id);
        let Some(first) = arriving.first() else { continue };
        let entrance = fleet.entrance(cluster.id);
        if entrance.has_listener() {
            // A Gateway of the Gateway API, whose workload Istio makes itself, takes the traffic.
        } else if entrance.is_unknown() {
            unknown(fleet, cluster, first, out);
        } else if entrance.servers(cluster).next().is_none() {
            no_server(fleet, cluster, first, out);
        } else {
            unreachable(fleet, cluster, first, out);
        }
    }
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
    let installed = first.link.is_some() && cluster.mesh.istio_version().is_none_or(|v| v < Version(1, 8, 0));
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
    if pods.iter().any(|w| is_on_the_host(w)) {
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
        finding.at_level(Severity::Note);
    }
}

/// Whether Pods are reached at their node's address, without a Service.
fn is_on_the_host(pod: &Workload<'_>) -> bool {
    pod.pod.is_some_and(|p| read::boolean(p, "hostNetwork") == Some(true))
        || pod.containers().flat_map(|c| read::items(c, "ports")).any(|p| p.get("hostPort").is_some())
}
