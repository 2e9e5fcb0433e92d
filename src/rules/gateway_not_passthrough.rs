//! The server on the SNI port terminates or blindly passes TLS: it opens nothing for the Services of its cluster.

use super::words::count;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::{Gateway, RouteKind};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/gateway-not-passthrough.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for cluster in &fleet.clusters {
        let arriving = fleet.crossings.arriving(cluster.id);
        let entrance = fleet.entrance(cluster.id);
        let Some(first) = arriving.first() else { continue };
        if entrance.passing(cluster).next().is_some() {
            continue;
        }
        let mut hosts: Vec<_> = arriving.iter().map(|c| c.service).collect();
        hosts.sort_unstable();
        hosts.dedup();
        for (gateway, server) in entrance.servers(cluster) {
            let mode = server.tls_mode.map(|m| m.value);
            if mode.is_some_and(crate::model::read::unknown) || routes_literal_sni(cluster, gateway) {
                continue;
            }
            let at = server.tls_mode.map_or(server.node.span(), |m| m.span);
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
            .with_help("write `mode: AUTO_PASSTHROUGH`");
        }
    }
}

/// PASSTHROUGH works where a VirtualService of that gateway names the literal SNIs (evidence G12).
fn routes_literal_sni(cluster: &Cluster<'_>, gateway: &Gateway<'_>) -> bool {
    let bound = |text: &str, own: &str| {
        let (ns, name) = text.split_once('/').unwrap_or((own, text));
        ns == gateway.meta.namespace.value && name == gateway.meta.name.value
    };
    cluster.objects.virtual_services.iter().any(|vs| {
        vs.gateways.iter().any(|g| bound(g.value, vs.meta.namespace.value))
            && vs
                .routes
                .iter()
                .any(|r| r.kind == RouteKind::Tls && r.sni_hosts.iter().any(|h| h.value.starts_with("outbound_")))
    })
}
