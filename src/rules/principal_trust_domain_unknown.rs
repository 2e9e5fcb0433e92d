//! `principal-trust-domain-unknown`: an AuthorizationPolicy names a caller of a trust domain that no cluster says is its
//! own or an alias.

use rustc_hash::FxHashSet;

use super::request_policies::authorization;
use super::words::nearest;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::Fleet;
use crate::model::Principal;
use crate::model::read::{self, unknown};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/principal-trust-domain-unknown.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    // Where one cluster does not say, any may be its own.
    let said: Option<Vec<&str>> = fleet.clusters.iter().map(|c| c.mesh.trust_domain()).collect();
    let Some(mut known) = said else { return };
    known.extend(fleet.clusters.iter().flat_map(|c| c.mesh.trust_domain_aliases.iter().copied()));
    // Istio takes `cluster.local` for whatever the cluster's own is.
    known.push("cluster.local");
    for cluster in &fleet.clusters {
        for policy in authorization(cluster) {
            let mut seen = FxHashSet::default();
            for value in policy.sources().flat_map(|s| read::strings(s, "principals")) {
                let Some(domain) = Principal::parse(value.value).map(|p| p.trust_domain) else { continue };
                if unknown(value.value) || domain.contains('*') || known.contains(&domain) || !seen.insert(domain) {
                    continue;
                }
                let near = nearest(domain, known.iter().copied());
                let message = format!(
                    "{} names a caller of trust domain `{domain}`, which no cluster says is its own or an alias",
                    policy.meta.title()
                );
                let finding = out.report(cluster.site(policy.meta, value.span), message);
                match near {
                    Some(near) => finding.with_help(format!("did you mean `{near}`?")).at_level(Severity::Warning),
                    None => finding
                        .with_help("that is right for callers of another mesh whose certificates this one trusts"),
                };
            }
        }
    }
}
