//! `image-auto-not-injected`: Pods with the image `auto`, which injection replaces, and nothing injects them.

use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, PROXY};
use crate::model::{Text, Workload, read};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/image-auto-not-injected.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    report(cluster, |w| w.meta.kind.value != "Pod", out);
}

/// Reports those of some workloads that have the image and are not injected.
pub(super) fn report(cluster: &Cluster<'_>, of: fn(&Workload<'_>) -> bool, out: &mut Findings) {
    for workload in cluster.objects.workloads.iter().filter(|w| of(w)) {
        let Some(image) = image(workload) else { continue };
        let title = workload.meta.title();
        let site = cluster.site(&workload.meta, image.span);
        if cluster.injects(workload) == Some(true) {
            continue;
        }
        let finding = if cluster.refuses_injection(workload) {
            out.report(site, format!("{title} has the image `auto`, which injection replaces, and is not injected"))
                .with_label("no registry has it: ImagePullBackOff")
        } else {
            let message = format!(
                "could not verify that {title}, which has the image `auto`, is injected: nothing that was read asks for it"
            );
            out.report(site, message).at_level(Severity::Note)
        };
        finding.with_help("label its Pods `sidecar.istio.io/inject: \"true\"`, and do not leave their namespace out");
    }
}

fn image<'s>(workload: &Workload<'s>) -> Option<Text<'s>> {
    let proxy = workload.containers().find(|c| read::text(*c, "name").is_some_and(|n| n.value == PROXY))?;
    read::text(proxy, "image").filter(|i| i.value == "auto")
}
