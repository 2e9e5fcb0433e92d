//! `outbound-mode-missing`: a Sidecar's outbound traffic policy that leaves out what it is about.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/outbound-mode-missing.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for sidecar in &cluster.objects.sidecars {
        let Some((key, policy)) = sidecar.meta.spec().entry("outboundTrafficPolicy") else { continue };
        if !policy.is_mapping() || read::text(policy, "mode").is_some() {
            continue;
        }
        let message = format!(
            "`outboundTrafficPolicy` of {} has no `mode`, which means REGISTRY_ONLY: hosts that the mesh does not know are blocked",
            sidecar.meta.title()
        );
        out.report(cluster.site(&sidecar.meta, key.span()), message)
            .with_help("write `mode: REGISTRY_ONLY`, or `mode: ALLOW_ANY` where that is what is meant");
    }
}
