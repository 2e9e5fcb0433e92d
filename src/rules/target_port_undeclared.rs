//! `target-port-undeclared`: a Service leads to a port that none of its Pods declares.

use super::words::{list, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, Text, unknown};
use crate::model::{Service, ServicePort, Workload};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/target-port-undeclared.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for service in super::port_name_without_protocol::services(cluster) {
        if service.selector.is_empty() || service.is_external_name() || service.ports.is_empty() {
            continue;
        }
        let workloads = cluster.workloads_of(service);
        // Some that stand for a machine declare nothing.
        let Some(declared) = workloads.iter().map(|w| declared(w)).collect::<Option<Vec<_>>>() else { continue };
        if declared.is_empty() {
            continue;
        }
        for port in &service.ports {
            match port.target_name {
                Some(name) => named(cluster, service, port, name, &workloads, &declared, out),
                None => numbered(cluster, service, port, &workloads, &declared, out),
            }
        }
    }
}

/// A port that containers declare.
struct Declared<'s> {
    name: Option<Text<'s>>,
    number: u32,
}

/// What a workload's containers declare; `None` where it has none of which that is known.
fn declared<'s>(workload: &Workload<'s>) -> Option<Vec<Declared<'s>>> {
    let pod = workload.pod?;
    let mut all = Vec::new();
    for container in read::items(pod, "containers").chain(read::items(pod, "initContainers")) {
        for port in read::items(container, "ports") {
            let number = read::number(port, "containerPort")?.value?;
            all.push(Declared { name: read::text(port, "name"), number });
        }
    }
    Some(all)
}

/// A port by name is looked up in each Pod: where none has it, the Service has no endpoint for it.
fn named(
    cluster: &Cluster<'_>,
    service: &Service<'_>,
    port: &ServicePort<'_>,
    name: Text<'_>,
    workloads: &[&Workload<'_>],
    declared: &[Vec<Declared<'_>>],
    out: &mut Findings,
) {
    let names = || declared.iter().flatten().filter_map(|d| d.name).map(|n| n.value);
    // The sidecar brings ports of its own.
    if unknown(name.value) || name.value.starts_with("http-envoy") || names().any(|n| n == name.value || unknown(n)) {
        return;
    }
    let known = cluster.is_complete_in(service.meta.namespace.value) && !cluster.may_have_pods_made(service);
    let (title, number) = (service.meta.title(), port.port().unwrap_or_default());
    let holder = workloads[0].meta.title();
    let message = format!("no Pod of {title} has a port named `{}`, so its port {number} has no endpoints", name.value);
    let finding = out.report(cluster.site(&service.meta, name.span), message);
    if !known {
        finding.message =
            format!("could not verify that a Pod of {title} has a port named `{}`: none that was read has", name.value);
        finding.at_level(Severity::Note);
    }
    finding.with_label("callers get 503 UH: no healthy upstream");
    finding.with_related(
        cluster.site(&workloads[0].meta, workloads[0].meta.name.span),
        format!("its ports are named {}", {
            let mut all: Vec<_> = declared[0].iter().filter_map(|d| d.name).map(|n| n.value).collect();
            all.dedup();
            list(all)
        }),
    );
    finding.with_help(match nearest(name.value, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("name a `containerPort` of {holder} `{}`, or use the number", name.value),
    });
}

/// A port by number need not be declared. Where all Pods declare others, it is a likely slip.
fn numbered(
    cluster: &Cluster<'_>,
    service: &Service<'_>,
    port: &ServicePort<'_>,
    workloads: &[&Workload<'_>],
    declared: &[Vec<Declared<'_>>],
    out: &mut Findings,
) {
    let Some(number) = port.target.or(port.number) else { return };
    let Some(value) = number.value.filter(|n| !(15000..=15100).contains(n)) else { return };
    if declared.iter().any(|d| d.is_empty() || d.iter().any(|p| p.number == value)) {
        return;
    }
    let message = format!("no Pod of {} declares port {value}, to which it leads", service.meta.title());
    let own = declared[0].iter().map(|d| d.number);
    out.report(cluster.site(&service.meta, number.span), message)
        .at_level(Severity::Note)
        .with_related(
            cluster.site(&workloads[0].meta, workloads[0].meta.name.span),
            format!("it declares {}", list(own)),
        )
        .with_help(
            "it works where a container listens there all the same: declare the port, or lead to one that is declared",
        );
}
