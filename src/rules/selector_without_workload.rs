//! `selector-without-workload`: an object for some Pods of a namespace, of which there are none.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::policies::{self, Policy};
use super::words::{labels, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::Workload;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/selector-without-workload.md"), check);

/// The workloads of each namespace, sorted out when a first one is asked for.
struct ByNamespace<'c, 's> {
    cluster: &'c Cluster<'s>,
    sorted: OnceCell<FxHashMap<&'s str, Vec<&'c Workload<'s>>>>,
}

impl<'c, 's> ByNamespace<'c, 's> {
    fn of(&self, namespace: &str) -> &[&'c Workload<'s>] {
        let sorted = self.sorted.get_or_init(|| {
            let mut all: FxHashMap<&str, Vec<&Workload<'_>>> = FxHashMap::default();
            for workload in &self.cluster.objects.workloads {
                all.entry(workload.meta.namespace.value).or_default().push(workload);
            }
            all
        });
        sorted.get(namespace).map_or(&[], Vec::as_slice)
    }
}

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    if cluster.objects.workloads.is_empty() {
        return;
    }
    let by_namespace = ByNamespace { cluster, sorted: OnceCell::new() };
    let root = cluster.mesh.root_namespace;
    let mut sidecars = policies::sidecars(cluster);
    // `root-sidecar-selector` has these.
    sidecars.retain(|s| s.namespace() != root);
    report(cluster, &sidecars, &by_namespace, &["IST0101", "KIA0004"], out);
    report(cluster, &policies::peer_authentications(cluster), &by_namespace, &["KIA0004"], out);
    for (group, kind, codes) in [
        ("security.istio.io", "AuthorizationPolicy", &["IST0127", "KIA0004"] as &[&str]),
        ("security.istio.io", "RequestAuthentication", &["KIA0004"]),
        ("telemetry.istio.io", "Telemetry", &["IST0101"]),
        ("extensions.istio.io", "WasmPlugin", &[]),
    ] {
        report(cluster, &policies::others(cluster, group, kind), &by_namespace, codes, out);
    }
    empty_namespaces(cluster, out);
}

fn report<'s>(
    cluster: &Cluster<'s>,
    all: &[Policy<'_, 's>],
    by_namespace: &ByNamespace<'_, 's>,
    codes: &'static [&'static str],
    out: &mut Findings,
) {
    for policy in all.iter().filter(|p| p.selects() && !is_of_api_gateways(p)) {
        let namespace = policy.namespace();
        let is_root = namespace == cluster.mesh.root_namespace;
        let (known, place) = if is_root {
            // It is for all namespaces, and gateways that an installation brings are among them.
            (false, cluster.name)
        } else if cluster.knows_workloads_of(namespace) {
            (is_shown(cluster, policy), namespace)
        } else {
            continue;
        };
        if !cluster.workloads((!is_root).then_some(namespace), &policy.selector).is_empty() {
            continue;
        }
        let (title, wanted) = (policy.meta.title(), labels(&policy.selector));
        let message = if known {
            format!("{title} does nothing: {place} has no Pods with {wanted}")
        } else {
            format!("could not verify that {title} is for any Pods: none with {wanted} were read of {place}")
        };
        let finding = out.report(cluster.site(policy.meta, policy.selector_span()), message);
        finding.with_codes(codes);
        if !known {
            finding.at_level(Severity::Note);
        }
        let Some((meant, workload)) = similar(policy, by_namespace) else {
            finding.with_help("correct the selector, or remove the object with the workload that it was for");
            continue;
        };
        finding
            .with_related(cluster.site(&workload.meta, workload.meta.name.span), format!("its Pods have `{meant}`"))
            .with_help(format!("did you mean `{meant}`?"));
    }
}

/// Whether the files show that no Pod can have the labels.
fn is_shown(cluster: &Cluster<'_>, policy: &Policy<'_, '_>) -> bool {
    let namespace = policy.namespace();
    cluster.is_complete_in(namespace)
        && !cluster.input.is_guess
        && !policy.selector.iter().any(|(_, v)| cluster.may_be_made(namespace, v.value))
}

/// Whether the Pods are those of a Gateway of the Gateway API, which its controller makes.
fn is_of_api_gateways(policy: &Policy<'_, '_>) -> bool {
    policy.selector.iter().any(|(k, _)| k.value.starts_with("gateway.networking.k8s.io/"))
}

/// A label that the selector is likely to mean, and a workload of the namespace that has it.
fn similar<'c, 's>(policy: &Policy<'_, 's>, by_namespace: &ByNamespace<'c, 's>) -> Option<(String, &'c Workload<'s>)> {
    let of_it = || by_namespace.of(policy.namespace()).iter().copied();
    policy.selector.iter().find_map(|(key, value)| {
        let by_value = nearest(value.value, of_it().filter_map(|w| Some(w.label(key.value)?.value)));
        let by_key = || {
            let with_value = of_it().flat_map(|w| &w.labels).filter(|(_, v)| v.value == value.value);
            nearest(key.value, with_value.map(|(k, _)| k.value))
        };
        let (key, value) = match by_value {
            Some(near) => (key.value, near),
            None => (by_key()?, value.value),
        };
        let workload = of_it().find(|w| w.label(key).is_some_and(|l| l.value == value))?;
        Some((format!("{key}: {value}"), workload))
    })
}

/// AuthorizationPolicies for all Pods of a namespace that has none.
fn empty_namespaces(cluster: &Cluster<'_>, out: &mut Findings) {
    for policy in policies::others(cluster, "security.istio.io", "AuthorizationPolicy") {
        let namespace = policy.namespace();
        if policy.has_target
            || !policy.selector.is_empty()
            || namespace == cluster.mesh.root_namespace
            || cluster.knows_workloads_of(namespace)
            || !cluster.is_complete_in(namespace)
        {
            continue;
        }
        let message = format!(
            "could not verify that {} is for any Pods: none were read of namespace {namespace}",
            policy.meta.title()
        );
        out.report(cluster.site(policy.meta, policy.meta.namespace.span), message)
            .at_level(Severity::Note)
            .with_codes(&["IST0127"]);
    }
}
