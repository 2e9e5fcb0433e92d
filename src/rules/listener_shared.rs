//! `listener-shared`: two Gateways listen for the same hostname at the same port.

use rustc_hash::FxHashMap;

use super::api_routes::gateways;
use super::listeners::{key, shown};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/listener-shared.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut first: FxHashMap<_, &Meta<'_>> = FxHashMap::default();
    let all: Vec<_> = gateways(cluster).collect();
    let mut pairs = Vec::new();
    for gateway in &all {
        for listener in gateway.listeners.iter().filter(|l| l.hostname.is_some()) {
            let Some(key) = key(listener) else { continue };
            let other = *first.entry(key).or_insert(gateway.meta);
            if other.name.value != gateway.meta.name.value {
                pairs.push((key, listener, gateway.meta, other));
            }
        }
    }
    // Each of the two says so once; a third one says so of the first.
    let mut told: FxHashMap<_, ()> = FxHashMap::default();
    for (key, listener, meta, other) in pairs {
        let at = listener.hostname.map_or(meta.name.span, |h| h.span);
        report(cluster, key, (meta, at), other, out);
        if told.insert((key, other.namespace.value, other.name.value), ()).is_none() {
            let theirs = all.iter().find(|g| std::ptr::eq(g.meta, other));
            let same = theirs.and_then(|g| g.listeners.iter().find(|l| super::listeners::key(l) == Some(key)));
            let at = same.and_then(|l| l.hostname).map_or(other.name.span, |h| h.span);
            report(cluster, key, (other, at), meta, out);
        }
    }
}

fn report(
    cluster: &Cluster<'_>,
    key: (&str, u32, &str),
    (meta, at): (&Meta<'_>, crate::source::Span),
    other: &Meta<'_>,
    out: &mut Findings,
) {
    let message = format!(
        "{} and {} both listen for {}: which of them clients reach, DNS alone decides",
        meta.title(),
        other.title(),
        shown(key)
    );
    out.report(cluster.site(meta, at), message)
        .with_related(cluster.site(other, other.name.span), "the other Gateway")
        .with_help("that is right for two ways in, each with its address; else give them hostnames of their own");
}
