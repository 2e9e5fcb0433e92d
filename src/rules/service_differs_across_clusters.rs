//! The same Service with other ports, headless here and not there, or of another type, in clusters of one mesh
//! (domain.md, section 6; evidence C). `nodePort`, `clusterIP` values and `targetPort` may differ.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::differences::{Difference, Side, split};
use super::protocols::of_service;
use super::spread::{self, Member, Pods, Spread};
use super::words::and_more;
use super::{Findings, Rule, exports};
use crate::finding::Severity;
use crate::mesh::Fleet;
use crate::model::ServicePort;
use crate::model::read::{key_span, unknown};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/service-differs-across-clusters.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut reported = FxHashSet::default();
    let exports = exports::all(fleet);
    for spread in spread::all(fleet) {
        // What is shown for a part of the clusters is not said again of all that have the Service.
        if are_alike(&spread.members) || (!spread.is_shown && reported.contains(&spread.host)) {
            continue;
        }
        // Where nothing but their export joins them, what counts is what `service-export-conflict` compares.
        let key = spread.members.first().map(|m| (m.service.meta.namespace.value, m.service.meta.name.value));
        if !spread.is_shown && key.and_then(|k| exports.get(&k)).is_some_and(|e| e.len() > 1) {
            continue;
        }
        let all = in_ports(&spread).into_iter().chain(headless(&spread)).chain(kind(&spread));
        // One of them is enough where they may have nothing to do with each other.
        for difference in all.take(if spread.is_shown { usize::MAX } else { 1 }) {
            difference.report(&spread, out);
            reported.insert(spread.host);
        }
    }
}

/// The members whose ports can be compared.
fn with_known_ports<'a, 's>(spread: &Spread<'a, 's>) -> Vec<Member<'a, 's>> {
    let is_known = |p: &ServicePort<'_>| {
        let texts = [p.name, p.protocol, p.app_protocol];
        p.port().is_some() && !texts.iter().flatten().any(|t| unknown(t.value))
    };
    let all = spread.members.iter().copied();
    all.filter(|m| !m.service.is_external_name() && m.service.ports.iter().all(is_known)).collect()
}

/// What their ports differ in: one difference of each kind, which says of how many more ports it is true.
fn in_ports<'a, 's>(spread: &Spread<'a, 's>) -> Vec<Difference<'a, 's>> {
    let members = with_known_ports(spread);
    let mut names: Vec<&str> = members.iter().flat_map(|m| m.service.ports.iter().map(name)).collect();
    let mut numbers: Vec<u32> = members.iter().flat_map(|m| m.service.ports.iter().filter_map(|p| p.port())).collect();
    names.sort_unstable();
    names.dedup();
    numbers.sort_unstable();
    numbers.dedup();
    let of_name = |n: &str| {
        let found = members.iter().filter_map(move |m| m.service.ports.iter().find(|p| name(p) == n).map(|p| (*m, p)));
        found.collect::<Vec<_>>()
    };
    let of_number = |n: u32| members.iter().filter_map(|m| Some((*m, m.service.port(n)?))).collect::<Vec<_>>();
    let kinds = [
        names.iter().filter_map(|n| number_differs(spread, n, of_name(n))).collect::<Vec<_>>(),
        numbers.iter().filter_map(|n| name_differs(spread, *n, of_number(*n), &of_name)).collect(),
        names.iter().filter_map(|n| protocol_differs(spread, n, of_name(n))).collect(),
        numbers.iter().filter_map(|n| extra(spread, *n, &members)).collect(),
    ];
    let first_of_kind = |kind: Vec<Difference<'a, 's>>| {
        let more = kind.len().saturating_sub(1);
        kind.into_iter().next().map(|mut d| {
            d.what += &and_more(more, "port");
            d
        })
    };
    kinds.into_iter().filter_map(first_of_kind).collect()
}

