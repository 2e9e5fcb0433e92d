//! `identity-without-mtls`: an AuthorizationPolicy asks who calls, and mutual TLS, which alone says it, is off.

use rustc_hash::{FxHashMap, FxHashSet};

use super::request_policies::authorization;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::read::{self, Labels, Text, unknown};
use crate::model::{Host, Meta, Policy, Principal};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/identity-without-mtls.md"), check);

/// Fields of a `source` whose values are known of a caller by its certificate only.
const SOURCES: &[&str] =
    &["principals", "notPrincipals", "namespaces", "notNamespaces", "serviceAccounts", "notServiceAccounts"];
/// The same of conditions; the server's name is sent in TLS only.
const CONDITIONS: &[&str] = &["source.principal", "source.namespace", "source.serviceAccount", "connection.sni"];

/// Services by namespace.
type Services<'s> = FxHashMap<&'s str, Vec<u32>>;

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let objects = &cluster.objects;
    let is_off = |mode: Option<Text<'_>>| mode.is_some_and(|m| matches!(m.value, "DISABLE" | "SIMPLE"));
    let tls_off = objects
        .destination_rules
        .iter()
        .any(|r| r.policy.as_ref().and_then(|p| p.tls.as_ref()).is_some_and(|t| t.mode.is_none() || is_off(t.mode)));
    if cluster.mesh.auto_mtls != Some(false) && !tls_off && !objects.peer_authentications.iter().any(|p| is_off(p.mode))
    {
        return;
    }
    let mut services = Services::default();
    for (i, service) in objects.services.iter().enumerate() {
        services.entry(service.meta.namespace.value).or_default().push(i as u32);
    }
    for policy in authorization(cluster) {
        let Some(asked) = asks(&policy) else { continue };
        if let Some(cause) = cause(cluster, &policy, &services) {
            report(cluster, &policy, asked, &cause, out);
        }
    }
}

/// The first value of a policy that only mutual TLS can tell.
fn asks<'s>(policy: &Policy<'_, 's>) -> Option<Text<'s>> {
    let of_source = policy.sources().find_map(|s| SOURCES.iter().find_map(|k| read::strings(s, k).first().copied()));
    of_source.or_else(|| policy.condition_keys().find(|k| CONDITIONS.contains(&k.value)))
}

