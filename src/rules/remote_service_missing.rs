//! A `.global` host of a Service that the cluster its endpoint leads to does not have.

use rustc_hash::FxHashMap;

use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{ClusterId, Crossing, Fleet, Origin};
use crate::model::Host;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/remote-service-missing.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut groups: FxHashMap<(ClusterId, Host<'_>), Vec<&Crossing<'_>>> = FxHashMap::default();
    for crossing in fleet.crossings.iter().filter(|c| c.link.is_some() && matches!(c.origin, Origin::Entry)) {
        let to = fleet.cluster(crossing.to);
        if !to.defines(crossing.service) && !to.defines(crossing.host) && !is_misspelled(fleet, crossing) {
            groups.entry((crossing.to, crossing.service)).or_default().push(crossing);
        }
    }
    // A namespace that nothing was read of is one thing that could not be verified, however many hosts are in it.
    let mut doubtful: FxHashMap<(ClusterId, &str), Vec<&Crossing<'_>>> = FxHashMap::default();
    for ((id, service), crossings) in groups {
        let Host::Service { name, namespace } = service else { continue };
        let to = fleet.cluster(id);
        let may_be_elsewhere = !to.knows_services_of(namespace) || !to.is_complete_in(namespace);
        if may_be_elsewhere || to.may_define(service) || to.may_be_made(namespace, name) {
            doubtful.entry((id, namespace)).or_default().extend(crossings);
            continue;
        }
        let Some(first) = crossings.first() else { continue };
        let mut callers: Vec<ClusterId> = crossings.iter().map(|c| c.from).collect();
        callers.sort_unstable();
        callers.dedup();
        let finding = out.report(
            first.site(fleet),
            format!(
                "{} has no Service {service}, to which `{}` leads from {}{}",
                to.name,
                first.host,
                fleet.cluster(first.from).name,
                and_more(callers.len() - 1, "cluster")
            ),
        );
        finding.with_label(format!("leaves {} as {}", fleet.cluster(first.from).name, first.sni(fleet)));
        if let Some(link) = first.link.map(|i| fleet.link(i)) {
            finding.with_related(link.site(fleet.cluster(link.from)), format!("leads to {}", to.name));
        }
        let route =
            fleet.crossings.leaving(first.from, first.host).into_iter().find(|c| matches!(c.origin, Origin::Use(_)));
        if let Some(route) = route {
            finding.with_related(route.site(fleet), "a route goes there");
        }
        let near = nearest(name, to.service_names(namespace)).and_then(|n| to.service(namespace, n));
        let elsewhere = || to.objects.services.iter().find(|s| s.meta.name.value == name);
        if let Some(near) = near.or_else(elsewhere) {
            finding.with_related(to.site(&near.meta, near.meta.name.span), format!("{} has this one", to.name));
        }
        let others: Vec<&str> =
            fleet.clusters.iter().filter(|c| c.service_of(&service).is_some()).map(|c| c.name).collect();
        finding.with_help(match others.first() {
            Some(other) if *other != fleet.cluster(first.from).name => {
                format!("{other} has it: lead the endpoint there, or add the Service to {}", to.name)
            }
            _ => format!("add the Service to {}, or remove the endpoint", to.name),
        });
    }
    for ((id, namespace), mut crossings) in doubtful {
        crossings.sort_by_key(|c| (c.from, c.site(fleet).place));
        let Some(first) = crossings.first() else { continue };
        let to = fleet.cluster(id);
        let mut hosts: Vec<String> = crossings.iter().map(|c| c.host.to_string()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        out.report(
            first.site(fleet),
            format!(
                "could not verify that {} has Service {}{}: {}",
                to.name,
                first.service,
                and_more(hosts.len() - 1, "host"),
                if to.knows_services_of(namespace) {
                    format!("not all that {} applies to namespace {namespace} could be read", to.name)
                } else {
                    format!("no Service of namespace {namespace} in {} is in this repository", to.name)
                }
            ),
        )
        .at_level(Severity::Note)
        .with_help(format!("add what {} applies to namespace {namespace} to what meshlint reads", to.name));
    }
}

/// Whether nothing refers to the host, and what is referred to is missing and but a slip away: then the host's
/// spelling is the cause, which global-without-service-entry reports.
fn is_misspelled(fleet: &Fleet<'_>, crossing: &Crossing<'_>) -> bool {
    let from = fleet.cluster(crossing.from);
    let name = crossing.host.to_string();
    from.uses_of(crossing.host).next().is_none()
        && from.rules_for(crossing.host).next().is_none()
        && from.uses().iter().any(|u| {
            matches!(u.host, Host::Name(_))
                && !from.defines(u.host)
                && nearest(&u.host.to_string(), [name.as_str()]).is_some()
        })
}
