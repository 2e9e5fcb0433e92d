//! `api-removed`: an apiVersion that the target Kubernetes or Istio no longer serves.

use super::{Findings, Rule};
use crate::apis::{self, Gone};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Version};
use crate::model::Meta;

pub(super) static RULE: Rule = Rule::per_object(include_str!("../../rules/api-removed.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, objects: &[&Meta<'_>], out: &mut Findings) {
    objects.iter().for_each(|meta| one(cluster, meta, out));
}

fn one(cluster: &Cluster<'_>, meta: &Meta<'_>, out: &mut Findings) {
    let (group, version) = apis::split(meta.api_version.value);
    let versions = apis::versions(group, meta.kind.value);
    let Some(gone) = versions.iter().find(|a| a.version == version).and_then(|a| a.gone) else { return };
    let (api, kind) = (meta.api_version.value, meta.kind.value);
    let (product, since) = (gone.since.product, gone.since.version);
    let runs = cluster.mesh.versions.of(product);
    let is_gone = runs.zip(Version::parse(since)).is_some_and(|(runs, since)| runs >= since);
    let message = match runs {
        Some(Version(major, minor, _)) if is_gone => {
            format!("`{api}` {kind} is gone since {product} {since}, and {} runs {major}.{minor}", cluster.name)
        }
        _ => format!("`{api}` {kind} is gone since {product} {since}"),
    };
    let finding = out.report(cluster.site(meta, meta.api_version.span), message);
    finding.with_help(help(&gone, kind)).with_effect("the API server refuses the object from that version on");
    if is_gone {
        finding.at_level(Severity::Error);
    }
}

fn help(gone: &Gone, kind: &str) -> String {
    if gone.instead.contains(' ') {
        return format!("use {} instead", gone.instead);
    }
    let differs = match kind {
        "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" => "; it requires `spec.selector`",
        "Ingress" => "; its backends are written `service: {name: …, port: {number: …}}`, and `pathType` is required",
        "CustomResourceDefinition" => "; it requires a structural schema for each version",
        _ => "",
    };
    format!("write `apiVersion: {}`{differs}", gone.instead)
}
