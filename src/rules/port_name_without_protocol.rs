//! `port-name-without-protocol`: a Service's port from which Istio cannot tell what is spoken there.

use super::words::and_more;
use super::{Findings, Rule, protocols};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;
use crate::model::{Service, ServicePort};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/port-name-without-protocol.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for service in services(cluster).filter(|s| !s.is_external_name()) {
        let mut ports = service.ports.iter().filter(|p| is_silent(p));
        let Some(first) = ports.next() else { continue };
        let number = first.port().map_or_else(String::new, |n| format!(" {n}"));
        let name = match first.name {
            Some(name) => format!("its name `{}` begins with none", name.value),
            None => "it has no name".into(),
        };
        let message = format!(
            "port{number} of {}{} does not say its protocol: {name}",
            service.meta.title(),
            and_more(ports.count(), "port")
        );
        out.report(cluster.site(&service.meta, first.name.map_or(first.number_span(), |n| n.span)), message)
            .with_label("Istio waits for the first bytes to find it out")
            .with_help(match first.name {
                Some(name) => {
                    format!("name it `http-{0}`, `tcp-{0}` or whatever it speaks, or set `appProtocol`", name.value)
                }
                None => "name it `http`, `tcp` or whatever it speaks, or set `appProtocol`".into(),
            });
    }
}

/// The Services that people write for their own workloads: not those of Istio, its gateways, and Kubernetes.
pub(super) fn services<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = &'a Service<'s>> {
    cluster.objects.services.iter().filter(|s| {
        let meta = &s.meta;
        let is = |label, value: &str| meta.label(label).is_some_and(|l| l.value == value);
        let managed = meta.label("gateway.istio.io/managed").is_some_and(|l| l.value.starts_with("istio.io-"));
        let istios = meta.label("istio").is_some() || is("release", "istio") || managed;
        !istios && !Cluster::is_system(meta.namespace.value)
    })
}

/// Whether neither `appProtocol` nor its name nor its number says what a port speaks.
pub(super) fn is_silent(port: &ServicePort<'_>) -> bool {
    port.app_protocol.is_none()
        && protocols::of_service(port) == "auto"
        && !port.name.is_some_and(|n| unknown(n.value))
        && !port.protocol.is_some_and(|p| unknown(p.value))
}
