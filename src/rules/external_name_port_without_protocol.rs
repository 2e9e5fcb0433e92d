//! `external-name-port-without-protocol`: as `port-name-without-protocol`, for a Service that is another name.

use super::port_name_without_protocol::{is_silent, services};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Version};
use crate::model::ServicePort;

pub(super) static RULE: Rule =
    Rule::per_cluster(include_str!("../../rules/external-name-port-without-protocol.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for service in services(cluster).filter(|s| s.is_external_name()) {
        let is_tcp = |p: &&ServicePort<'_>| p.name.is_some_and(|n| n.value == "tcp");
        let Some(port) = service.ports.iter().find(|p| is_silent(p) || is_tcp(p)) else { continue };
        let number = port.port().map_or_else(String::new, |n| format!(" {n}"));
        let said = port.name.map_or("no name".into(), |n| format!("the name `{}`", n.value));
        let message = format!(
            "port{number} of {}, of type ExternalName, has {said}: sidecars of Istio before 1.21 take all TCP traffic to that port number for it",
            service.meta.title()
        );
        let finding =
            out.report(cluster.site(&service.meta, port.name.map_or(port.number_span(), |n| n.span)), message);
        finding.with_help("name it for what is spoken there: `http`, `https` or `tls`");
        if cluster.mesh.versions.istio().is_some_and(|v| v < Version(1, 21, 0)) {
            finding.at_level(Severity::Warning);
        }
    }
}
