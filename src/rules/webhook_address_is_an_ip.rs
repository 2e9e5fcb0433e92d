//! `webhook-address-is-an-ip`: one of Istio's webhooks calls its control plane by an IP address.

use super::{Findings, Rule, webhooks};
use crate::mesh::{Cluster, Fleet};
use crate::model::read;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/webhook-address-is-an-ip.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for (meta, webhook, client) in webhooks::of_istio(cluster) {
        let Some(url) = client.and_then(|c| read::text(c, "url")) else { continue };
        let Some(host) = webhooks::host_of(url.value).filter(|h| h.parse::<std::net::IpAddr>().is_ok()) else {
            continue;
        };
        let name = read::text(webhook, "name").map_or("", |n| n.value);
        out.report(
            cluster.site(meta, url.span),
            format!(
                "webhook `{name}` of {} calls `{host}`, an address, where a certificate is for a name",
                meta.title()
            ),
        )
        .with_help("write the name that the control plane's certificate is for");
    }
}
