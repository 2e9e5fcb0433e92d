//! `workload-without-authorization-policy`: whoever can reach a workload may call it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::request_policies::authorization;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::selects;
use crate::model::{Policy, Workload};

pub(super) static RULE: Rule =
    Rule::per_cluster(include_str!("../../rules/workload-without-authorization-policy.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if !cluster.is_complete() {
        return;
    }
    let root = cluster.mesh.root_namespace;
    let mut policies: FxHashMap<&str, Vec<Policy<'_, '_>>> = FxHashMap::default();
    for policy in authorization(cluster) {
        policies.entry(policy.meta.namespace.value).or_default().push(policy);
    }
    // Policies for all Pods of a namespace, or of the mesh, are most of them: they answer without a look at labels.
    let wide: FxHashSet<&str> = policies
        .iter()
        .filter(|(_, all)| all.iter().any(|p| p.selector.is_empty() && p.targets.is_empty()))
        .map(|(ns, _)| *ns)
        .collect();
    if wide.contains(root) {
        return;
    }
    let covered = |w: &Workload<'_>| {
        let namespace = w.meta.namespace.value;
        wide.contains(namespace)
            || [namespace, root].iter().flat_map(|ns| policies.get(ns)).flatten().any(|p| {
                let by_service =
                    |name| cluster.service(namespace, name).is_none_or(|s| Cluster::is_behind(s, &w.labels));
                !p.selector.is_empty() && selects(&p.selector, &w.labels)
                    || p.targets.iter().any(|t| t.kind == "Service" && by_service(t.name.value))
            })
    };
    for workload in &cluster.objects.workloads {
        let kind = workload.meta.kind.value;
        let namespace = workload.meta.namespace.value;
        if matches!(kind, "Job" | "CronJob" | "WorkloadEntry")
            || namespace == root
            || namespace.starts_with("kube-")
            || cluster.has_sidecar(workload) == Some(false) && !cluster.asks_for_ambient(workload)
            || cluster.is_of_gateway(&workload.labels)
            || covered(workload)
        {
            continue;
        }
        out.report(
            cluster.site(&workload.meta, workload.meta.name.span),
            format!("no AuthorizationPolicy is for {}: whoever reaches its Pods may call them", workload.meta.title()),
        )
        .with_help(format!(
            "add an AuthorizationPolicy to namespace {namespace}, such as one that allows nothing (`spec: {{}}`)"
        ));
    }
}
