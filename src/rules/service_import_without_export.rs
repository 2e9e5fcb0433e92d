//! `service-import-without-export`: a cluster imports a Service that no cluster exports.

use super::exports::{all, of_kind};
use super::words::nearest;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/service-import-without-export.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let exports = all(fleet);
    for cluster in &fleet.clusters {
        for meta in of_kind(cluster, "ServiceImport") {
            let (namespace, name) = (meta.namespace.value, meta.name.value);
            if exports.contains_key(&(namespace, name)) || unknown(name) || unknown(namespace) {
                continue;
            }
            let may_be = exports.keys().any(|(ns, n)| unknown(ns) || unknown(n));
            let near = nearest(name, exports.keys().filter(|(ns, _)| *ns == namespace).map(|(_, n)| *n));
            let elsewhere = exports.keys().filter(|(_, n)| *n == name).map(|(ns, _)| *ns).min();
            // Where the repository holds exports, this one would be among them.
            let shown = !exports.is_empty() && !may_be && fleet.clusters.iter().all(Cluster::is_complete);
            let message = if shown {
                format!("{} imports {namespace}/{name}, and no cluster exports it", cluster.name)
            } else {
                format!(
                    "could not verify that a cluster exports {namespace}/{name}, which {} imports: no ServiceExport for it was read",
                    cluster.name
                )
            };
            let finding = out.report(cluster.site(meta, meta.name.span), message);
            finding.with_effect(format!("{name}.{namespace}.svc.clusterset.local has no endpoints"));
            match (near, elsewhere) {
                (Some(near), _) => finding.with_help(format!("did you mean `{near}`?")),
                (None, Some(other)) => finding.with_help(format!(
                    "the Service of that name in namespace {other} is exported: import and export are of one namespace"
                )),
                _ => finding
                    .with_help(format!("add a ServiceExport {namespace}/{name} to the clusters that have the Service")),
            };
            if !shown {
                finding.at_level(Severity::Note);
            }
        }
    }
}
