//! `namespace-injected-by-default`: a namespace gets sidecars because nothing says otherwise.

use super::namespace_not_injected::unlabelled;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/namespace-injected-by-default.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let Some(said) = cluster.mesh.injects_by_default.filter(|said| said.value == "true") else { return };
    for object in unlabelled(cluster) {
        let message = format!(
            "Namespace {} of {} does not say whether its Pods get sidecars: they do, as the installation has it",
            object.name.value, cluster.name
        );
        let finding = out.report(cluster.site(object, object.name.span), message);
        // The values are one long line where an installation printed them.
        if let Some((meta, _)) = said.at.map(|(object, span)| (&cluster.mesh.objects[object], span)) {
            finding.with_related(cluster.site(meta, meta.name.span), "`enableNamespacesByDefault` is on here");
        }
        finding.with_help("label it `istio-injection: disabled` where that is not what is meant");
    }
}
