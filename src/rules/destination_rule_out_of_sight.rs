//! A DestinationRule that the clients of its host do not look at.

use rustc_hash::{FxHashMap, FxHashSet};

use super::words::{and_more, list};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Use};
use crate::model::read::unknown;
use crate::model::{DestinationRule, Host};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/destination-rule-out-of-sight.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let needed = needed(cluster, out);
    unseen(fleet, cluster, &needed, out);
}

type Key<'a> = (&'a str, &'a str);

/// Routes to a subset that exists, but in no rule that the route's clients see. Returns the rules reported.
fn needed<'s>(cluster: &Cluster<'s>, out: &mut Findings) -> FxHashSet<Key<'s>> {
    // One finding for each rule that some clients miss, whatever number of its subsets they need.
    let mut groups: FxHashMap<(Key<'s>, Host<'s>, &'s str), Missed<'_, 's>> = FxHashMap::default();
    for u in cluster.uses() {
        let Some(subset) = u.subset(cluster) else { continue };
        let Some(client) = misses(cluster, u, subset) else { continue };
        let mut holders = cluster.rules_for(u.host).chain(cluster.wildcard_rules_for(u.host).map(|(_, r)| r));
        let Some(holder) = holders.find(|r| r.subset(subset).is_some()) else { continue };
        let key = (holder.meta.namespace.value, holder.meta.name.value);
        let missed = groups.entry((key, u.host, client)).or_insert_with(|| Missed { holder, uses: Vec::new() });
        missed.uses.push((u, subset));
    }
    let mut reported = FxHashSet::default();
    for ((key, host, client), Missed { holder, uses }) in groups {
        let Some((u, first)) = uses.first() else { continue };
        let mut subsets: Vec<&str> = uses.iter().map(|(_, s)| *s).collect();
        subsets.sort_unstable();
        subsets.dedup();
        let (names, do_not) = (list(&subsets), if subsets.len() == 1 { "does not exist" } else { "do not exist" });
        let noun = if subsets.len() == 1 { "subset" } else { "subsets" };
        let applied = cluster.destination_rules(client, host);
        let service = cluster.service_namespace(host).unwrap_or(client);
        let (own, theirs) = (u.virtual_service(cluster), holder.meta.namespace.value);
        // A rule in a fourth namespace is not seen, whatever else is.
        let is_looked_at = [client, service, cluster.mesh.root_namespace].contains(&theirs);
        let nearer = applied.rules.first().or(applied.conditional.first()).filter(|_| is_looked_at);
        // A route beside the Service is for all clients, and those in the rule's own namespace do find it.
        let partial = own.in_mesh()
            && own.meta.namespace.value == service
            && theirs != service
            && cluster.knows_workloads_of(theirs);
        let place = holder.host.map_or(holder.meta.name.span, |h| h.span);
        let hidden = match nearer {
            Some(rule) => format!("hidden from clients in namespace {client} by {}", rule.meta.title()),
            None => format!("not seen by clients in namespace {client}"),
        };
        let finding = out.report(
            cluster.site(&holder.meta, place),
            format!(
                "{} is {hidden}, so {noun} {names} of {host} {do_not} for them, and {} goes to `{first}`{}",
                holder.meta.title(),
                u.share(cluster),
                and_more(uses.len() - 1, "destination")
            ),
        );
        // What gives no namespace goes where its applier says (`kubectl -n`), which may well be the right place.
        let placed = is_looked_at || holder.meta.explicit_namespace || theirs != "default";
        finding.at_level(match (placed, partial) {
            (false, _) => Severity::Note,
            (true, true) => Severity::Warning,
            (true, false) => Severity::Error,
        });
        finding.with_label("a client looks in its own namespace, then in the service's, then in the root namespace");
        finding.with_related(u.subset_site(cluster), format!("routes to `{first}`"));
        if let Some(rule) = nearer {
            let at = rule.host.map_or(rule.meta.name.span, |h| h.span);
            finding.with_related(cluster.site(&rule.meta, at), format!("found first, and does not define {names}"));
            finding.with_help(format!("define {names} in {} too, or remove that rule", rule.meta.title()));
        } else if theirs == service {
            finding.with_help(format!("let {} be seen there: its `exportTo` leaves {client} out", holder.meta.title()));
        } else if client == service {
            finding.with_help(format!("move {} to namespace {service}, the service's own", holder.meta.title()));
        } else if applied.rules.iter().chain(&applied.conditional).any(|r| r.meta.namespace.value == client) {
            // In the service's namespace, the client's own rule would hide it.
            finding.with_help(format!("move {} to namespace {client}, the client's", holder.meta.title()));
        } else {
            finding.with_help(format!(
                "move {} to namespace {service}, the service's own, or to {client}, the client's",
                holder.meta.title()
            ));
        }
        reported.insert(key);
    }
    reported
}

