//! `source-namespace-unknown`: an AuthorizationPolicy names a namespace that is not there.

use super::words::nearest;
use super::{Findings, Rule, namespaces};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, unknown};
use crate::model::{Meta, Text};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/source-namespace-unknown.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    // Where a cluster writes no Namespaces down, nothing means that one is not there.
    let writes_them = |c: &&Cluster<'_>| !c.objects.namespaces.is_empty();
    let policies = |c| Cluster::others(c, "security.istio.io", "AuthorizationPolicy").map(move |m| (c, m));
    let named = |(c, m)| sources(m).map(move |s| (c, m, s));
    let mut all = fleet.clusters.iter().filter(writes_them).flat_map(policies).flat_map(named).peekable();
    if all.peek().is_none() {
        return;
    }
    let known = namespaces::known(fleet);
    for (cluster, meta, source) in all {
        if known.contains(source.value) || known.iter().any(|ns| fits(source.value, ns)) {
            continue;
        }
        let near = nearest(source.value, known.iter().copied());
        let finding = out.report(
            cluster.site(meta, source.span),
            format!(
                "{} names namespace `{}`, and none of that name is among what was read",
                meta.title(),
                source.value
            ),
        );
        match near.filter(|_| cluster.is_complete() && !cluster.input.is_guess) {
            Some(near) => finding.with_help(format!("did you mean `{near}`?")),
            None => finding
                .at_level(Severity::Note)
                .with_help("add the Namespace to what meshlint reads, or correct the name"),
        };
    }
}

/// `namespaces` and `notNamespaces` of each source of each rule.
fn sources<'s>(meta: &Meta<'s>) -> impl Iterator<Item = Text<'s>> + use<'s> {
    let from = read::items(meta.spec(), "rules").flat_map(|r| read::items(r, "from"));
    let sources = from.filter_map(|f| f.get("source"));
    let lists =
        sources.flat_map(|s| ["namespaces", "notNamespaces"].into_iter().flat_map(move |k| read::strings(s, k)));
    lists.filter(|n| !n.value.is_empty() && !unknown(n.value))
}

/// Whether a namespace is one that the entry stands for: `prod-*`, `*-test`, `*`.
fn fits(entry: &str, namespace: &str) -> bool {
    if let Some(suffix) = entry.strip_prefix('*') {
        return namespace.ends_with(suffix);
    }
    entry.strip_suffix('*').is_some_and(|prefix| namespace.starts_with(prefix)) || unknown(namespace)
}