/// What turns mutual TLS off for all that a policy is for.
enum Cause<'a, 's> {
    /// The server's side.
    Server(&'a Meta<'s>, Text<'s>),
    /// The callers' side, by a rule.
    Rule(&'a Meta<'s>, &'s str, Site<'a, 's>),
    /// The callers' side, for want of a rule.
    NoRule,
}

fn cause<'a, 's>(cluster: &'a Cluster<'s>, policy: &Policy<'a, 's>, services: &Services<'s>) -> Option<Cause<'a, 's>> {
    let own = policy.meta.namespace.value;
    let is_mesh_wide = own == cluster.mesh.root_namespace;
    if policy.targets.iter().any(|t| t.kind != "Service") {
        return None;
    }
    // Whom it is for: namespaces and the labels of Pods. Where no Pods were read, those that it selects.
    let mut targets: Vec<(&'s str, Labels<'s>)> = Vec::new();
    if !policy.targets.is_empty() {
        for target in &policy.targets {
            targets.push((own, cluster.service(own, target.name.value)?.selector.clone()));
        }
    } else if policy.selector.is_empty() {
        targets.push((if is_mesh_wide { "*" } else { own }, Vec::new()));
    } else {
        let pods = cluster.workloads((!is_mesh_wide).then_some(own), &policy.selector);
        targets.extend(pods.iter().map(|w| (w.meta.namespace.value, w.labels.clone())));
        if targets.is_empty() {
            targets.push((own, policy.selector.clone()));
        }
    }
    let callers = callers(policy);
    let mut first = None;
    for (namespace, labels) in &targets {
        if cluster.is_ambient(namespace) || cluster.is_of_gateway(labels) || unknown(namespace) {
            return None;
        }
        let cause = match off_at_server(cluster, namespace, labels) {
            Some((meta, mode)) => Cause::Server(meta, mode),
            None => off_at_callers(cluster, namespace, labels, &callers, services)?,
        };
        first.get_or_insert(cause);
    }
    first
}

/// The namespaces that a policy names as callers'.
fn callers<'s>(policy: &Policy<'_, 's>) -> FxHashSet<&'s str> {
    let mut all = FxHashSet::default();
    for source in policy.sources() {
        let principals = read::strings(source, "principals");
        all.extend(principals.iter().filter_map(|p| Principal::parse(p.value)).map(|p| p.namespace));
        all.extend(read::strings(source, "namespaces").iter().map(|n| n.value));
    }
    all.retain(|n| !n.contains('*') && !unknown(n));
    if all.is_empty() {
        all.insert(policy.meta.namespace.value);
    }
    all
}

fn off_at_server<'a, 's>(
    cluster: &'a Cluster<'s>,
    namespace: &str,
    labels: &Labels<'s>,
) -> Option<(&'a Meta<'s>, Text<'s>)> {
    let peer = cluster.peer_mode(namespace, labels, None)?;
    (peer.mode.value == "DISABLE" && peer.policy.ports.is_empty()).then_some((&peer.policy.meta, peer.mode))
}

/// What makes all callers of all Services in front of these Pods call without mutual TLS.
fn off_at_callers<'a, 's>(
    cluster: &'a Cluster<'s>,
    namespace: &'s str,
    labels: &Labels<'s>,
    callers: &FxHashSet<&'s str>,
    services: &Services<'s>,
) -> Option<Cause<'a, 's>> {
    let in_front = services.get(namespace).into_iter().flatten().map(|&i| &cluster.objects.services[i as usize]);
    let mut hosts: Vec<Host<'s>> =
        in_front.filter(|s| !labels.is_empty() && Cluster::is_behind(s, labels)).map(Cluster::host_of).collect();
    if hosts.is_empty() {
        hosts.push(Cluster::any_service_of(namespace));
    }
    let mut first = None;
    for host in hosts {
        for caller in callers {
            let applied = cluster.destination_rules(caller, host);
            // What is set for some ports, subsets or clients only: not all is off.
            let says_mutual = |p: &crate::model::TrafficPolicy<'_>| {
                p.ports.iter().any(|(_, p)| p.tls.is_some())
                    || p.tls.as_ref().is_some_and(|t| t.mode.is_some_and(is_mutual))
            };
            let mut rules = applied.rules.iter();
            if !applied.conditional.is_empty()
                || rules.any(|r| {
                    r.policy.as_ref().is_some_and(says_mutual)
                        || r.subsets.iter().any(|s| s.policy.as_ref().is_some_and(|p| says_mutual(p)))
                })
            {
                return None;
            }
            let cause = match applied.tls(None, None) {
                Some(tls) if matches!(tls.mode, Some("DISABLE" | "SIMPLE")) => {
                    Cause::Rule(&tls.rule.meta, tls.mode.unwrap_or_default(), cluster.site(&tls.rule.meta, tls.span))
                }
                Some(tls) if tls.mode.is_some() => return None,
                _ if cluster.mesh.auto_mtls == Some(false) => Cause::NoRule,
                _ => return None,
            };
            first.get_or_insert(cause);
        }
    }
    first
}

fn is_mutual(mode: Text<'_>) -> bool {
    matches!(mode.value, "ISTIO_MUTUAL" | "MUTUAL") || unknown(mode.value)
}

fn report(cluster: &Cluster<'_>, policy: &Policy<'_, '_>, asked: Text<'_>, cause: &Cause<'_, '_>, out: &mut Findings) {
    let title = policy.meta.title();
    let of_whom = format!("{title} asks for `{}`, which only mutual TLS can tell", asked.value);
    let site = cluster.site(policy.meta, asked.span);
    let (finding, certain) = match cause {
        Cause::Server(meta, mode) => {
            let message = format!("{of_whom}, and {} turns it off for its Pods in {}", meta.title(), cluster.name);
            let finding = out.report(site, message);
            finding
                .with_related(cluster.site(meta, mode.span), "here it is turned off")
                .with_help("set the mode to PERMISSIVE or STRICT, or take the callers' identities out of the policy");
            (finding, !cluster.lie_apart(policy.meta, meta))
        }
        Cause::Rule(meta, mode, at) => {
            let message =
                format!("{of_whom}, and {} makes callers in {} use TLS mode {mode}", meta.title(), cluster.name);
            let finding = out.report(site, message);
            finding
                .with_related(*at, "so callers show no certificate of the mesh")
                .with_help("set the mode to ISTIO_MUTUAL, or take the callers' identities out of the policy");
            (finding, !cluster.lie_apart(policy.meta, meta) && cluster.is_complete())
        }
        Cause::NoRule => {
            let message = format!(
                "{of_whom}, and in {} callers use none: `enableAutoMtls` is false, and no DestinationRule asks for it",
                cluster.name
            );
            let finding = out.report(site, message);
            finding.with_help("add a DestinationRule with TLS mode ISTIO_MUTUAL, or turn `enableAutoMtls` on");
            (finding, cluster.is_complete())
        }
    };
    let action = read::text(policy.meta.spec(), "action").map_or("ALLOW", |a| a.value);
    finding.with_effect(match action {
        "DENY" => "those whom the policy is to keep out are let in",
        _ => "callers get 403, RBAC: access denied",
    });
    if !certain {
        finding.at_level(Severity::Note);
    }
}
