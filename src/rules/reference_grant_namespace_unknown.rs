//! `reference-grant-namespace-unknown`: a ReferenceGrant lets in a namespace that the cluster does not have.

use rustc_hash::FxHashSet;

use super::words::nearest;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::gateway_api::{GROUP, Grant};
use crate::model::read::unknown;

pub(super) static RULE: Rule =
    Rule::per_cluster(include_str!("../../rules/reference-grant-namespace-unknown.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut known: Option<FxHashSet<&str>> = None;
    for grant in cluster.others(GROUP, "ReferenceGrant").map(Grant::read) {
        for from in &grant.from {
            let namespace = from.namespace;
            let known = known.get_or_insert_with(|| cluster.namespaces());
            if unknown(namespace.value) || known.contains(namespace.value) || known.iter().any(|n| unknown(n)) {
                continue;
            }
            let near = nearest(namespace.value, known.iter().copied()).filter(|_| cluster.is_complete());
            let title = grant.meta.title();
            let message = match near {
                Some(_) => {
                    format!("{title} lets in namespace `{}`, which {} does not have", namespace.value, cluster.name)
                }
                None => format!(
                    "could not verify namespace `{}`, which {title} lets in: nothing that was read is in it",
                    namespace.value
                ),
            };
            let finding = out.report(cluster.site(grant.meta, namespace.span), message);
            match near {
                Some(near) => finding.with_help(format!("did you mean `{near}`?")).at_level(Severity::Warning),
                None => finding.with_help("correct the name, or remove the entry if that namespace is gone"),
            };
        }
    }
}
