//! `resource-duplicated`: one object twice in what a cluster applies.

use rustc_hash::FxHashMap;

use super::words::count;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::model::read::unknown;
use crate::source::Place;
use crate::yaml::Node;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/resource-duplicated.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut first_of: FxHashMap<_, &Meta<'_>> = FxHashMap::default();
    first_of.reserve(cluster.objects.len());
    let mut pairs: Vec<Pair<'_, '_>> = Vec::new();
    for meta in cluster.objects.metas() {
        let (name, namespace) = (meta.name.value, meta.namespace.value);
        if name.is_empty() || unknown(name) || unknown(namespace) || is_generated(meta) || is_no_object(meta) {
            continue;
        }
        let first = *first_of.entry((group(meta), meta.kind.value, namespace, name)).or_insert(meta);
        // A file that is listed twice is one file.
        if (first.source, first.root.span()) == (meta.source, meta.root.span()) {
            continue;
        }
        let same = equal(first.root, meta.root);
        // Two builds of one file are one file, too.
        let written = |m: &Meta<'_>| fleet.workspace.trace(Place { source: m.source, span: m.name.span }).place;
        if same && written(first) == written(meta) {
            continue;
        }
        // Each part of a repository may bring the Namespace that it needs: what applies them puts them together.
        let apart = || cluster.input.set_of(first.source) != cluster.input.set_of(meta.source);
        if !(meta.kind.value == "Namespace" && (same || apart())) {
            pairs.push(Pair { first, second: meta, same });
        }
    }
    // Two files that hold the same objects are one mistake: the worst of their pairs stands for all.
    let files = |p: &Pair<'_, '_>| (p.first.source, p.second.source);
    pairs.sort_by_key(|p| (files(p), p.same, p.second.root.span()));
    for of_files in pairs.chunk_by(|a, b| files(a) == files(b)) {
        let one_file = of_files[0].first.source == of_files[0].second.source;
        let shown = if one_file { of_files } else { &of_files[..1] };
        shown.iter().for_each(|pair| report(cluster, pair, of_files.len() - shown.len(), out));
    }
}

struct Pair<'a, 's> {
    first: &'a Meta<'s>,
    second: &'a Meta<'s>,
    same: bool,
}

fn report(cluster: &Cluster<'_>, pair: &Pair<'_, '_>, more: usize, out: &mut Findings) {
    let Pair { first, second, same } = pair;
    let title = second.title();
    let more = match more {
        0 => String::new(),
        n => format!(" (and {} of these two files)", count(n, "more object")),
    };
    let (how, help) = if *same {
        ("in the same words", "remove one of them, before a change is made in one place only")
    } else {
        (
            "and the two differ: the one applied last wins",
            "remove one of them, or give it a name or a namespace of its own",
        )
    };
    let message = format!("{title} is twice in {}, {how}{more}", cluster.name);
    let finding = out.report(cluster.site(second, second.name.span), message);
    finding
        .with_label(if *same { "once more here" } else { "one of them" })
        .with_help(help)
        .with_related(cluster.site(first, first.name.span), if *same { "the same object" } else { "the other one" });
    if cluster.input.is_guess && first.source != second.source {
        // Examples and steps of a tutorial lie side by side and are applied one after the other.
        finding.message = format!("could not verify which {title} applies: {} has two{more}", cluster.name);
        finding.at_level(Severity::Note).with_help(
            "say what each cluster applies, under `clusters` in meshlint.yaml or with `--cluster NAME=PATH`",
        );
    } else if *same {
        finding.at_level(Severity::Warning);
    }
}

fn is_generated(meta: &Meta<'_>) -> bool {
    meta.root.get("metadata").is_some_and(|m| m.get("name").is_none())
}

/// What tools read and no cluster gets.
fn is_no_object(meta: &Meta<'_>) -> bool {
    meta.group() == "kustomize.config.k8s.io"
}

/// The group that serves a kind today: the objects are the same ones.
fn group<'s>(meta: &Meta<'s>) -> &'s str {
    match (meta.group(), meta.kind.value) {
        ("extensions", "Deployment" | "DaemonSet" | "ReplicaSet") => "apps",
        ("extensions", "Ingress" | "NetworkPolicy") => "networking.k8s.io",
        ("extensions", "PodSecurityPolicy") => "policy",
        (group, _) => group,
    }
}

/// Whether two nodes hold the same, whatever the order of their keys.
fn equal(a: Node<'_>, b: Node<'_>) -> bool {
    match (a.text(), b.text()) {
        (Some(x), Some(y)) => return x == y,
        (None, None) => {}
        _ => return false,
    }
    if a.is_sequence() || b.is_sequence() {
        return a.is_sequence()
            && b.is_sequence()
            && a.items().count() == b.items().count()
            && a.items().zip(b.items()).all(|(x, y)| equal(x, y));
    }
    let (ours, theirs) = (a.entries(), b.entries());
    ours.len() == theirs.len()
        && ours.iter().all(|(k, v)| k.text().and_then(|k| b.get(k)).is_some_and(|other| equal(*v, other)))
}
