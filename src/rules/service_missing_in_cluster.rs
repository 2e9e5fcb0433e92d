//! A cluster routes to a Service that only other clusters of the mesh have: without Istio's DNS its name does not resolve.

use rustc_hash::FxHashMap;

use super::words::{and_more, list};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Together, Use};
use crate::model::Host;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/service-missing-in-cluster.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<Host<'_>, Vec<&Use<'_>>> = FxHashMap::default();
    for u in cluster.uses() {
        if matches!(u.host, Host::Service { .. }) && !cluster.defines(u.host) && !u.is_idle(cluster) {
            groups.entry(u.host).or_default().push(u);
        }
    }
    for (host, mut uses) in groups {
        let having: Vec<_> = fleet
            .clusters
            .iter()
            .filter(|c| c.id != cluster.id && fleet.together(cluster, c) == Together::Shown)
            .filter_map(|c| Some((c, c.service_of(&host)?)))
            .collect();
        let Some((other, service)) = having.first() else { continue };
        // Its endpoints are known here and routes to it work: only clients that look up its own name fail (evidence
        // L1), or all of them where it is headless (L6).
        let headless = having.iter().all(|(_, s)| s.is_headless());
        uses.retain(|u| headless || is_called_by_name(cluster, u));
        let Some(u) = uses.first() else { continue };
        let known = cluster.is_complete_for(host)
            && host.namespace().is_some_and(|n| cluster.knows_services_of(n) || !cluster.objects.services.is_empty())
            && !cluster.may_define(host);
        let proxied = cluster.mesh.dns_capture == Some(true) && !headless;
        let why = match (headless, proxied) {
            (true, _) => "it is headless, so routes lead nowhere",
            (false, true) => "its name resolves by Istio's DNS proxying alone",
            (false, false) => "its name does not resolve",
        };
        let finding = out.report(
            u.host_site(cluster),
            format!(
                "{} has no Service {host}, only {}: {why} for callers in {}{}",
                cluster.name,
                list(having.iter().map(|(c, _)| c.name)),
                cluster.name,
                and_more(uses.len() - 1, "route")
            ),
        );
        finding.with_label(format!("{} in {}", u.share(cluster), cluster.name));
        finding
            .with_related(other.site(&service.meta, service.meta.name.span), format!("the Service in {}", other.name));
        finding.with_help(format!(
            "add the same Service to {} (it needs no Pods there){}",
            cluster.name,
            if headless || proxied { "" } else { ", or turn on Istio's DNS proxying (ISTIO_META_DNS_CAPTURE)" }
        ));
        if !known {
            finding.message = format!(
                "could not verify that {} has Service {host}: of what was read only {} does{}",
                cluster.name,
                list(having.iter().map(|(c, _)| c.name)),
                and_more(uses.len() - 1, "route")
            );
            finding.at_level(Severity::Note);
        } else if proxied {
            finding.at_level(Severity::Warning);
        }
    }
}

/// Whether the clients of a route call the very Service that it leads to, and not another name.
fn is_called_by_name(cluster: &Cluster<'_>, u: &Use<'_>) -> bool {
    let vs = u.virtual_service(cluster);
    vs.in_mesh() && vs.hosts.iter().any(|h| cluster.host(h.value, vs.meta.namespace.value) == u.host)
}
