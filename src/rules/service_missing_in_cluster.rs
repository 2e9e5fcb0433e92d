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
        if matches!(u.host, Host::Service { .. }) && !cluster.defines(u.host) {
            groups.entry(u.host).or_default().push(u);
        }
    }
    for (host, uses) in groups {
        let having: Vec<_> = fleet
            .clusters
            .iter()
            .filter(|c| c.id != cluster.id && fleet.together(cluster, c) == Together::Shown)
            .filter_map(|c| Some((c, c.service_of(&host)?)))
            .collect();
        let (Some((other, service)), Some(u)) = (having.first(), uses.first()) else { continue };
        let namespace_known = host.namespace().is_some_and(|n| cluster.knows_services_of(n));
        let headless = service.is_headless();
        let finding = out.report(
            u.host_site(cluster),
            format!(
                "{} has no Service {host}, only {}: its name does not resolve for callers here{}",
                cluster.name,
                list(having.iter().map(|(c, _)| c.name)),
                and_more(uses.len() - 1, "route")
            ),
        );
        finding.with_label(format!("{} in {}", u.share(cluster), cluster.name));
        finding
            .with_related(other.site(&service.meta, service.meta.name.span), format!("the Service in {}", other.name));
        finding.with_help(format!(
            "add the same Service to {} (it needs no Pods there){}",
            cluster.name,
            if headless { "" } else { ", or turn on Istio's DNS proxying (ISTIO_META_DNS_CAPTURE)" }
        ));
        if cluster.mesh.dns_capture == Some(true) && !headless {
            finding.at_level(Severity::Warning);
        } else if !cluster.is_complete() || (!namespace_known && cluster.objects.services.is_empty()) {
            finding.at_level(Severity::Note);
        }
    }
}
