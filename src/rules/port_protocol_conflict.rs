//! `port-protocol-conflict`: Services over one workload give one port different protocols.

use super::{Findings, Rule, shared_ports};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/port-protocol-conflict.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for (workload, target, ports) in shared_ports::all(cluster) {
        let Some((one, other)) = shared_ports::contradiction(&ports).filter(|(a, b)| a.number == b.number) else {
            continue;
        };
        let message = format!(
            "{} and {} lead to port {target} of {}, as {} and as {}: its sidecar takes it for one of the two",
            one.title(),
            other.service.meta.title(),
            workload.meta.title(),
            one.protocol,
            other.protocol
        );
        out.report(cluster.site(&workload.meta, workload.meta.name.span), message)
            .with_related(cluster.site(&one.service.meta, one.port.protocol_span()), format!("{} here", one.protocol))
            .with_related(
                cluster.site(&other.service.meta, other.port.protocol_span()),
                format!("{} here", other.protocol),
            )
            .with_help("name the port for one protocol in both Services");
    }
}
