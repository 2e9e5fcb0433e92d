//! `reviews.default`: a host with a dot is literal, and nothing has that name.

use rustc_hash::FxHashMap;

use super::words::and_more;
use super::{Findings, Rule};
use crate::finding::{Finding, Severity};
use crate::mesh::{Cluster, Fleet, Site, Use};
use crate::model::read::unknown;
use crate::model::{Host, Service};
use crate::source::Place;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/host-half-qualified.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for vs in &cluster.objects.virtual_services {
        // At a gateway, hosts are what clients outside ask for.
        if !vs.in_mesh() {
            continue;
        }
        for text in &vs.hosts {
            let Some(service) = service_meant(cluster, text.value) else { continue };
            let own = vs.meta.namespace.value;
            // Written beside the full name, it adds the calls under this spelling.
            if vs.hosts.iter().any(|h| cluster.host(h.value, own) == Cluster::host_of(service)) {
                continue;
            }
            let message = format!("so {} acts on HTTP calls by that very name only", vs.meta.title());
            report(out, cluster, cluster.site(&vs.meta, text.span), text.value, service, &message)
                .at_level(Severity::Warning);
        }
    }
    // One finding for each name in each object.
    let mut routed: FxHashMap<(Place, &str), Vec<Use<'_>>> = FxHashMap::default();
    for u in cluster.uses() {
        if let Host::Name(name) = u.host
            && service_meant(cluster, name).is_some()
        {
            let meta = &u.virtual_service(cluster).meta;
            routed.entry((cluster.site(meta, meta.name.span).place, name)).or_default().push(*u);
        }
    }
    for ((_, name), uses) in &routed {
        let Some(service) = service_meant(cluster, name) else { continue };
        let Some(u) = uses.iter().find(|u| !u.is_idle(cluster)).or(uses.first()) else { continue };
        let more = and_more(uses.len() - 1, "destination");
        let title = u.virtual_service(cluster).meta.title();
        let message = format!("and nothing has that name: {} of {title} fails{more}", u.share(cluster));
        let finding = report(out, cluster, u.host_site(cluster), name, service, &message);
        if u.is_idle(cluster) {
            finding.at_level(Severity::Warning);
        }
    }
    for rule in &cluster.objects.destination_rules {
        let Some(text) = rule.host else { continue };
        let Some(service) = service_meant(cluster, text.value) else { continue };
        let message = format!("and nothing has that name: {} does nothing", rule.meta.title());
        report(out, cluster, cluster.site(&rule.meta, text.span), text.value, service, &message);
    }
}

fn report<'f>(
    out: &'f mut Findings,
    cluster: &Cluster<'_>,
    site: Site<'_, '_>,
    text: &str,
    service: &Service<'_>,
    message: &str,
) -> &'f mut Finding {
    let full = Cluster::host_of(service).full(cluster.domain);
    out.report(site, format!("host `{text}` is taken as it stands, {message}"))
        .with_label("a host with a dot is not completed")
        .with_related(cluster.site(&service.meta, service.meta.name.span), "the Service that is meant")
        .with_help(format!("write `{full}`"))
}

/// The Service that `name.namespace` or `name.namespace.svc` is meant for: Kubernetes DNS would resolve it, Istio does
/// not (evidence K). `None` where such a name is defined as it stands, or no such Service was read.
pub(super) fn service_meant<'a, 's>(cluster: &'a Cluster<'s>, text: &'s str) -> Option<&'a Service<'s>> {
    let short = text.strip_suffix(".svc").unwrap_or(text);
    let (name, namespace) = short.split_once('.')?;
    if namespace.contains('.') || unknown(text) || cluster.defines(Host::Name(text)) {
        return None;
    }
    cluster.service(namespace, name)
}
