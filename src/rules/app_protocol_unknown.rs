//! `app-protocol-unknown`: a Service's port with an `appProtocol` that Istio does not know.

use super::port_name_without_protocol::services;
use super::words::nearest;
use super::{Findings, Rule, protocols};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/app-protocol-unknown.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for service in services(cluster) {
        for port in &service.ports {
            let Some(said) = port.app_protocol.filter(|a| !unknown(a.value) && !protocols::is_app_protocol(a.value))
            else {
                continue;
            };
            if port.protocol.is_some_and(|p| p.value == "UDP") {
                continue;
            }
            let message = format!(
                "`appProtocol: {}` of port {} of {} is no protocol that Istio knows, and the port's name does not count beside it",
                said.value,
                port.port().map_or_else(|| "?".into(), |n| n.to_string()),
                service.meta.title()
            );
            let finding = out.report(cluster.site(&service.meta, said.span), message);
            finding.with_label("Istio waits for the first bytes to find it out");
            match nearest(said.value, protocols::KNOWN.iter().copied()) {
                Some(near) => finding.with_help(format!("did you mean `{near}`?")),
                // Others than Istio may read it.
                None => {
                    finding.at_level(Severity::Note).with_help(format!("use one of {}", protocols::KNOWN.join(", ")))
                }
            };
        }
    }
}
