//! `.global` routes into a cluster whose Istio no longer rewrites that suffix.

use super::words::{and_more, list};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Crossing, Fleet, Site, Version};
use crate::model::read::{self, unknown};
use crate::model::{Host, RouteKind, ServiceEntry};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/global-mode-removed.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for cluster in &fleet.clusters {
        let Some(version) = cluster.mesh.versions.istio().filter(|v| v.lacks_global_rewrite()) else { continue };
        let broken: Vec<&Crossing<'_>> = fleet
            .crossings
            .arriving(cluster.id)
            .into_iter()
            .filter(|c| c.link.is_some() && !still_works(fleet, cluster, c))
            .collect();
        let Some(first) = broken.first() else { continue };
        let said = cluster.mesh.versions.istio;
        // Two control planes: the gateways may be the older one's.
        if said.is_some_and(|v| v.at.is_some()) && has_older(cluster) {
            continue;
        }
        let at = said.and_then(|v| v.at).map(|(object, span)| cluster.site(&cluster.mesh.objects[object], span));
        let mut hosts: Vec<String> = broken.iter().map(|c| c.host.to_string()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let site: Site<'_, '_> = at.unwrap_or_else(|| first.site(fleet));
        let finding = out.report(
            site,
            format!(
                "{} runs Istio {}, whose gateways no longer rewrite `.{}`: calls from other clusters to `{}`{} lead nowhere",
                cluster.name,
                said.map_or(String::new(), |v| v.value.to_string()),
                fleet.settings.global_suffix,
                hosts[0],
                and_more(hosts.len() - 1, "host")
            ),
        );
        finding.with_label(format!(
            "{}.{}.{} is newer than 1.8.5 and 1.9.4, the last that did",
            version.0, version.1, version.2
        ));
        if at.is_some() {
            finding.with_related(
                first.site(fleet),
                format!("leaves {} as {}", fleet.cluster(first.from).name, first.sni(fleet)),
            );
        }
        let mut callers: Vec<&str> = broken.iter().map(|c| fleet.cluster(c.from).name).collect();
        callers.sort_unstable();
        callers.dedup();
        finding.with_help(format!(
            "in {}, set `tls.sni: outbound_.<port>_.<subset>_.<service>.<namespace>.svc.{}` in the DestinationRules for these hosts and let {}'s gateway take `*.local`, or join the clusters as multi-primary",
            list(callers),
            cluster.domain,
            cluster.name
        ));
    }
}

/// Whether one of several installations in the cluster is of a version that still rewrites the suffix.
fn has_older(cluster: &Cluster<'_>) -> bool {
    let installations = cluster.objects.others.iter().filter(|o| matches!(o.kind.value, "IstioOperator" | "Istio"));
    installations
        .filter_map(|o| read::text(o.spec(), "tag").or_else(|| read::text(o.spec(), "version")))
        .any(|v| Version::parse(v.value).is_some_and(|v| !v.lacks_global_rewrite()))
}

/// Whether the crossing is one of the forms that later Istio still understands (evidence G30, G31, G12), or the cluster
/// has a filter of its own for such names.
fn still_works(fleet: &Fleet<'_>, to: &Cluster<'_>, crossing: &Crossing<'_>) -> bool {
    if matches!(crossing.sni_host, Host::Service { .. }) {
        return true;
    }
    let leads_home = |e: &ServiceEntry<'_>| {
        e.workload_selector.is_some() || fleet.links_of(to.id, crossing.host).any(|(_, l)| l.at_home)
    };
    if to.entries(crossing.host).any(leads_home) {
        return true;
    }
    let full = crossing.sni_host.full(to.domain);
    let names_it = |pattern: &str| match pattern.strip_prefix('*') {
        Some(suffix) => full.ends_with(suffix),
        None => unknown(pattern) || pattern.starts_with("outbound_") && pattern.ends_with(full.as_str()),
    };
    let tls_routes = to.objects.virtual_services.iter().flat_map(|v| &v.routes).filter(|r| r.kind == RouteKind::Tls);
    if tls_routes.flat_map(|r| &r.sni_hosts).any(|h| names_it(h.value)) {
        return true;
    }
    // The filter of the old recipe is known not to attach any more (evidence G33); others are not known.
    let suffix = format!(".{}", fleet.settings.global_suffix);
    to.others("networking.istio.io", "EnvoyFilter").any(|o| {
        let text = &fleet.workspace.sources.get(o.source).text()[o.root.span().range()];
        text.contains(&suffix) && !text.contains("tcp_cluster_rewrite")
    })
}