/// The namespace of the first clients of a route, where none of them sees a rule that defines its subset.
fn misses<'s>(cluster: &Cluster<'s>, u: &Use<'s>, subset: &str) -> Option<&'s str> {
    if !cluster.may_exist(u.host) || u.is_idle(cluster) {
        return None;
    }
    let clients = clients(cluster, u);
    let sees = |c: &&str| {
        let applied = cluster.destination_rules(c, u.host);
        let mut names = applied.rules.iter().chain(&applied.conditional).flat_map(|r| &r.subsets).map(|s| s.name.value);
        applied.subset(subset).is_some() || names.any(unknown)
    };
    if clients.iter().any(sees) || cluster.may_define_subset(subset) {
        return None;
    }
    clients.first().copied()
}

/// Whether a route of the cluster itself misses the subset because the rule that defines it is in a fourth namespace:
/// an error here, and the cause that the cluster's gateway misses it, too.
pub(super) fn is_out_of_sight<'s>(cluster: &Cluster<'s>, host: Host<'s>, subset: &str) -> bool {
    let service = cluster.service_namespace(host);
    let is_fourth = |r: &DestinationRule<'s>| {
        let theirs = r.meta.namespace.value;
        Some(theirs) != service && theirs != cluster.mesh.root_namespace && !cluster.knows_workloads_of(theirs)
    };
    cluster.rules_for(host).any(|r| r.subset(subset).is_some() && is_fourth(r))
        && cluster.uses_of(host).any(|u| u.subset(cluster) == Some(subset) && misses(cluster, u, subset).is_some())
}

/// A rule that clients need and do not see, and the uses of its subsets.
struct Missed<'a, 's> {
    holder: &'a DestinationRule<'s>,
    uses: Vec<(&'a Use<'s>, &'s str)>,
}

/// The namespaces whose clients a route is for, as far as files tell: a VirtualService for the mesh that is exported to
/// some namespaces only is for those.
pub(super) fn clients<'s>(cluster: &Cluster<'s>, u: &Use<'s>) -> Vec<&'s str> {
    let vs = u.virtual_service(cluster);
    let named: Vec<&'s str> = vs.export_to.iter().map(|e| e.value).filter(|e| !matches!(*e, "*" | "." | "~")).collect();
    let all = vs.export_to.iter().any(|e| e.value == "*" || unknown(e.value));
    let mut clients = cluster.client_namespaces(vs);
    if vs.in_mesh() && !all {
        clients.extend(named);
    }
    clients
}

/// Rules in a namespace where nothing runs and which is neither the service's nor the root namespace.
fn unseen<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, reported: &FxHashSet<Key<'s>>, out: &mut Findings) {
    if !cluster.is_complete() {
        return;
    }
    // Whatever else is in a namespace shows that something is meant to run there, here or elsewhere.
    let used: FxHashSet<&str> = cluster
        .objects
        .metas()
        .filter(|m| m.kind.value != "DestinationRule")
        .map(|m| if m.kind.value == "Namespace" { m.name.value } else { m.namespace.value })
        .collect();
    for rule in &cluster.objects.destination_rules {
        let namespace = rule.meta.namespace.value;
        let Some(text) = rule.host.filter(|_| !unknown(namespace)) else { continue };
        let Host::Service { name, namespace: home } = cluster.host(text.value, namespace) else { continue };
        let Some(service) = cluster.service(home, name) else { continue };
        // Without a namespace of its own the rule's place is the applier's choice, not written here.
        let misplaced = rule.meta.explicit_namespace
            && namespace != home
            && namespace != cluster.mesh.root_namespace
            && !used.contains(namespace)
            && cluster.knows_workloads_of(home)
            && !reported.contains(&(namespace, rule.meta.name.value));
        // Where other clusters' calls miss one of its subsets, remote-subset-undefined says so.
        let host = Host::Service { name, namespace: home };
        let missed = || {
            let calls = fleet.crossings.callers(cluster.id, host);
            calls.iter().filter_map(|c| c.subset).any(|s| rule.subset(s.value).is_some())
        };
        if misplaced && !missed() {
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
