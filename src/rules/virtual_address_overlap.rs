//! Two hosts of one cluster whose virtual addresses overlap (domain.md, section 7; evidence F).

use rustc_hash::{FxHashMap, FxHashSet};

use super::addresses::{
    CLASS_E, Globals, Listens, Taken, Virtual, different_hosts, host, id, listens, of_cluster, own_elsewhere,
};
use super::words::{and_more, list};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;
use crate::model::{Endpoint, RouteKind, ServiceEntry, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/virtual-address-overlap.md"), check);

/// With how many earlier addresses one is compared: more of them at one address only repeat what is said.
const ENOUGH: usize = 64;

/// What two hosts at one address come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Clash {
    /// One listener for both, at that port.
    Tcp(u32),
    /// As before, where one is HTTP: the other takes all.
    Mixed(u32),
    /// Told apart by the Host header, at that port.
    Http(u32),
    /// Told apart by SNI, where routes name it, at that port.
    Sni(u32),
    /// No port in common.
    Ports,
}

/// What judging takes.
struct Context<'a, 's> {
    cluster: &'a Cluster<'s>,
    globals: Globals<'s>,
    /// The names that TLS routes tell apart by SNI.
    sni: FxHashSet<&'s str>,
}

struct Conflict<'a, 's> {
    clash: Clash,
    level: Severity,
    /// Whether the address can mean nothing but these hosts, and be changed.
    is_virtual: bool,
    /// The one that comes first in the files, or has the wider range.
    first: Virtual<'a, 's>,
    second: Virtual<'a, 's>,
    hosts: (Text<'s>, Text<'s>),
}

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut all = of_cluster(cluster);
    // Stable: equal ranges stay in the order of the files.
    all.sort_by_key(|v| v.range);
    let mut conflicts: Vec<Conflict<'_, '_>> = Vec::new();
    let context = Context { cluster, globals: Globals::of(fleet, cluster), sni: sni_names(cluster) };
    let mut stack: Vec<Virtual<'_, '_>> = Vec::new();
    for v in all {
        while stack.last().is_some_and(|top| !top.range.contains(&v.range)) {
            stack.pop();
        }
        let worst = stack.iter().take(ENOUGH).filter_map(|first| context.judge(*first, v));
        // The first of the worst, so that all hosts at an address are reported with the same one.
        conflicts.extend(worst.reduce(|a, b| if b.level > a.level { b } else { a }));
        stack.push(v);
    }
    let mut groups: Vec<Vec<Conflict<'_, '_>>> = Vec::new();
    let mut by_first: FxHashMap<_, usize> = FxHashMap::default();
    let mut pairs = FxHashSet::default();
    for c in conflicts {
        let (a, b) = (id(c.first.entry), id(c.second.entry));
        if !pairs.insert((a, b)) || pairs.contains(&(b, a)) {
            continue;
        }
        let next = groups.len();
        let group = *by_first.entry((a, c.first.range, c.second.range, c.clash, c.level)).or_insert(next);
        if group == next {
            groups.push(Vec::new());
        }
        groups[group].push(c);
    }
    if groups.is_empty() {
        return;
    }
    let mut taken = Taken::of(cluster);
    for group in &groups {
        report(fleet, cluster, group, &mut taken, out);
    }
}

fn report(fleet: &Fleet<'_>, cluster: &Cluster<'_>, group: &[Conflict<'_, '_>], taken: &mut Taken, out: &mut Findings) {
    let Some(c) = group.first() else { return };
    let (a, b) = (c.hosts.0.value, c.hosts.1.value);
    let is_nested = c.first.range != c.second.range;
    let more = and_more(group.len() - 1, "host");
    let shared = if is_nested {
        format!(
            "`{b}` has `{}`, inside `{}` of `{a}`{more}, in {}",
            c.second.text.value, c.first.text.value, cluster.name
        )
    } else {
        format!("`{b}` and `{a}`{more} have the same virtual address `{}` in {}", c.second.text.value, cluster.name)
    };
    let effect = match c.clash {
        Clash::Tcp(port) | Clash::Mixed(port) if is_nested => {
            format!("at port {port} the narrower range wins, so what is meant for `{a}` there reaches `{b}`")
        }
        Clash::Tcp(port) if c.level == Severity::Note => {
            format!("at port {port} only the older entry gets a listener; both lead to the same place")
        }
        Clash::Tcp(port) => {
            format!(
                "at port {port} only the older entry gets a listener, so clients of the other host reach the wrong one"
            )
        }
        Clash::Mixed(port) => {
            format!("port {port} is HTTP for one and TCP for the other, and TCP takes all of its connections")
        }
        Clash::Http(port) => {
            format!(
                "at port {port} they are told apart by the Host header alone, which works only as long as every client sends the right one"
            )
        }
        Clash::Sni(port) => format!("at port {port} they are told apart by SNI alone"),
        Clash::Ports => "it works only as long as they have no port in common".into(),
    };
    let own = if c.second.range.is_single() { "an address" } else { "a range" };
    let proposal = if !c.second.range.is_single() {
        String::new()
    } else if let Some((address, other)) = own_elsewhere(fleet, cluster, c.second.entry, taken) {
        format!(", such as `{address}`, which it has in {other}")
    } else if let Some(free) = taken.give_after(&c.second.range) {
        format!(", such as `{free}`, which is free in {}", cluster.name)
    } else {
        String::new()
    };
    let help = if c.is_virtual {
        format!("give `{b}` {own} of its own{proposal}")
    } else {
        format!(
            "where this is the real address of both, put them into one ServiceEntry; else give `{b}` {own} of its own"
        )
    };
    let doubt = if c.level == Severity::Note { "could not verify that this is meant: " } else { "" };
    let finding = out.report(c.second.site(cluster), format!("{doubt}{shared}: {effect}"));
    finding.at_level(c.level).with_help(help);
    finding.with_label(format!("the address of `{b}`"));
    let says = if is_nested { "lies around it" } else { "is the same" };
    finding.with_related(c.first.site(cluster), format!("`{}`, the address of `{a}`, {says}", c.first.text.value));
    for other in group.iter().skip(1).take(3) {
        finding.with_related(other.second.site(cluster), format!("the address of `{}`, too", other.hosts.1.value));
    }
    if group.len() > 4 {
        let rest = group[4..].iter().map(|o| o.hosts.1.value);
        finding.with_related(group[4].second.site(cluster), format!("and of {}", list(rest)));
    }
}

