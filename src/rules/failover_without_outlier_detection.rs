//! Locality failover that cannot happen, because nothing finds out that an endpoint is unhealthy (evidence I).

use super::words::list;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{boolean, items, unknown};
use crate::model::{DestinationRule, Subset, TrafficPolicy};
use crate::yaml::Node;

pub(super) static RULE: Rule =
    Rule::per_cluster(include_str!("../../rules/failover-without-outlier-detection.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for rule in &cluster.objects.destination_rules {
        for setting in settings(rule) {
            judge(cluster, rule, setting, out);
        }
    }
}

/// What is in force for a subset and a port.
#[derive(Clone, Copy, Default)]
struct InForce<'s> {
    locality: Option<Node<'s>>,
    detects: bool,
}

/// For which endpoints a setting is in force: those of a subset, at a port; `None` for the host as such and for all
/// other ports.
type Scope<'a> = (Option<&'a str>, Option<u32>);

fn judge<'s>(cluster: &Cluster<'s>, rule: &DestinationRule<'s>, setting: Node<'s>, out: &mut Findings) {
    let mut lacking: Vec<Scope<'_>> = Vec::new();
    let mut served: Vec<Scope<'_>> = Vec::new();
    for subset in std::iter::once(None).chain(rule.subsets.iter().map(Some)) {
        for port in ports(cluster, rule, subset) {
            let now = in_force(rule, subset, port);
            if now.locality.is_some_and(|l| l.span() == setting.span()) {
                let scope = (subset.map(|s| s.name.value), port);
                if now.detects { served.push(scope) } else { lacking.push(scope) }
            }
        }
    }
    // Where each subset has a detection of its own, the setting of the whole rule is theirs to inherit.
    let only_host = lacking.iter().all(|(subset, _)| subset.is_none());
    if lacking.is_empty() || (only_host && served.iter().any(|(s, _)| s.is_some()) && !is_called_whole(cluster, rule)) {
        return;
    }
    let key = if is_set(setting, "failover") { "failover" } else { "failoverPriority" };
    let place = setting.entry(key).map_or(setting.span(), |(k, _)| k.span());
    let host = rule.host.map_or("its host", |h| h.value);
    let only = if served.is_empty() { String::new() } else { scopes(&lacking) };
    out.report(
        cluster.site(&rule.meta, place),
        format!(
            "`localityLbSetting.{key}` of `{host}` never happens{only}: no `outlierDetection` is in force with it, so no endpoint ever counts as unhealthy"
        ),
    )
    .with_label("waits for endpoints to be ejected, and nothing ejects them")
    .with_help(format!(
        "add `outlierDetection` to {}, beside `loadBalancer` (`{{}}` is enough), or remove `{key}`",
        holder(rule, setting)
    ));
}

/// ` for subset v2`, ` at port 80`.
fn scopes(lacking: &[Scope<'_>]) -> String {
    let mut subsets: Vec<&str> = lacking.iter().filter_map(|(s, _)| *s).collect();
    subsets.dedup();
    if !subsets.is_empty() {
        let word = if subsets.len() == 1 { "subset" } else { "subsets" };
        return format!(" for {word} {}", list(subsets));
    }
    let ports: Vec<u32> = lacking.iter().filter_map(|(_, p)| *p).collect();
    match (ports.as_slice(), lacking.iter().any(|(_, p)| p.is_none())) {
        ([], _) => " for the host as a whole".into(),
        (_, true) => " at most of its ports".into(),
        ([one], false) => format!(" at port {one}"),
        (_, false) => format!(" at ports {}", list(ports)),
    }
}

/// What the setting stands in, for the help.
fn holder(rule: &DestinationRule<'_>, setting: Node<'_>) -> String {
    let holds = |p: &TrafficPolicy<'_>| p.node.span().contains(setting.span());
    let of_subset = rule.subsets.iter().find(|s| s.policy.as_deref().is_some_and(holds));
    let policy = of_subset.and_then(|s| s.policy.as_deref()).or(rule.policy.as_ref());
    let port = policy.into_iter().flat_map(|p| &p.ports).find(|(_, p)| holds(p));
    let port = port.and_then(|(n, _)| n.and_then(|n| n.value)).map(|n| format!("port {n} of ")).unwrap_or_default();
    match of_subset {
        Some(subset) => format!("{port}subset `{}`", subset.name.value),
        None => format!("{port}the `trafficPolicy`"),
    }
}

/// Every `localityLbSetting` of a rule that asks for failover.
fn settings<'s>(rule: &DestinationRule<'s>) -> Vec<Node<'s>> {
    let of_subsets = rule.subsets.iter().filter_map(|s| s.policy.as_deref());
    let policies = rule.policy.iter().chain(of_subsets);
    let all = policies.flat_map(|p| std::iter::once(p).chain(p.ports.iter().map(|(_, p)| p)));
    all.filter_map(|p| p.locality).filter(|l| asks_for_failover(*l)).collect()
}

