//! `destination-rules-disagree`: DestinationRules for one host in one namespace say different things of it.

use rustc_hash::FxHashMap;

use super::words::labels;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, Text, unknown};
use crate::model::{DestinationRule, Host, Labels, Subset, TrafficPolicy};
use crate::yaml::Node;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/destination-rules-disagree.md"), check);

/// The namespace, the host and the `exportTo` of rules that merge.
type Key<'s> = (&'s str, Host<'s>, Vec<&'s str>);

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut groups: FxHashMap<Key<'s>, Vec<&DestinationRule<'s>>> = FxHashMap::default();
    for rule in &cluster.objects.destination_rules {
        let Some(host) = rule.host.filter(|h| rule.workload_selector.is_none() && !unknown(h.value)) else { continue };
        let namespace = rule.meta.namespace.value;
        // Rules with another `exportTo` do not merge.
        let mut exported: Vec<&str> = rule.export_to.iter().map(|e| e.value).collect();
        exported.sort_unstable();
        groups.entry((namespace, cluster.host(host.value, namespace), exported)).or_default().push(rule);
    }
    for ((_, host, _), rules) in groups.into_iter().filter(|(_, rules)| rules.len() > 1) {
        let mut subsets: FxHashMap<&str, (&DestinationRule<'s>, &Subset<'s>)> = FxHashMap::default();
        let mut policy: Option<(&DestinationRule<'s>, &TrafficPolicy<'s>)> = None;
        for rule in rules {
            for subset in &rule.subsets {
                let (earlier, first) = *subsets.entry(subset.name.value).or_insert((rule, subset));
                if is_other(earlier, rule) {
                    of_subsets(cluster, host, (earlier, first), (rule, subset), out);
                }
            }
            let Some(own) = &rule.policy else { continue };
            let (earlier, first) = *policy.get_or_insert((rule, own));
            if is_other(earlier, rule) {
                of_policies(cluster, host, (earlier, first), (rule, own), out);
            }
        }
    }
}

/// Whether these are two objects; one that is written twice is one.
fn is_other(a: &DestinationRule<'_>, b: &DestinationRule<'_>) -> bool {
    a.meta.name.value != b.meta.name.value
}

type Defined<'a, 's, T> = (&'a DestinationRule<'s>, &'a T);

fn of_subsets<'s>(
    cluster: &Cluster<'s>,
    host: Host<'s>,
    (earlier, first): Defined<'_, 's, Subset<'s>>,
    (rule, subset): Defined<'_, 's, Subset<'s>>,
    out: &mut Findings,
) {
    let name = subset.name.value;
    let (one, other) = (earlier.meta.title(), rule.meta.title());
    let policy = |s: &Subset<'s>| s.policy.as_ref().map(|p| p.node);
    let message = if !same_labels(&first.labels, &subset.labels) {
        format!(
            "subset `{name}` of {host} is {} in {one} and {} in {other}: the older object wins, which files do not tell",
            labels(&first.labels),
            labels(&subset.labels)
        )
    } else if differ(policy(first), policy(subset)) {
        format!(
            "subset `{name}` of {host} has one traffic policy in {one} and another in {other}: the older object wins, which files do not tell"
        )
    } else {
        return;
    };
    out.report(cluster.site(&rule.meta, subset.name.span), message)
        .at_level(level(cluster, earlier, rule))
        .with_related(cluster.site(&earlier.meta, first.name.span), "the other definition")
        .with_help("keep one of the two definitions");
}

fn of_policies<'s>(
    cluster: &Cluster<'s>,
    host: Host<'s>,
    (earlier, first): Defined<'_, 's, TrafficPolicy<'s>>,
    (rule, own): Defined<'_, 's, TrafficPolicy<'s>>,
    out: &mut Findings,
) {
    let (one, other) = (earlier.meta.title(), rule.meta.title());
    if let (Some(a), Some(b)) = (&first.tls, &own.tls) {
        let name = |m: Option<Text<'_>>| m.map_or("DISABLE".to_string(), |m| m.value.to_string());
        let (mode, rival) = (name(a.mode), name(b.mode));
        if mode != rival && !unknown(&mode) && !unknown(&rival) {
            let message = format!(
                "the TLS mode of {host} is {mode} in {one} and {rival} in {other}: the older object wins, which files do not tell"
            );
            out.report(cluster.site(&rule.meta, b.span), message)
                .at_level(level(cluster, earlier, rule))
                .with_related(cluster.site(&earlier.meta, a.span), "the other mode")
                .with_help("keep one traffic policy for the host");
            return;
        }
    }
    if differ(Some(first.node), Some(own.node)) {
        let at = |r: &DestinationRule<'s>| read::key_span(r.meta.spec(), "trafficPolicy");
        let message = format!(
            "{one} and {other} both have a traffic policy for {host}: that of the older object is taken whole, which files do not tell"
        );
        out.report(cluster.site(&rule.meta, at(rule)), message)
            .at_level(level(cluster, earlier, rule))
            .with_related(cluster.site(&earlier.meta, at(earlier)), "the other policy")
            .with_help("keep one traffic policy for the host");
    }
}

fn level<'s>(cluster: &Cluster<'s>, a: &DestinationRule<'s>, b: &DestinationRule<'s>) -> Severity {
    if cluster.lie_apart(&a.meta, &b.meta) { Severity::Note } else { Severity::Warning }
}

/// Whether two policies say different things, as far as all of them is known.
fn differ(a: Option<Node<'_>>, b: Option<Node<'_>>) -> bool {
    let has_unknown = |n: &Node<'_>| unknown(&n.source_text()[n.span().range()]);
    let json = |n: Option<Node<'_>>| n.map(|n| n.to_json());
    ![a, b].iter().flatten().any(has_unknown) && json(a) != json(b)
}

fn same_labels(a: &Labels<'_>, b: &Labels<'_>) -> bool {
    let same = |x: &Text<'_>, y: &Text<'_>| x.value == y.value || unknown(x.value) || unknown(y.value);
    a.len() == b.len() && a.iter().all(|(k, v)| b.iter().any(|(bk, bv)| bk.value == k.value && same(v, bv)))
}
