//! An endpoint whose address says one cluster and whose label or network says another.

use rustc_hash::FxHashMap;

use super::words::and_more;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Evidence, EvidenceKind, Fleet, Link};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/endpoint-cluster-contradicted.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    // One address, one claim about it: however many hosts it serves.
    let mut groups: Vec<Vec<&Link<'_>>> = Vec::new();
    let mut group_of = FxHashMap::default();
    for link in fleet.links().iter().filter(|l| l.is_contradicted()) {
        let strong = &link.evidence[0];
        let Some(weak) = link.evidence.iter().find(|e| e.to != strong.to) else { continue };
        let key = (link.from, what(fleet, link, strong), what(fleet, link, weak));
        let at = *group_of.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[at].push(link);
    }
    for links in &groups {
        let link = links[0];
        let from = fleet.cluster(link.from);
        let strong = &link.evidence[0];
        let Some(weak) = link.evidence.iter().find(|e| e.to != strong.to) else { continue };
        let meta = &link.entry(from).meta;
        let site = from.site(meta, strong.value.span);
        // The hosts of one ServiceEntry share its endpoints.
        let mut places: Vec<_> =
            links.iter().map(|l| from.site(&l.entry(from).meta, l.endpoint(from).span).place).collect();
        places.sort_unstable_by_key(|p| (p.source.0, p.span));
        places.dedup();
        let more = and_more(places.len() - 1, "endpoint");
        let (a, b) = (fleet.cluster(strong.to), fleet.cluster(weak.to));
        let finding = out.report(
            site,
            format!(
                "{} leads to {}, but {} says {}{more}",
                what(fleet, link, strong),
                a.name,
                what(fleet, link, weak),
                b.name
            ),
        );
        // A variable's name is not its value.
        if weak.kind == EvidenceKind::Placeholder {
            finding.at_level(Severity::Warning);
        }
        finding.with_label(format!("{}'s", a.name));
        finding.with_related(from.site(meta, weak.value.span), format!("says {}", b.name));
        if let Some(service) = strong.service(a) {
            let at = service
                .outside
                .iter()
                .find(|o| o.value == strong.value.value)
                .map_or(service.meta.name.span, |o| o.span);
            finding.with_related(
                a.site(&service.meta, at),
                format!("the address of {} in {}", service.meta.title(), a.name),
            );
        }
        let entrance = fleet.entrance(b.id);
        let right = entrance.services(b).flat_map(|s| &s.outside).find(|o| !crate::model::read::unknown(o.value));
        match right {
            Some(address) if strong.kind == EvidenceKind::Address => finding
                .with_help(format!("write `{}`, {}'s gateway, or correct what says {}", address.value, b.name, b.name)),
            _ => finding.with_help("make both say the same cluster"),
        };
    }
}

fn what(fleet: &Fleet<'_>, link: &Link<'_>, evidence: &Evidence<'_>) -> String {
    let value = evidence.value.value;
    match evidence.kind {
        EvidenceKind::Address => format!("address `{value}`"),
        EvidenceKind::Network => format!("network `{value}`"),
        EvidenceKind::Label => {
            let labels = &link.endpoint(fleet.cluster(link.from)).labels;
            let key = labels.iter().find(|(_, v)| v.span == evidence.value.span).map_or("cluster", |(k, _)| k.value);
            format!("label `{key}: {value}`")
        }
        EvidenceKind::Host => format!("host `{value}`"),
        EvidenceKind::Placeholder => format!("the name of `{value}`"),
    }
}