fn number_differs<'a, 's>(
    spread: &Spread<'a, 's>,
    name: &str,
    ports: Vec<(Member<'a, 's>, &'a ServicePort<'s>)>,
) -> Option<Difference<'a, 's>> {
    let number = |p: &ServicePort<'_>| p.port().unwrap_or_default();
    let sides = split(spread, ports.iter().map(|(m, p)| (*m, p.number_span(), format!("is `{}`", number(p)))))?;
    let one_network = is_one_network(&sides);
    let right = sides.last().map(|s| s.value.replace("is ", "")).unwrap_or_default();
    Some(Difference {
        level: if one_network { Severity::Warning } else { Severity::Error },
        what: shown(name),
        effect: if one_network {
            "calls find the endpoints by the port's name, and miss them as soon as the clusters are on two networks"
                .into()
        } else {
            "the name under which a call crosses to the other network holds the number, and the gateway there knows no such port".into()
        },
        help: format!("use one number, such as {right}, in all clusters"),
        sides,
    })
}

fn name_differs<'a, 's>(
    spread: &Spread<'a, 's>,
    number: u32,
    ports: Vec<(Member<'a, 's>, &'a ServicePort<'s>)>,
    of_name: &dyn Fn(&str) -> Vec<(Member<'a, 's>, &'a ServicePort<'s>)>,
) -> Option<Difference<'a, 's>> {
    // Names that are there under another number have been reported for that: swapped ones.
    let elsewhere = |p: &ServicePort<'_>| of_name(name(p)).iter().any(|(_, other)| other.port() != Some(number));
    if ports.iter().any(|(_, p)| elsewhere(p)) {
        return None;
    }
    let said = |p: &ServicePort<'_>| match name(p) {
        "" => "has no name".to_string(),
        name => format!("is named `{name}`"),
    };
    let place = |p: &ServicePort<'_>| p.name.map_or(p.span, |n| n.span);
    let sides = split(spread, ports.iter().map(|(m, p)| (*m, place(p), said(p))))?;
    let right =
        sides.last().map(|s| s.value.replace("is named", "name it").replace("has", "give it")).unwrap_or_default();
    Some(Difference {
        level: Severity::Error,
        what: format!("port {number}"),
        effect: "endpoints of other clusters are found by the port's name, so neither side uses the other's (503 UH where it has none itself)".into(),
        help: format!("{right} in all clusters"),
        sides,
    })
}

fn protocol_differs<'a, 's>(
    spread: &Spread<'a, 's>,
    name: &str,
    ports: Vec<(Member<'a, 's>, &'a ServicePort<'s>)>,
) -> Option<Difference<'a, 's>> {
    let said = |p: &'a ServicePort<'s>| match of_service(p) {
        Cow::Borrowed("auto") => "says no protocol".to_string(),
        protocol => format!("is `{protocol}`"),
    };
    let place = |p: &ServicePort<'_>| p.app_protocol.or(p.protocol).or(p.name).map_or(p.span, |t| t.span);
    let sides = split(spread, ports.iter().map(|(m, p)| (*m, place(p), said(p))))?;
    Some(Difference {
        level: Severity::Warning,
        what: shown(name),
        effect:
            "each cluster's clients go by their own Service, so routes and retries of one do not apply in the other"
                .into(),
        help: "give it one protocol in all clusters".into(),
        sides,
    })
}

/// A port that is in some clusters only, by its number and by its name.
fn extra<'a, 's>(spread: &Spread<'a, 's>, number: u32, members: &[Member<'a, 's>]) -> Option<Difference<'a, 's>> {
    let names: Vec<&str> = members.iter().filter_map(|m| m.service.port(number)).map(name).collect();
    let lacks =
        |m: &Member<'a, 's>| !m.service.ports.iter().any(|p| p.port() == Some(number) || names.contains(&name(p)));
    if members.iter().any(|m| m.service.port(number).is_none() && !lacks(m)) {
        return None;
    }
    let place = |m: &Member<'a, 's>| match m.service.port(number) {
        Some(port) => (port.number_span(), "is there"),
        None => (key_span(m.service.meta.spec(), "ports"), "is missing"),
    };
    let sides = split(spread, members.iter().map(|m| (*m, place(m).0, place(m).1.to_string())))?;
    Some(Difference {
        level: Severity::Warning,
        what: match names.first() {
            Some(name) if !name.is_empty() => format!("port {number} (`{name}`)"),
            _ => format!("port {number}"),
        },
        effect: "a cluster calls only the ports that its own Service has, and finds endpoints only where they are there, too".into(),
        help: format!("give the Service port {number} in all clusters, or in none"),
        sides,
    })
}

