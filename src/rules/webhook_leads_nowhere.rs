//! `webhook-leads-nowhere`: one of Istio's webhooks says nothing that can be called.

use super::{Findings, Rule, webhooks};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, unknown};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/webhook-leads-nowhere.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for (meta, webhook, client) in webhooks::of_istio(cluster) {
        if client.is_some_and(|c| c.get("service").is_some_and(|s| s.is_mapping())) {
            continue;
        }
        let url = client.and_then(|c| read::text(c, "url")).map_or("", |u| u.value);
        if unknown(url) || webhooks::host_of(url).is_some() {
            continue;
        }
        let name = read::text(webhook, "name").map_or("", |n| n.value);
        let message = if url.is_empty() {
            format!("webhook `{name}` of {} has neither a Service nor a URL: nobody is asked", meta.title())
        } else {
            format!("webhook `{name}` of {} has the URL `{url}`, which has no host that can be asked", meta.title())
        };
        let at = client
            .map_or_else(|| read::key_span(webhook, "name"), |c| c.entry("url").map_or(c.span(), |(k, _)| k.span()));
        out.report(cluster.site(meta, at), message)
            .with_help("write `service: {name: istiod, namespace: istio-system}`, or the URL of the control plane outside: `https://<host>:15017/inject`");
    }
}
