//! `ambient-rule-out-of-namespace`: a waypoint reads what is set for a Service in the Service's own namespace.

use super::request_rules::{ambient_service, has_sidecars, is_called_by_gateway, is_of_requests, of_destination_rule};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{Text, unknown};
use crate::model::{Meta, Service};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/ambient-rule-out-of-namespace.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if !cluster.has_ambient() {
        return;
    }
    for vs in cluster.objects.virtual_services.iter().filter(|v| is_of_requests(v)) {
        for host in &vs.hosts {
            if let Some(service) = ambient_service(cluster, host.value, vs.meta.namespace.value) {
                judge(cluster, &vs.meta, *host, service, &["KIA1114"], out);
            }
        }
    }
    for rule in &cluster.objects.destination_rules {
        let Some(host) = rule.host.filter(|h| !unknown(h.value) && of_destination_rule(rule).is_some()) else {
            continue;
        };
        let own = rule.meta.namespace.value;
        if let Some(service) = ambient_service(cluster, host.value, own)
            && !is_called_by_gateway(cluster, cluster.host(host.value, own))
        {
            judge(cluster, &rule.meta, host, service, &["KIA0212"], out);
        }
    }
}

fn judge(
    cluster: &Cluster<'_>,
    meta: &Meta<'_>,
    host: Text<'_>,
    service: &Service<'_>,
    codes: &'static [&'static str],
    out: &mut Findings,
) {
    let (own, home) = (meta.namespace.value, service.meta.namespace.value);
    // Without a waypoint nothing reads it: `waypoint-missing` says so.
    let has_waypoint = cluster.waypoint_of_service(&service.meta).is_some();
    if own == home || unknown(own) || !has_waypoint || has_sidecars(cluster, own) || own == cluster.mesh.root_namespace
    {
        return;
    }
    let message = format!(
        "{} is in namespace {own}, and the waypoint of {}, which is in ambient mode, reads what is in namespace {home} only",
        meta.title(),
        service.meta.title()
    );
    let finding = out.report(cluster.site(meta, host.span), message);
    finding
        .with_codes(codes)
        .with_related(cluster.site(&service.meta, service.meta.name.span), "the Service that it is for")
        .with_help(format!("move it to namespace {home}"));
    // Callers with sidecars of a namespace that is not known to be in ambient mode read it themselves.
    if !cluster.is_ambient(own) {
        finding.at_level(Severity::Note);
    }
}
