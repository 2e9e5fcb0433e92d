//! Traffic crosses with a subset in its SNI that the target cluster's gateway does not know.

use rustc_hash::FxHashMap;

use super::destination_rule_out_of_sight::is_out_of_sight;
use super::host_unknown::is_for_a_slip;
use super::words::{and_more, labels, list};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, ClusterId, Crossing, Fleet, Origin};
use crate::model::{DestinationRule, Host, ServiceEntry, Subset};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/remote-subset-undefined.md"), check);

fn check<'s>(fleet: &Fleet<'s>, out: &mut Findings) {
    // Without any rule for the host, all its subsets miss for one reason.
    let mut groups: FxHashMap<(ClusterId, Host<'s>, Option<&'s str>), Vec<&Crossing<'s>>> = FxHashMap::default();
    for crossing in fleet.crossings.iter() {
        let Some(subset) = crossing.subset else { continue };
        let to = fleet.cluster(crossing.to);
        let host = host_there(fleet, to, crossing);
        // A gateway that knows SNIs by a VirtualService's list of them does not look their parts up (evidence G12).
        let by_list = !fleet.entrance(to.id).literal().is_empty();
        if by_list || !to.defines(host) || seen_by_gateway(fleet, to, host, subset.value).is_some() {
            continue;
        }
        // What has a cause of its own in the target is reported there.
        if to.may_define_subset(subset.value)
            || is_for_a_slip(fleet, to, host, subset.value)
            || is_out_of_sight(to, host, subset.value)
        {
            continue;
        }
        let has_rule = !rules_of_gateway(fleet, to, host).is_empty();
        groups.entry((crossing.to, host, has_rule.then_some(subset.value))).or_default().push(crossing);
    }
    for ((id, host, _), crossings) in groups {
        let Some(first) = crossings.first() else { continue };
        let (from, to) = (fleet.cluster(first.from), fleet.cluster(id));
        let mut missing: Vec<&str> = crossings.iter().filter_map(|c| c.subset.map(|s| s.value)).collect();
        missing.sort_unstable();
        missing.dedup();
        // Several endpoints can lead one route there.
        let mut routes: Vec<_> = crossings.iter().map(|c| c.site(fleet).place).collect();
        routes.sort_unstable();
        routes.dedup();
        let share = match first.origin {
            Origin::Use(u) => u.share(from),
            _ => "traffic".into(),
        };
        let subsets = if missing.len() == 1 { "no subset" } else { "none of the subsets" };
        let finding = out.report(
            first.site(fleet),
            format!(
                "{} defines {subsets} {} of {host}, and {} routes {share} there{}",
                to.name,
                list(&missing),
                from.name,
                and_more(routes.len() - 1, "route")
            ),
        );
        finding.with_label(format!("leaves {} as {}", from.name, first.sni(fleet)));
        let rules = rules_of_gateway(fleet, to, host);
        let mut names: Vec<&str> = rules.iter().flat_map(|r| r.subsets.iter().map(|s| s.name.value)).collect();
        names.sort_unstable();
        names.dedup();
        match rules.first() {
            Some(rule) => {
                let at = rule.meta.spec().entry("subsets").map(|(k, _)| k.span()).or(rule.host.map(|h| h.span));
                finding.with_related(
                    to.site(&rule.meta, at.unwrap_or(rule.meta.name.span)),
                    format!("{}'s gateway looks {} up here, and finds {}", to.name, list(&missing), list(&names)),
                );
            }
            None => {
                if let Some(service) = to.service_of(&host) {
                    finding.with_related(
                        to.site(&service.meta, service.meta.name.span),
                        format!("{} has the Service, and no DestinationRule that its gateway sees for it", to.name),
                    );
                }
                for hidden in hidden_rules(to, host, &missing) {
                    let at = hidden.host.map_or(hidden.meta.name.span, |h| h.span);
                    finding.with_related(
                        to.site(&hidden.meta, at),
                        format!("{} is for it, where {}'s gateway does not look", hidden.meta.title(), to.name),
                    );
                }
                if !to.is_complete() {
                    finding.message = format!(
                        "could not verify that {} defines {} {} of {host}: no DestinationRule that was read is for it{}",
                        to.name,
                        if missing.len() == 1 { "subset" } else { "subsets" },
                        list(&missing),
                        and_more(routes.len() - 1, "route")
                    );
                    finding.at_level(Severity::Note);
                }
            }
        }
        finding.with_help(help(fleet, to, host, missing.first().copied().unwrap_or_default(), &rules));
    }
}

