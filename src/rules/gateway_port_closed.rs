//! `gateway-port-closed`: a Gateway opens a port that no Service of its Pods exposes.

use rustc_hash::FxHashMap;

use super::words::list;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::selects;
use crate::model::{Gateway, Service, ServicePort};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-port-closed.md"), check);

/// The label by which a Service says that servers go by the Pods' ports alone
/// (`DisableGatewayPortTranslationLabel` in `pilot/pkg/model/gateway.go`).
const BY_TARGET: &str = "experimental.istio.io/disable-gateway-port-translation";

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    if cluster.objects.gateways.is_empty() {
        return;
    }
    let services = cluster.services_by_namespace();
    for gateway in &cluster.objects.gateways {
        let Some(before) = exposing(cluster, gateway, &services) else { continue };
        for server in &gateway.servers {
            // What other clusters send is gateway-closed's matter.
            let passes = server.tls_mode.is_some_and(|m| m.value == "AUTO_PASSTHROUGH");
            let Some((number, said)) = server.port.and_then(|p| Some((p.value?, p))).filter(|_| !passes) else {
                continue;
            };
            if before.iter().any(|s| exposes(s, number)) {
                continue;
            }
            let site = cluster.site(&gateway.meta, said.span);
            let title = gateway.meta.title();
            let Some(first) = before.first() else {
                if !cluster.may_install_gateways() {
                    out.report(site, format!("could not verify that port {number} of {title} is open: no Service that was read is before its Pods"))
                        .at_level(Severity::Note)
                        .with_help("add the gateway's Service to what meshlint reads");
                }
                continue;
            };
            let finding = out.report(
                site,
                format!(
                    "port {number} of {title} is not open: {}, which leads to its Pods, exposes {}",
                    first.meta.title(),
                    list(open(first))
                ),
            );
            finding
                .with_related(
                    cluster.site(&first.meta, first.ports.first().map_or(first.meta.name.span, |p| p.number_span())),
                    "neither its port nor its targetPort",
                )
                .with_help(format!("add port {number} to the Service, or open a port that it exposes"));
            let is_guess = cluster.lie_apart(&first.meta, &gateway.meta);
            if !cluster.is_complete_in(first.meta.namespace.value) || is_guess {
                finding.at_level(Severity::Note);
            }
        }
    }
}

/// The Services before a Gateway's Pods; `None` where the Pods are not known, or are reached without one.
fn exposing<'a, 's>(
    cluster: &Cluster<'s>,
    gateway: &Gateway<'s>,
    services: &FxHashMap<&'s str, Vec<&'a Service<'s>>>,
) -> Option<Vec<&'a Service<'s>>> {
    let pods = cluster.gateway_pods(gateway);
    if pods.is_empty() || pods.iter().any(|w| w.is_on_the_host()) {
        return None;
    }
    let mut all: Vec<&'a Service<'s>> = Vec::new();
    for pod in pods {
        let there = services.get(pod.meta.namespace.value).into_iter().flatten();
        all.extend(there.filter(|s| !s.selector.is_empty() && selects(&s.selector, &pod.labels)));
    }
    all.sort_by_key(|s| (s.meta.source, s.meta.root.span()));
    all.dedup_by(|a, b| std::ptr::eq(*a, *b));
    Some(all)
}

/// The ports at which a Service takes TCP. One without a protocol is TCP.
fn ports<'a, 's>(service: &'a Service<'s>) -> impl Iterator<Item = &'a ServicePort<'s>> {
    service.ports.iter().filter(|p| p.protocol.is_none_or(|p| p.value != "UDP"))
}

/// Whether servers go by the ports of the Pods alone.
fn is_by_target(service: &Service<'_>) -> bool {
    service.meta.label(BY_TARGET).is_some_and(|l| l.value == "true")
}

/// Whether a Service leads to a server on that port: by its own port, or by the one of the Pods. One that is named, or a
/// placeholder, may be it.
fn exposes(service: &Service<'_>, number: u32) -> bool {
    ports(service).any(|p| {
        let own = p.port();
        let target = p.target.map_or(own, |t| t.value);
        p.target_name.is_some()
            || own.is_none()
            || target.is_none_or(|t| t == number)
            || (own == Some(number) && !is_by_target(service))
    })
}

/// The numbers that servers can have behind a Service, for messages.
fn open(service: &Service<'_>) -> Vec<u32> {
    let by_target = is_by_target(service);
    ports(service).filter_map(|p| p.target.filter(|_| by_target).map_or(p.port(), |t| t.value)).collect()
}
