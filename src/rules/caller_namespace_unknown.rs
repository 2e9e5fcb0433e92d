//! `caller-namespace-unknown`: an AuthorizationPolicy names callers of a namespace that no cluster has.

use rustc_hash::FxHashSet;

use super::policies::{authorization, stands_for};
use super::words::nearest;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, unknown};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/caller-namespace-unknown.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut known: Option<FxHashSet<&str>> = None;
    for cluster in &fleet.clusters {
        for policy in authorization(cluster) {
            let mut seen = FxHashSet::default();
            for source in policy.sources() {
                for (key, value) in ["namespaces", "notNamespaces"]
                    .iter()
                    .flat_map(|k| read::strings(source, k).into_iter().map(move |v| (*k, v)))
                {
                    // Callers come from other clusters, too.
                    let known =
                        known.get_or_insert_with(|| fleet.clusters.iter().flat_map(Cluster::namespaces).collect());
                    let exists = |n: &&str| stands_for(value.value, n) || unknown(n);
                    if unknown(value.value)
                        || value.value.is_empty()
                        || known.iter().any(exists)
                        || !seen.insert(value.value)
                    {
                        continue;
                    }
                    let near = nearest(value.value, known.iter().copied());
                    let shown = near.is_some() && fleet.clusters.iter().all(Cluster::is_complete);
                    let title = policy.meta.title();
                    let message = if shown {
                        format!(
                            "{title} names callers of namespace `{}` under `{key}`, and no cluster has it",
                            value.value
                        )
                    } else {
                        format!(
                            "could not verify namespace `{}`, which {title} names under `{key}`: nothing that was read is in it",
                            value.value
                        )
                    };
                    let finding = out.report(cluster.site(policy.meta, value.span), message);
                    finding.with_codes(if key == "namespaces" { &["IST0101", "KIA0101"] } else { &["IST0101"] });
                    match near {
                        Some(near) => finding.with_help(format!("did you mean `{near}`?")),
                        None => finding.with_help("correct the name, or remove the entry if that namespace is gone"),
                    };
                    if !shown {
                        finding.at_level(Severity::Note);
                    }
                }
            }
        }
    }
}
