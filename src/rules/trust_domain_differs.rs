//! Clusters of one mesh with different trust domains that no alias joins (domain.md, section 6).

use super::meshes::{names, shown_firmly, site};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/trust-domain-differs.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for mesh in shown_firmly(fleet) {
        let known: Vec<(&Cluster<'_>, &str)> = mesh.iter().filter_map(|c| Some((*c, trust_domain(c)?))).collect();
        let Some(usual) = most_common(&known) else { continue };
        for (cluster, own) in known.iter().filter(|(_, domain)| *domain != usual) {
            let apart: Vec<_> =
                known.iter().filter(|(c, domain)| domain != own && !are_joined(cluster, own, c, domain)).collect();
            // At the place that says a domain: here, or in the other cluster where this one goes by the default.
            let Some((other, theirs)) = apart.iter().find(|(_, d)| *d == usual).or(apart.first()) else { continue };
            let said = cluster.mesh.trust_domain.and_then(|s| site(cluster, &s));
            let theirs_said = other.mesh.trust_domain.and_then(|s| site(other, &s));
            let Some(place) = said.or(theirs_said) else { continue };
            let finding = out.report(
                place,
                format!(
                    "the trust domain of {} is `{own}` and that of {} is `{theirs}`, and neither lists the other's as an alias: they refuse each other's certificates",
                    cluster.name,
                    names(apart.iter().filter(|(_, d)| d == theirs).map(|(c, _)| c.name)),
                ),
            );
            // One of them goes by Istio's default, which something outside the repository may change.
            if said.is_none() || theirs_said.is_none() {
                finding.at_level(Severity::Warning);
            }
            let what = |c: &Cluster<'_>| format!("the trust domain of {}", c.name);
            finding.with_label(if said.is_some() { what(cluster) } else { what(other) });
            if let (Some(_), Some(there)) = (said, theirs_said) {
                finding.with_related(there, what(other));
            }
            finding.with_help(format!(
                "use one trust domain, or list `{theirs}` under `trustDomainAliases` of {} and `{own}` under that of {}",
                cluster.name, other.name
            ));
        }
    }
}

/// The trust domain that the mesh configuration says, or leaves at Istio's default without so much as a placeholder.
fn trust_domain<'s>(cluster: &Cluster<'s>) -> Option<&'s str> {
    let mesh = &cluster.mesh;
    let says = || mesh.objects.iter().any(|o| o.root.source_text().contains("trustDomain:"));
    match mesh.trust_domain {
        Some(said) => Some(said.value),
        None if says() => None,
        None => mesh.trust_domain(),
    }
}

fn are_joined(a: &Cluster<'_>, domain_a: &str, b: &Cluster<'_>, domain_b: &str) -> bool {
    a.mesh.trust_domain_aliases.contains(&domain_b) || b.mesh.trust_domain_aliases.contains(&domain_a)
}

/// The trust domain that most have; the first of them in a tie.
fn most_common<'s>(known: &[(&Cluster<'s>, &'s str)]) -> Option<&'s str> {
    let count = |domain: &str| known.iter().filter(|(_, d)| *d == domain).count();
    known.iter().rev().max_by_key(|(_, d)| count(d)).map(|(_, d)| *d)
}
