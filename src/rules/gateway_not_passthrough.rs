//! The server on the SNI port terminates or blindly passes TLS: it opens nothing for the Services of its cluster.

use super::words::count;
use super::{Findings, Rule};
use crate::mesh::Fleet;
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/gateway-not-passthrough.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for cluster in &fleet.clusters {
        let arriving = fleet.crossings.arriving(cluster.id);
        let entrance = fleet.entrance(cluster.id);
        let Some(first) = arriving.first() else { continue };
        // PASSTHROUGH works where a VirtualService of the gateway names the literal SNIs (evidence G12).
        if entrance.passing(cluster).next().is_some() || !entrance.literal().is_empty() {
            continue;
        }
        let mut hosts: Vec<_> = arriving.iter().map(|c| c.service).collect();
        hosts.sort_unstable();
        hosts.dedup();
        for (gateway, server) in entrance.servers(cluster) {
            let mode = server.tls_mode.map(|m| m.value);
            if mode.is_some_and(unknown) {
                continue;
            }
            let at = server.tls_mode.or(server.protocol).map_or(server.node.span(), |m| m.span);
            let said = match mode {
                Some(mode) => format!("TLS mode {mode}"),
                None => "no TLS mode".into(),
            };
            let port = server.port().unwrap_or(fleet.settings.sni_port);
            out.report(
                cluster.site(&gateway.meta, at),
                format!(
                    "port {port} of {} in {} has {said}, so {} cannot be reached from other clusters",
                    gateway.meta.title(),
                    cluster.name,
                    count(hosts.len(), "Service")
                ),
            )
            .with_label("only AUTO_PASSTHROUGH routes by the SNI of other clusters")
            .with_related(
                first.site(fleet),
                format!("leaves {} as {}", fleet.cluster(first.from).name, first.sni(fleet)),
            )
            .with_help(if mode.is_some() {
                "write `mode: AUTO_PASSTHROUGH`".to_string()
            } else {
                "write `protocol: TLS` and `tls: {mode: AUTO_PASSTHROUGH}`".to_string()
            });
        }
    }
}
