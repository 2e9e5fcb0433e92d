//! `field-deprecated`: fields, providers and kinds of Istio's that something else took the place of.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/field-deprecated.md"), check);

/// The kinds of `rbac.istio.io`, which Istio 1.6 removed.
const RBAC: &[&str] = &["ClusterRbacConfig", "RbacConfig", "ServiceRole", "ServiceRoleBinding"];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for vs in &cluster.objects.virtual_services {
        for route in read::items(vs.meta.spec(), "http") {
            let Some(delay) = route.at_path(&["fault", "delay"]) else { continue };
            let Some((key, value)) = delay.entry("percent") else { continue };
            let percent = value.text().unwrap_or_default();
            if percent != "0" {
                let message = format!("`fault.delay.percent` of {} is deprecated", vs.meta.title());
                out.report(cluster.site(&vs.meta, key.span()), message)
                    .with_help(format!("use `percentage: {{value: {percent}}}`"));
            }
        }
    }
    for sidecar in &cluster.objects.sidecars {
        let policy = sidecar.meta.spec().get("outboundTrafficPolicy");
        let Some((key, _)) = policy.and_then(|p| p.entry("egressProxy")) else { continue };
        let message = format!("`egressProxy` of {} is deprecated", sidecar.meta.title());
        out.report(cluster.site(&sidecar.meta, key.span()), message)
            .with_help("route what is to leave through an egress gateway with a ServiceEntry and a VirtualService");
    }
    for crd in cluster.others("apiextensions.k8s.io", "CustomResourceDefinition") {
        let spec = crd.spec();
        let kind = spec.get("names").and_then(|n| read::text(n, "kind")).filter(|k| RBAC.contains(&k.value));
        let group = read::text(spec, "group").filter(|g| g.value == "rbac.istio.io");
        if let (Some(kind), Some(_)) = (kind, group) {
            let message = format!("Istio no longer reads {}, the kind that {} defines", kind.value, crd.title());
            out.report(cluster.site(crd, kind.span), message).with_help("use AuthorizationPolicy");
        }
    }
    if cluster.mesh.lightstep.is_empty() {
        return;
    }
    for telemetry in cluster.others("telemetry.istio.io", "Telemetry") {
        let providers = read::items(telemetry.spec(), "tracing").flat_map(|t| read::items(t, "providers"));
        for name in
            providers.filter_map(|p| read::text(p, "name")).filter(|n| cluster.mesh.lightstep.contains(&n.value))
        {
            let message =
                format!("provider `{}` of {} is Lightstep's own, which is deprecated", name.value, telemetry.title());
            out.report(cluster.site(telemetry, name.span), message).with_help("use an OpenTelemetry provider");
        }
    }
}
