//! `caller-namespace-unknown`: an AuthorizationPolicy names callers of a namespace that no cluster has.

use rustc_hash::{FxHashMap, FxHashSet};

use super::request_policies::{authorization, stands_for};
use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, Text, unknown};
use crate::model::{Meta, Policy};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/caller-namespace-unknown.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut known: Option<FxHashSet<&str>> = None;
    for cluster in &fleet.clusters {
        // What may be elsewhere is said once, of the first policy that names it.
        let mut elsewhere: FxHashMap<&str, Vec<Named<'_, '_>>> = FxHashMap::default();
        for policy in authorization(cluster) {
            let mut seen = FxHashSet::default();
            for named in named(&policy) {
                // Callers come from other clusters, too.
                let known = known.get_or_insert_with(|| fleet.clusters.iter().flat_map(Cluster::namespaces).collect());
                let value = named.value.value;
                let exists = |n: &&str| stands_for(value, n) || unknown(n);
                let is_known = known.contains(value) || known.iter().any(exists);
                if unknown(value) || value.is_empty() || is_known || !seen.insert(value) {
                    continue;
                }
                let near = nearest(value, known.iter().copied());
                match near.filter(|_| fleet.clusters.iter().all(Cluster::is_complete)) {
                    Some(near) => {
                        let title = named.meta.title();
                        let message = format!(
                            "{title} names callers of namespace `{value}` under `{}`, and no cluster has it",
                            named.key
                        );
                        let finding = out.report(cluster.site(named.meta, named.value.span), message);
                        finding.with_codes(named.codes()).with_help(format!("did you mean `{near}`?"));
                    }
                    None => elsewhere.entry(value).or_default().push(named),
                }
            }
        }
        for (value, all) in &elsewhere {
            let Some(first) = all.first() else { continue };
            let message = format!(
                "could not verify namespace `{value}`, which {} names under `{}`{}: nothing that was read is in it",
                first.meta.title(),
                first.key,
                and_more(all.len() - 1, "AuthorizationPolicy")
            );
            out.report(cluster.site(first.meta, first.value.span), message)
                .with_codes(first.codes())
                .with_help("correct the name, or remove the entry if that namespace is gone")
                .at_level(Severity::Note);
        }
    }
}

/// A namespace that a policy names, and the field in which it does.
struct Named<'a, 's> {
    meta: &'a Meta<'s>,
    key: &'static str,
    value: Text<'s>,
}

impl Named<'_, '_> {
    /// Kiali looks at `namespaces` only.
    fn codes(&self) -> &'static [&'static str] {
        if self.key == "namespaces" { &["IST0101", "KIA0101"] } else { &["IST0101"] }
    }
}

fn named<'a, 's>(policy: &Policy<'a, 's>) -> Vec<Named<'a, 's>> {
    let mut all = Vec::new();
    for source in policy.sources() {
        for key in ["namespaces", "notNamespaces"] {
            all.extend(read::strings(source, key).into_iter().map(|value| Named { meta: policy.meta, key, value }));
        }
    }
    all
}
