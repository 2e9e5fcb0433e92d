//! `api-too-new`: an apiVersion that the cluster's Kubernetes or Istio does not serve yet.

use super::{Findings, Rule};
use crate::apis;
use crate::mesh::{Cluster, Fleet, Version};
use crate::model::Meta;

pub(super) static RULE: Rule = Rule::per_object(include_str!("../../rules/api-too-new.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, objects: &[&Meta<'_>], out: &mut Findings) {
    objects.iter().for_each(|meta| one(cluster, meta, out));
}

fn one(cluster: &Cluster<'_>, meta: &Meta<'_>, out: &mut Findings) {
    let (group, version) = apis::split(meta.api_version.value);
    let versions = apis::versions(group, meta.kind.value);
    let Some(from) = versions.iter().find(|a| a.version == version).and_then(|a| a.from) else { return };
    let Some((runs, first)) = cluster.mesh.versions.of(from.product).zip(Version::parse(from.version)) else { return };
    if runs >= first {
        return;
    }
    let (api, kind, product) = (meta.api_version.value, meta.kind.value, from.product);
    let message = format!(
        "`{api}` {kind} is there from {product} {} on, and {} runs {}.{}",
        from.version, cluster.name, runs.0, runs.1
    );
    let finding = out.report(cluster.site(meta, meta.api_version.span), message);
    finding.with_effect("the API server refuses the object: it has no such version of its kind");
    match apis::before(group, meta.kind.value, version, |r| serves(cluster, r)) {
        Some(older) => {
            finding.with_help(format!("write `apiVersion: {older}`, which {product} {}.{} has", runs.0, runs.1))
        }
        None => finding
            .with_help(format!("upgrade {} to {product} {}, or leave the object out", cluster.name, from.version)),
    };
}

/// Whether a cluster runs this release or a later one, as far as that is known.
fn serves(cluster: &Cluster<'_>, release: apis::Release) -> bool {
    let runs = cluster.mesh.versions.of(release.product);
    runs.zip(Version::parse(release.version)).is_none_or(|(runs, from)| runs >= from)
}
