//! `webhooks-overlap`: two of Istio's webhooks inject into the same Pods.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Findings, Rule, webhooks};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::model::read::{self, Text};
use crate::yaml::Node;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/webhooks-overlap.md"), check);

/// The most webhooks of one cluster that are held against each other.
const MOST: usize = 64;

/// Labels of a namespace or of a Pod.
type Set<'s> = Vec<(&'s str, &'s str)>;

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let all: Vec<(&Meta<'s>, Node<'s>)> = webhooks::of_injection(cluster).take(MOST).collect();
    if all.len() < 2 {
        return;
    }
    let mut revisions: Vec<&str> = all.iter().flat_map(|(meta, w)| revisions(meta, *w)).collect();
    revisions.sort_unstable();
    revisions.dedup();
    revisions.truncate(MOST);
    let namespaces = sets("istio-injection", ["enabled", "disabled"], &revisions);
    let pods = sets("sidecar.istio.io/inject", ["true", "false"], &revisions);
    // Which labels each webhook takes.
    let takes = |w: Node<'s>, key, sets: &[Set<'s>]| -> FxHashSet<usize> {
        sets.iter().enumerate().filter(|(_, s)| matches(w.get(key), s)).map(|(i, _)| i).collect()
    };
    let taken: Vec<_> = all
        .iter()
        .map(|(_, w)| (takes(*w, "namespaceSelector", &namespaces), takes(*w, "objectSelector", &pods)))
        .collect();
    let mut reported: FxHashMap<usize, usize> = FxHashMap::default();
    for (i, (ns, pod)) in taken.iter().enumerate() {
        let other = taken.iter().enumerate().find(|(j, (other_ns, other_pod))| {
            is_other(all[i], all[*j]) && !ns.is_disjoint(other_ns) && !pod.is_disjoint(other_pod)
        });
        if let Some((j, _)) = other {
            reported.insert(i, j);
        }
    }
    for (i, j) in reported {
        let ((meta, webhook), (rival, other)) = (all[i], all[j]);
        let (Some(name), Some(other)) = (read::text(webhook, "name"), read::text(other, "name")) else { continue };
        let finding = out.report(
            cluster.site(meta, name.span),
            format!(
                "webhook `{}` of {} and `{}` of {} inject into the same Pods",
                name.value,
                meta.title(),
                other.value,
                rival.title()
            ),
        );
        if cluster.lie_apart(meta, rival) {
            finding.at_level(Severity::Note);
        }
        finding
            .with_label("Pods get two sidecars, or the one that comes last")
            .with_related(cluster.site(rival, other.span), "the other webhook")
            .with_help("remove one of them, or let each select a revision of its own by `istio.io/rev`");
    }
}

/// Whether these are two webhooks; a configuration that is written twice is one.
fn is_other(a: (&Meta<'_>, Node<'_>), b: (&Meta<'_>, Node<'_>)) -> bool {
    let name = |n: Node<'_>| read::text(n, "name").map(|t| t.value.to_string());
    (a.0.name.value, name(a.1)) != (b.0.name.value, name(b.1))
}

/// The revisions that a webhook speaks of.
fn revisions<'s>(meta: &Meta<'s>, webhook: Node<'s>) -> Vec<&'s str> {
    const REVISION: &str = "istio.io/rev";
    let mut all: Vec<&'s str> = meta.label(REVISION).into_iter().map(|l| l.value).collect();
    for selector in ["namespaceSelector", "objectSelector"].into_iter().filter_map(|k| webhook.get(k)) {
        all.extend(selector.get("matchLabels").and_then(|l| read::text(l, REVISION)).map(|r| r.value));
        let of_it = |e: &Node<'s>| read::text(*e, "key").is_some_and(|k| k.value == REVISION);
        let values = read::items(selector, "matchExpressions").filter(of_it).flat_map(|e| read::strings(e, "values"));
        all.extend(values.map(|v| v.value));
    }
    all
}

/// The labels that are tried: none, the one label with each of its values, and all that with each revision as well.
fn sets<'s>(key: &'static str, values: [&'static str; 2], revisions: &[&'s str]) -> Vec<Set<'s>> {
    let plain: Vec<Set<'s>> = std::iter::once(Vec::new()).chain(values.into_iter().map(|v| vec![(key, v)])).collect();
    let with = |r: &&'s str| plain.iter().map(|s| [s.clone(), vec![("istio.io/rev", *r)]].concat()).collect::<Vec<_>>();
    plain.iter().cloned().chain(revisions.iter().flat_map(with)).collect()
}

/// Whether a `LabelSelector` fits these labels; none fits all. One with an operator that Kubernetes does not have fits
/// nothing.
fn matches(selector: Option<Node<'_>>, labels: &Set<'_>) -> bool {
    let Some(selector) = selector else { return true };
    let value = |key: &str| labels.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
    read::labels(selector, "matchLabels").iter().all(|(k, v)| value(k.value) == Some(v.value))
        && read::items(selector, "matchExpressions").all(|e| {
            let key = read::text(e, "key").map_or("", |k| k.value);
            let listed: Vec<Text<'_>> = read::strings(e, "values");
            let is_listed = value(key).is_some_and(|v| listed.iter().any(|l| l.value == v));
            match read::text(e, "operator").map_or("", |o| o.value) {
                "In" => is_listed,
                "NotIn" => !is_listed,
                "Exists" => value(key).is_some(),
                "DoesNotExist" => value(key).is_none(),
                _ => false,
            }
        })
}