fn help(fleet: &Fleet<'_>, to: &Cluster<'_>, host: Host<'_>, subset: &str, rules: &[&DestinationRule<'_>]) -> String {
    let Some(service) = to.service_of(&host) else {
        return format!("define `{subset}` in a DestinationRule for {host} in {}", to.name);
    };
    let carrier = to
        .workloads_of(service)
        .into_iter()
        .find_map(|w| Some((w, *w.labels.iter().find(|(_, v)| v.value == subset)?)));
    let place = match rules.first() {
        Some(rule) => format!("in {} of {}", rule.meta.title(), to.name),
        None => format!("in a DestinationRule for {host} in {}", to.name),
    };
    match carrier {
        Some((workload, label)) => format!(
            "define `{subset}` {place} with {}, the label of {} ({})",
            labels(&vec![label]),
            workload.meta.title(),
            fleet.shown(to.site(&workload.meta, label.1.span))
        ),
        None if !hidden_rules(to, host, &[subset]).is_empty() => format!(
            "move that rule to namespace {}, the Service's own, where {}'s gateway sees it",
            service.meta.namespace.value, to.name
        ),
        None => format!("define `{subset}` {place}, or route to a subset that {} has", to.name),
    }
}

/// Rules that define one of the subsets for the host, and that the cluster's gateway does not see.
fn hidden_rules<'a, 's>(to: &'a Cluster<'s>, host: Host<'s>, subsets: &[&str]) -> Vec<&'a DestinationRule<'s>> {
    to.rules_for(host).filter(|r| r.subsets.iter().any(|s| subsets.contains(&s.name.value))).take(2).collect()
}

/// The host that the SNI is looked up under: a `.global` host that the target itself defines for Pods of its own
/// (evidence G31), else the Service's. An entry by which the target calls others does not count.
pub(super) fn host_there<'s>(fleet: &Fleet<'s>, to: &Cluster<'s>, crossing: &Crossing<'s>) -> Host<'s> {
    let leads_home = |e: &ServiceEntry<'s>| {
        e.workload_selector.is_some()
            || e.endpoints.is_empty()
            || fleet.links_of(to.id, crossing.host).any(|(_, l)| l.at_home)
    };
    let own = crossing.link.is_some() && crossing.sni_host == crossing.host;
    if own && to.entries(crossing.host).any(leads_home) { crossing.host } else { crossing.service }
}

/// The rules that the target's gateway sees for a host: it is a client there like any other (evidence A, B).
pub(super) fn rules_of_gateway<'a, 's>(
    fleet: &Fleet<'s>,
    to: &'a Cluster<'s>,
    host: Host<'s>,
) -> Vec<&'a DestinationRule<'s>> {
    fleet
        .entrance(to.id)
        .namespaces()
        .iter()
        .flat_map(|ns| {
            let applied = to.destination_rules(ns, host);
            applied.rules.into_iter().chain(applied.conditional)
        })
        .collect()
}

/// The definition of a subset that the target's gateway sees.
pub(super) fn seen_by_gateway<'a, 's>(
    fleet: &Fleet<'s>,
    to: &'a Cluster<'s>,
    host: Host<'s>,
    subset: &str,
) -> Option<(&'a DestinationRule<'s>, &'a Subset<'s>)> {
    rules_of_gateway(fleet, to, host).into_iter().find_map(|r| {
        let named = |s: &&Subset<'s>| s.name.value == subset || crate::model::read::unknown(s.name.value);
        Some((r, r.subsets.iter().find(named)?))
    })
}
