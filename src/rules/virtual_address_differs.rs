//! A `.global` host with another address in each cluster, or one address for different hosts: legal, and a trap for
//! people (domain.md, section 7).

use rustc_hash::FxHashMap;

use super::addresses::Virtual;
use super::meshes::names;
use super::words::list;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, GlobalEntry};
use crate::model::{Address, Range, Text};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/virtual-address-differs.md"), check);

/// A `.global` host with an address in one cluster.
#[derive(Clone, Copy)]
struct Said<'a, 's> {
    cluster: &'a Cluster<'s>,
    host: Text<'s>,
    address: Virtual<'a, 's>,
}

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut by_host: FxHashMap<&str, Vec<Said<'_, '_>>> = FxHashMap::default();
    let mut by_address: FxHashMap<Range, Vec<Said<'_, '_>>> = FxHashMap::default();
    for said in fleet.global_entries.iter().filter_map(|g| of(fleet, g)) {
        by_host.entry(said.host.value).or_default().push(said);
        by_address.entry(said.address.range).or_default().push(said);
    }
    for all in by_host.values() {
        let Some(odd) = odd(all, |s| s.address.range) else { continue };
        let differs = |s: &&Said<'_, '_>| s.address.range != odd.address.range && s.cluster.id != odd.cluster.id;
        let rest: Vec<_> = all.iter().filter(differs).collect();
        if rest.is_empty() {
            continue;
        }
        let (host, address) = (odd.host.value, odd.address.text.value);
        let finding = out.report(
            odd.address.site(odd.cluster),
            format!(
                "`{host}` has the address `{address}` in {}, and {} in {}",
                odd.cluster.name,
                list(distinct(rest.iter().map(|s| s.address.text.value))),
                names(rest.iter().map(|s| s.cluster.name))
            ),
        );
        finding.with_label(format!("its address in {}", odd.cluster.name));
        for other in rest.iter().take(4) {
            finding.with_related(other.address.site(other.cluster), format!("its address in {}", other.cluster.name));
        }
        finding.with_help("it works like this; one address for the host in all clusters is easier to follow");
    }
    for all in by_address.values() {
        let Some(odd) = odd(all, |s| s.host.value) else { continue };
        // Two hosts of one cluster are `virtual-address-overlap`'s.
        let rest: Vec<_> =
            all.iter().filter(|s| s.host.value != odd.host.value && s.cluster.id != odd.cluster.id).collect();
        let Some(first) = rest.first() else { continue };
        let finding = out.report(
            odd.address.site(odd.cluster),
            format!(
                "`{}` stands for `{}` in {}, and for {} in {}",
                odd.address.text.value,
                odd.host.value,
                odd.cluster.name,
                list(distinct(rest.iter().map(|s| s.host.value))),
                names(rest.iter().map(|s| s.cluster.name))
            ),
        );
        finding.with_label(format!("the address of `{}`", odd.host.value));
        finding.with_related(first.address.site(first.cluster), format!("the address of `{}`", first.host.value));
        finding.with_help("it works like this; an address that means one host in all clusters is easier to follow");
    }
}

/// A `.global` host with the first address of its entry, where that has no other host.
fn of<'a, 's>(fleet: &'a Fleet<'s>, global: &GlobalEntry<'s>) -> Option<Said<'a, 's>> {
    let cluster = fleet.cluster(global.cluster);
    let entry = global.entry(cluster);
    let text = *entry.addresses.first().filter(|_| entry.hosts.len() == 1)?;
    let range = Address::read(text.value).range()?;
    Some(Said { cluster, host: global.host, address: Virtual { entry, text, range } })
}

/// The last of those whose value is the rarest; `None` where all have the same.
fn odd<'a, 's, K: PartialEq>(all: &[Said<'a, 's>], key: impl Fn(&Said<'a, 's>) -> K) -> Option<Said<'a, 's>> {
    let count = |s: &Said<'a, 's>| all.iter().take(64).filter(|o| key(o) == key(s)).count();
    let first = key(all.first()?);
    if all.iter().all(|s| key(s) == first) {
        return None;
    }
    all.iter().take(64).rev().min_by_key(|s| count(s)).copied()
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = names.collect();
    all.sort_unstable();
    all.dedup();
    all
}
