//! A port of a `.global` ServiceEntry that the Service in the target cluster does not have.

use rustc_hash::FxHashSet;

use super::words::list;
use super::{Findings, Rule};
use crate::mesh::{Fleet, Origin};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/remote-port-missing.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for crossing in fleet.crossings.iter().filter(|c| matches!(c.origin, Origin::Entry)) {
        let (from, to) = (fleet.cluster(crossing.from), fleet.cluster(crossing.to));
        let (Some(link), Some(number)) = (crossing.link.map(|i| fleet.link(i)), crossing.port) else { continue };
        let Some(service) = to.service_of(&crossing.service) else { continue };
        if service.port(number).is_some() || service.ports.iter().any(|p| p.port().is_none()) {
            continue;
        }
        let entry = link.entry(from);
        let Some(port) = entry.ports.iter().find(|p| p.port() == Some(number)) else { continue };
        let site = from.site(&entry.meta, port.number_span());
        if !seen.insert((site.place, crossing.to)) {
            continue;
        }
        let numbers: Vec<u32> = service.ports.iter().filter_map(|p| p.port()).collect();
        let finding = out.report(
            site,
            format!(
                "Service {} in {} has no port {number}, to which `{}` leads from {}",
                crossing.service, to.name, link.host.value, from.name
            ),
        );
        finding.with_label(format!("leaves {} as {}", from.name, crossing.sni(fleet)));
        if let Some(first) = service.ports.first() {
            finding.with_related(
                to.site(&service.meta, first.number_span()),
                format!("{} has {}", to.name, list(&numbers)),
            );
        }
        let same_name =
            port.name.and_then(|n| service.ports.iter().find(|p| p.name.is_some_and(|m| m.value == n.value)));
        match same_name.or(service.ports.first().filter(|_| service.ports.len() == 1)).and_then(|p| p.port()) {
            Some(right) => {
                finding.with_help(format!("write `number: {right}`; the SNI carries the Service's own port number"))
            }
            None => finding.with_help(format!("use one of {}", list(&numbers))),
        };
    }
}