fn asks_for_failover(setting: Node<'_>) -> bool {
    let is_on = boolean(setting, "enabled") != Some(false)
        && !setting.get("enabled").is_some_and(|e| e.text().is_some_and(unknown));
    is_on && (is_set(setting, "failover") || is_set(setting, "failoverPriority")) && !is_set(setting, "distribute")
}

fn is_set(setting: Node<'_>, key: &str) -> bool {
    items(setting, key).next().is_some()
}

/// The ports that have settings of their own, and `None` for the others, unless the host is known to have no others.
fn ports(cluster: &Cluster<'_>, rule: &DestinationRule<'_>, subset: Option<&Subset<'_>>) -> Vec<Option<u32>> {
    let policies = rule.policy.iter().chain(subset.and_then(|s| s.policy.as_deref()));
    let mut own: Vec<Option<u32>> = policies.flat_map(|p| &p.ports).filter_map(|(n, _)| n.map(|n| n.value)).collect();
    own.retain(Option::is_some);
    own.sort_unstable();
    own.dedup();
    let known = known_ports(cluster, rule);
    if known.is_empty() || known.iter().any(|p| !own.contains(&Some(*p))) {
        own.push(None);
    }
    own
}

/// The port numbers of the rule's host, as far as the cluster defines it.
fn known_ports(cluster: &Cluster<'_>, rule: &DestinationRule<'_>) -> Vec<u32> {
    let Some(text) = rule.host else { return Vec::new() };
    let host = cluster.host(text.value, rule.meta.namespace.value);
    let of_service = cluster.service_of(&host).into_iter().flat_map(|s| &s.ports);
    of_service.chain(cluster.entries(host).flat_map(|e| &e.ports)).filter_map(|p| p.port()).collect()
}

/// What Istio's merge of policies comes to: a subset's load balancer and detection replace the rule's one by one, those
/// of a port replace both at once, and inherit nothing.
fn in_force<'s>(rule: &DestinationRule<'s>, subset: Option<&Subset<'s>>, port: Option<u32>) -> InForce<'s> {
    let mut now = InForce::default();
    for policy in rule.policy.iter().chain(subset.and_then(|s| s.policy.as_deref())) {
        let detects = |p: &TrafficPolicy<'s>| p.node.get("outlierDetection").is_some_and(|o| !o.is_null());
        now.detects |= detects(policy);
        if policy.node.get("loadBalancer").is_some_and(|l| !l.is_null()) {
            now.locality = policy.locality;
        }
        let at_port = policy.ports.iter().find(|(n, _)| port.is_some() && n.and_then(|n| n.value) == port);
        if let Some((_, p)) = at_port {
            now = InForce { locality: p.locality, detects: detects(p) };
        }
    }
    now
}

/// Whether a route sends to the rule's host as such, and not to one of its subsets.
fn is_called_whole(cluster: &Cluster<'_>, rule: &DestinationRule<'_>) -> bool {
    let Some(text) = rule.host else { return false };
    let host = cluster.host(text.value, rule.meta.namespace.value);
    cluster.uses_of(host).any(|u| u.destination(cluster).subset.is_none())
}