impl<'a, 's> Context<'a, 's> {
    fn judge(&self, first: Virtual<'a, 's>, second: Virtual<'a, 's>) -> Option<Conflict<'a, 's>> {
        let (a, b) = (first.entry, second.entry);
        if std::ptr::eq(a, b) {
            return None;
        }
        let hosts = different_hosts(a, b)?;
        let clash = clash(&self.sni, a, b);
        let is_nested = first.range != second.range;
        // An address that nobody has, or a host that only the mesh has: nothing but the mesh can be meant by it. Others
        // may be the hosts' real ones, which several hosts may well have in common.
        let is_virtual =
            CLASS_E.contains(&second.range) || self.globals.host(a).is_some() || self.globals.host(b).is_some();
        let level = match clash {
            Clash::Tcp(_) | Clash::Mixed(_) if is_virtual && is_nested => Severity::Warning,
            Clash::Tcp(_) | Clash::Mixed(_) | Clash::Http(_) if is_virtual && !is_nested => Severity::Error,
            _ if is_virtual => Severity::Warning,
            Clash::Tcp(_) if !is_nested => match lead_elsewhere(a, b) {
                Some(true) => Severity::Error,
                Some(false) => Severity::Note,
                None => Severity::Warning,
            },
            Clash::Mixed(_) if !is_nested && lead_elsewhere(a, b) != Some(false) => Severity::Warning,
            _ => return None,
        };
        let seen =
            self.cluster.have_common_client((a, host(self.cluster, a, hosts.0)), (b, host(self.cluster, b, hosts.1)));
        seen.then_some(Conflict { clash, level, is_virtual, first, second, hosts })
    }
}

/// The worst that two entries come to at a port that both have.
fn clash(sni: &FxHashSet<&str>, a: &ServiceEntry<'_>, b: &ServiceEntry<'_>) -> Clash {
    let by_sni = |e: &ServiceEntry<'_>| e.hosts.iter().all(|h| sni.contains(h.value));
    let mut worst = Clash::Ports;
    for p in &a.ports {
        let Some(number) = p.port() else { continue };
        for q in b.ports.iter().filter(|q| q.port() == Some(number)) {
            match (listens(p), listens(q)) {
                (Listens::No, _) | (_, Listens::No) => {}
                (Listens::Http, Listens::Http) => {
                    if matches!(worst, Clash::Ports | Clash::Sni(_)) {
                        worst = Clash::Http(number);
                    }
                }
                (Listens::Tls, Listens::Tls) if by_sni(a) && by_sni(b) => {
                    if worst == Clash::Ports {
                        worst = Clash::Sni(number);
                    }
                }
                (Listens::Http, _) | (_, Listens::Http) => return Clash::Mixed(number),
                _ => return Clash::Tcp(number),
            }
        }
    }
    worst
}

/// The names that TLS routes tell apart by SNI.
fn sni_names<'s>(cluster: &Cluster<'s>) -> FxHashSet<&'s str> {
    let routes = cluster.objects.virtual_services.iter().flat_map(|vs| &vs.routes);
    routes.filter(|r| r.kind == RouteKind::Tls).flat_map(|r| &r.sni_hosts).map(|sni| sni.value).collect()
}

/// Whether two entries send what they take to different places; `None` where files do not tell.
fn lead_elsewhere(a: &ServiceEntry<'_>, b: &ServiceEntry<'_>) -> Option<bool> {
    if a.resolution() == "NONE" && b.resolution() == "NONE" {
        return Some(false);
    }
    let to = |e: &ServiceEntry<'_>| -> Option<Vec<String>> {
        if e.endpoints.is_empty() || e.workload_selector.is_some() {
            return None;
        }
        let of = |e: &Endpoint<'_>| e.address.map(|a| a.value.to_string()).filter(|a| !unknown(a));
        e.endpoints.iter().map(of).collect()
    };
    let (to_a, to_b) = (to(a)?, to(b)?);
    Some(!to_a.iter().any(|x| to_b.contains(x)))
}
