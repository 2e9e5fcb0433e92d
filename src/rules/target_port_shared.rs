//! `target-port-shared`: Services lead to one port of a workload from several port numbers.

use super::words::list;
use super::{Findings, Rule, shared_ports};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/target-port-shared.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for (workload, target, ports) in shared_ports::all(cluster) {
        let conflict = shared_ports::contradiction(&ports);
        // `port-protocol-conflict` has these.
        if conflict.as_ref().is_some_and(|(a, b)| a.number == b.number) {
            continue;
        }
        let mut numbers: Vec<u32> = ports.iter().map(|p| p.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.len() < 2 {
            continue;
        }
        let message =
            format!("ports {} of its Services lead to port {target} of {}", list(&numbers), workload.meta.title());
        let finding = out.report(cluster.site(&workload.meta, workload.meta.name.span), message);
        match conflict {
            Some((one, other)) => {
                finding.message += &format!(
                    ", as {} and as {}: its sidecar takes it for one of the two",
                    one.protocol, other.protocol
                );
                finding
                    .at_level(Severity::Warning)
                    .with_help("name both ports for one protocol, or give each its own `targetPort`");
            }
            None => {
                finding.message += ": what its sidecar reports and does by port, it does for all of them";
                finding.with_help("give each its own `targetPort` where they are to be told apart");
            }
        }
        for number in numbers.iter().take(4) {
            let Some(port) = ports.iter().find(|p| p.number == *number) else { continue };
            let site = cluster.site(&port.service.meta, port.port.number_span());
            finding.with_related(site, format!("{} from port {number}", port.protocol));
        }
    }
}
