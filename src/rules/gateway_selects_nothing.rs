//! `gateway-selects-nothing`: no Pods carry the labels that a Gateway selects.

use super::words::{labels, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, unknown};
use crate::model::{Gateway, Workload};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-selects-nothing.md"), check);

fn check<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let is_entered = !fleet.crossings.arriving(cluster.id).is_empty();
    let selects_nothing = |g: &&Gateway<'s>| {
        // One without a selector is for all Pods; Gateways of the Gateway API make Pods of their own.
        let may_be_any = g.selector.is_empty()
            || g.selector.iter().any(|(k, v)| unknown(v.value) || k.value.ends_with("/gateway-name"))
            || (is_entered && takes_other_clusters(g, fleet.settings.sni_port));
        !may_be_any && cluster.workloads(None, &g.selector).is_empty()
    };
    let gateways: Vec<&Gateway<'s>> = cluster.objects.gateways.iter().filter(selects_nothing).collect();
    if gateways.is_empty() {
        return;
    }
    // Gateways are often installed by others: only beside one that is here does a missing one mean anything.
    let here: Vec<&Workload<'s>> = cluster.objects.workloads.iter().filter(|w| is_gateway(w)).collect();
    if here.is_empty() {
        return;
    }
    for gateway in gateways {
        let slip = slip(gateway, &here);
        let (at, _) = slip.map_or((gateway.selector_span, ""), |(at, near, _)| (at, near));
        let wanted = labels(&gateway.selector);
        match slip.filter(|_| !cluster.may_install_gateways()) {
            Some((_, near, pods)) => {
                let finding = out.report(
                    cluster.site(&gateway.meta, at),
                    format!(
                        "{} selects {wanted}, which no Pods of {} carry: its ports stay closed",
                        gateway.meta.title(),
                        cluster.name
                    ),
                );
                finding
                    .with_related(
                        cluster.site(&pods.meta, pods.meta.name.span),
                        format!("carries {}", labels(&pods.labels)),
                    )
                    .with_help(format!("did you mean `{near}`?"));
                if cluster.lie_apart(&pods.meta, &gateway.meta) {
                    finding.at_level(Severity::Note);
                }
            }
            None => {
                out.report(
                    cluster.site(&gateway.meta, at),
                    format!(
                        "could not verify that {} has Pods: none that were read of {} carry {wanted}",
                        gateway.meta.title(),
                        cluster.name
                    ),
                )
                .at_level(Severity::Note)
                .with_help("add the gateway's workload to what meshlint reads, or select labels that one carries");
            }
        }
    }
}

/// A value of the selector that is a slip for that of a gateway's Pods.
fn slip<'a, 's>(
    gateway: &Gateway<'s>,
    here: &[&'a Workload<'s>],
) -> Option<(crate::source::Span, &'s str, &'a Workload<'s>)> {
    gateway.selector.iter().find_map(|(key, value)| {
        let near = |w: &&'a Workload<'s>| {
            let own = w.label(key.value)?;
            nearest(value.value, [own.value]).map(|near| (value.span, near, *w))
        };
        here.iter().find_map(near)
    })
}

/// Whether a server is the way in for other clusters, which gateway-closed looks at.
fn takes_other_clusters(gateway: &Gateway<'_>, sni_port: u32) -> bool {
    let is_it = |s: &crate::model::Server<'_>| {
        s.port() == Some(sni_port) || s.tls_mode.is_some_and(|m| m.value == "AUTO_PASSTHROUGH")
    };
    gateway.servers.iter().any(is_it)
}

/// Whether Pods are a gateway's: by Istio's own label, or by the container that runs as one.
fn is_gateway(workload: &Workload<'_>) -> bool {
    let runs_as_one = |c: crate::yaml::Node<'_>| {
        let image = read::text(c, "image").map_or("", |i| i.value);
        let args = read::strings(c, "args");
        image == "auto" || (image.contains("proxyv2") && args.iter().any(|a| a.value == "router"))
    };
    workload.label("istio").is_some_and(|l| l.value.contains("gateway") || l.value.contains("ingress"))
        || workload.containers().any(runs_as_one)
}