/// Headless where it is called, and not where the Pods are (evidence C13, C14).
fn headless<'a, 's>(spread: &Spread<'a, 's>) -> Option<Difference<'a, 's>> {
    let members = spread.members.iter().copied().filter(|m| !m.service.is_external_name());
    let (without, with): (Vec<_>, Vec<_>) = members.partition(|m| m.service.is_headless());
    let pods = |state| with.iter().any(|m| spread.pods(m) == state);
    let calls = |m: &Member<'a, 's>| spread.pods(m) == Pods::None || m.is_routed_to();
    let level = match (pods(Pods::Some), pods(Pods::Unknown)) {
        (true, _) if without.iter().any(calls) => Severity::Error,
        (true, _) => Severity::Warning,
        (false, true) => Severity::Note,
        // Headless in the target alone: that works.
        (false, false) => return None,
    };
    let mut odd = without;
    odd.sort_by_key(|m| !calls(m));
    let place = |m: &Member<'a, 's>| m.service.cluster_ip.map_or(m.service.meta.name.span, |c| c.span);
    let side = |members: Vec<Member<'a, 's>>, value: &str| Side {
        value: value.into(),
        members: members.into_iter().map(|m| (m, place(&m))).collect(),
    };
    let sides = vec![side(odd, "is `None`"), side(with, "is an address")];
    (!sides[0].members.is_empty() && !sides[1].members.is_empty()).then(|| Difference {
        level,
        what: "`clusterIP`".into(),
        effect: "a client of a headless Service dials the Pods that its own cluster's DNS gives, and never reaches those of others".into(),
        help: "make it headless in no cluster, or in all; clusters that call it from outside need a clusterIP".into(),
        sides,
    })
}

/// Another type: the mesh has no endpoints for ExternalName, and treats the others alike (evidence C16).
fn kind<'a, 's>(spread: &Spread<'a, 's>) -> Option<Difference<'a, 's>> {
    let members = spread.members.iter().copied();
    let known = members.filter(|m| m.service.kind.is_none_or(|k| !unknown(k.value)));
    let place = |m: &Member<'a, 's>| m.service.kind.map_or(m.service.meta.name.span, |k| k.span);
    let sides = split(spread, known.map(|m| (m, place(&m), format!("is `{}`", m.service.service_type()))))?;
    let is_alias = spread.members.iter().any(|m| m.service.is_external_name());
    Some(Difference {
        level: if is_alias { Severity::Warning } else { Severity::Note },
        what: "the type".into(),
        effect: if is_alias {
            "a cluster in which it is an alias knows no endpoints of it, in any cluster".into()
        } else {
            "inside the mesh that makes no difference".into()
        },
        help: "give it one type in all clusters, where that is not meant".into(),
        sides,
    })
}

/// Whether all are on one network: each says the same, or none says any.
fn is_one_network(sides: &[Side<'_, '_>]) -> bool {
    let mut networks = sides.iter().flat_map(|s| &s.members).map(|(m, _)| m.cluster.mesh.network().map(|n| n.value));
    let first = networks.next().flatten();
    networks.all(|n| n == first)
}

/// Whether nothing of it differs, as most do not.
fn are_alike(members: &[Member<'_, '_>]) -> bool {
    let [first, rest @ ..] = members else { return true };
    let port = |p: &ServicePort<'_>, q: &ServicePort<'_>| {
        name(p) == name(q) && p.port() == q.port() && of_service(p) == of_service(q)
    };
    rest.iter().all(|m| {
        let (a, b) = (first.service, m.service);
        a.is_headless() == b.is_headless()
            && a.service_type() == b.service_type()
            && a.ports.len() == b.ports.len()
            && a.ports.iter().zip(&b.ports).all(|(p, q)| port(p, q))
    })
}

fn name<'s>(port: &ServicePort<'s>) -> &'s str {
    port.name.map_or("", |n| n.value)
}

fn shown(name: &str) -> String {
    if name.is_empty() { "the unnamed port".into() } else { format!("port `{name}`") }
}
