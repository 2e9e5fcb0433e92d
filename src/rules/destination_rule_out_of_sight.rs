//! A DestinationRule that the clients of its host do not look at, or that contradicts another one beside it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::words::and_more;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Use};
use crate::model::{DestinationRule, Host};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/destination-rule-out-of-sight.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let needed = needed(cluster, out);
    undecided(cluster, out);
    unseen(cluster, &needed, out);
}

type Key<'a> = (&'a str, &'a str);

/// Routes to a subset that exists, but in no rule that the route's clients see. Returns the rules reported.
fn needed<'s>(cluster: &Cluster<'s>, out: &mut Findings) -> FxHashSet<Key<'s>> {
    let mut groups: FxHashMap<(Host<'s>, &'s str, &'s str), Vec<&Use<'s>>> = FxHashMap::default();
    for u in cluster.uses() {
        let Some(subset) = u.subset(cluster) else { continue };
        if !cluster.defines(u.host) || u.is_idle(cluster) {
            continue;
        }
        let clients = cluster.client_namespaces(u.virtual_service(cluster));
        let sees = |c: &&str| cluster.destination_rules(c, u.host).subset(subset).is_some();
        if clients.is_empty() || clients.iter().any(|c| sees(&c)) {
            continue;
        }
        groups.entry((u.host, subset, clients[0])).or_default().push(u);
    }
    let mut reported = FxHashSet::default();
    for ((host, subset, client), uses) in groups {
        let holder = cluster
            .rules_for(host)
            .chain(cluster.wildcard_rules_for(host).map(|(_, r)| r))
            .find(|r| r.subset(subset).is_some());
        let (Some(holder), Some(u)) = (holder, uses.first()) else { continue };
        let applied = cluster.destination_rules(client, host);
        let nearer = applied.rules.first().or(applied.conditional.first());
        let place = holder.host.map_or(holder.meta.name.span, |h| h.span);
        let more = and_more(uses.len() - 1, "route");
        let message = match nearer {
            Some(rule) => format!(
                "{} is hidden from namespace {client} by {}, so subset `{subset}` of {host} does not exist there, and {} goes to it{more}",
                holder.meta.title(),
                rule.meta.title(),
                u.share(cluster)
            ),
            None => format!(
                "{} is not seen from namespace {client}, so subset `{subset}` of {host} does not exist there, and {} goes to it{more}",
                holder.meta.title(),
                u.share(cluster)
            ),
        };
        let service = cluster.service_namespace(host).unwrap_or(client);
        let finding = out.report(cluster.site(&holder.meta, place), message);
        finding.at_level(Severity::Error);
        finding.with_label("a client looks in its own namespace, then in the service's, then in the root namespace");
        finding.with_related(u.subset_site(cluster), format!("routes to `{subset}`"));
        if let Some(rule) = nearer {
            let at = rule.host.map_or(rule.meta.name.span, |h| h.span);
            finding.with_related(cluster.site(&rule.meta, at), format!("found first, and defines no `{subset}`"));
            finding.with_help(format!("define `{subset}` in {} too, or remove that rule", rule.meta.title()));
        } else {
            finding.with_help(format!("move {} to namespace {service}, the service's own", holder.meta.title()));
        }
        reported.insert((holder.meta.namespace.value, holder.meta.name.value));
    }
    reported
}

/// Several rules for one host in one namespace: the older one's definitions win, and files do not tell which that is.
fn undecided(cluster: &Cluster<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<(&str, Host<'_>), Vec<&DestinationRule<'_>>> = FxHashMap::default();
    for rule in &cluster.objects.destination_rules {
        let Some(host) = rule.host.filter(|_| rule.workload_selector.is_none()) else { continue };
        let namespace = rule.meta.namespace.value;
        groups.entry((namespace, cluster.host(host.value, namespace))).or_default().push(rule);
    }
    for ((_, host), rules) in groups {
        for (i, later) in rules.iter().enumerate().skip(1) {
            let exported = |r: &DestinationRule<'_>| {
                let mut all: Vec<&str> = r.export_to.iter().map(|e| e.value).collect();
                all.sort_unstable();
                all.join(",")
            };
            for earlier in &rules[..i] {
                if earlier.meta.name.value == later.meta.name.value || exported(earlier) != exported(later) {
                    continue;
                }
                for subset in &later.subsets {
                    let Some(first) = earlier.subset(subset.name.value) else { continue };
                    if same_labels(&first.labels, &subset.labels) {
                        continue;
                    }
                    out.report(
                        cluster.site(&later.meta, subset.name.span),
                        format!(
                            "subset `{}` of {host} is defined differently by {} and {}: the older object wins, which files do not tell",
                            subset.name.value,
                            earlier.meta.title(),
                            later.meta.title()
                        ),
                    )
                    .with_related(cluster.site(&earlier.meta, first.name.span), "the other definition")
                    .with_help("keep one of the two definitions");
                }
                let mode = |r: &DestinationRule<'_>| {
                    r.policy
                        .as_ref()
                        .and_then(|p| p.tls.as_ref())
                        .map(|t| (t.mode.map(|m| m.value.to_string()), t.span))
                };
                if let (Some((a, at)), Some((b, here))) = (mode(earlier), mode(later))
                    && a != b
                {
                    let show = |m: &Option<String>| m.clone().unwrap_or_else(|| "DISABLE".into());
                    out.report(
                        cluster.site(&later.meta, here),
                        format!(
                            "the TLS mode of {host} is {} in {} and {} in {}: the older object wins, which files do not tell",
                            show(&a),
                            earlier.meta.title(),
                            show(&b),
                            later.meta.title()
                        ),
                    )
                    .with_related(cluster.site(&earlier.meta, at), "the other mode")
                    .with_help("keep one traffic policy for the host");
                }
            }
        }
    }
}

/// Rules in a namespace where nothing runs and which is neither the service's nor the root namespace.
fn unseen<'s>(cluster: &Cluster<'s>, reported: &FxHashSet<Key<'s>>, out: &mut Findings) {
    if !cluster.is_complete() {
        return;
    }
    for rule in &cluster.objects.destination_rules {
        let namespace = rule.meta.namespace.value;
        let Some(text) = rule.host else { continue };
        let Host::Service { name, namespace: home } = cluster.host(text.value, namespace) else { continue };
        let Some(service) = cluster.service(home, name) else { continue };
        // Without a namespace of its own the rule's place is the applier's choice, not written here.
        let misplaced = rule.meta.explicit_namespace
            && namespace != home
            && namespace != cluster.mesh.root_namespace
            && !cluster.knows_workloads_of(namespace)
            && cluster.knows_workloads_of(home)
            && cluster.knows_services_of(home)
            && !reported.contains(&(namespace, rule.meta.name.value))
            && !cluster.objects.virtual_services.iter().any(|v| v.meta.namespace.value == namespace);
        if misplaced {
            out.report(
                cluster.site(&rule.meta, rule.meta.namespace.span),
                format!(
                    "{} acts only on clients in namespace {namespace}, and no workload of this repository runs there",
                    rule.meta.title()
                ),
            )
            .with_label(format!("neither the namespace of {name} ({home}), nor the root namespace"))
            .with_related(cluster.site(&service.meta, service.meta.name.span), "the service that it is for")
            .with_help(format!("move it to namespace {home}"));
        }
    }
}

fn same_labels(a: &crate::model::Labels<'_>, b: &crate::model::Labels<'_>) -> bool {
    a.len() == b.len() && a.iter().all(|(k, v)| b.iter().any(|(bk, bv)| bk.value == k.value && bv.value == v.value))
}
