//! `reviews.default`: a host with a dot is literal, and nothing has that name.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::read::unknown;
use crate::model::{Host, Service};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/host-half-qualified.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut report = |site: Site<'_, '_>, text: &str, what: &str| {
        let Some(service) = service_meant(cluster, text) else { return };
        let full = Cluster::host_of(service).full(cluster.domain);
        out.report(site, format!("host `{text}` is taken as it stands, and nothing has that name: {what}"))
            .with_label("a host with a dot is not completed")
            .with_related(cluster.site(&service.meta, service.meta.name.span), "the Service that is meant")
            .with_help(format!("write `{full}`"));
    };
    for vs in &cluster.objects.virtual_services {
        for host in &vs.hosts {
            let what = format!("{} does not act on calls of that Service", vs.meta.title());
            report(cluster.site(&vs.meta, host.span), host.value, &what);
        }
    }
    for u in cluster.uses() {
        if let Host::Name(name) = u.host {
            let what = format!("{} of {} fails", u.share(cluster), u.virtual_service(cluster).meta.title());
            report(u.host_site(cluster), name, &what);
        }
    }
    for rule in &cluster.objects.destination_rules {
        if let Some(host) = rule.host {
            let what = format!("{} does nothing", rule.meta.title());
            report(cluster.site(&rule.meta, host.span), host.value, &what);
        }
    }
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
