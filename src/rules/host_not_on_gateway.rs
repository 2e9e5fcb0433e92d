//! `host-not-on-gateway`: a VirtualService is bound to a gateway that takes none of its hosts.

use rustc_hash::{FxHashMap, FxHashSet};

use super::words::list;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::read::{self, unknown};
use crate::model::{Meta, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/host-not-on-gateway.md"), check);

/// What a gateway takes.
struct Taken<'a, 's> {
    site: Site<'a, 's>,
    /// Its namespace, which `.` stands for.
    home: &'s str,
    /// Its hosts as written.
    written: Vec<&'s str>,
    /// Those of them that all namespaces may have, without and with a `*`: a gateway can have thousands of hosts.
    exact: FxHashSet<&'s str>,
    wildcards: Vec<&'s str>,
}

impl<'a, 's> Taken<'a, 's> {
    fn new(site: Site<'a, 's>, home: &'s str, written: Vec<&'s str>) -> Self {
        let for_all = written.iter().copied().map(|w| w.strip_prefix("*/").unwrap_or(w)).filter(|w| !w.contains('/'));
        let (wildcards, exact): (Vec<_>, Vec<_>) = for_all.partition(|h| h.starts_with('*'));
        Self { site, home, written, exact: exact.into_iter().collect(), wildcards }
    }

    /// Whether a VirtualService of that namespace has one of its hosts.
    fn takes(&self, hosts: &[Text<'s>], client: &str) -> bool {
        let at_once = |v: &Text<'s>| {
            self.exact.contains(v.value) || self.wildcards.iter().any(|wildcard| overlap(wildcard, v.value))
        };
        hosts.iter().any(at_once)
            || self
                .written
                .iter()
                .filter_map(|w| self.open_to(w, client))
                .any(|h| hosts.iter().any(|v| overlap(h, v.value)))
    }

    /// The name of a host, where VirtualServices of that namespace may have it.
    fn open_to(&self, written: &'s str, client: &str) -> Option<&'s str> {
        match written.split_once('/') {
            None => Some(written),
            Some(("*", name)) => Some(name),
            Some((".", name)) => (self.home == client).then_some(name),
            Some((namespace, name)) => (namespace == client).then_some(name),
        }
    }

    /// Which of its hosts are in the way, or what it has.
    fn shown(&self, hosts: &[Text<'s>], client: &str) -> String {
        let is_meant =
            |w: &&&str| w.split_once('/').is_some_and(|(_, name)| hosts.iter().any(|v| overlap(name, v.value)));
        match self.written.iter().find(is_meant) {
            Some(w) => format!("`{w}` is for VirtualServices of one namespace, and this one is in {client}"),
            None => format!("takes {}", list(&self.written)),
        }
    }
}

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut gateways: FxHashMap<(&str, &str), Option<Taken<'_, 's>>> = FxHashMap::default();
    for vs in &cluster.objects.virtual_services {
        let own = vs.meta.namespace.value;
        if vs.hosts.is_empty() || vs.hosts.iter().any(|h| unknown(h.value)) {
            continue;
        }
        for bound in vs.gateways.iter().filter(|g| g.value != "mesh") {
            let key = Cluster::gateway_name(bound.value, own);
            let Some(taken) = gateways.entry(key).or_insert_with(|| taken(cluster, key)) else { continue };
            // Overlays of a Gateway lie beside it, where nothing says which is applied.
            let lies_apart = cluster.input.is_guess && taken.site.place.source != vs.meta.source;
            if lies_apart || taken.takes(&vs.hosts, own) {
                continue;
            }
            let hosts = list(vs.hosts.iter().map(|h| h.value));
            let (title, bound_one) = (taken.site.meta.map(|m| m.title()).unwrap_or_default(), vs.meta.title());
            let what = match (taken.written.is_empty(), vs.hosts.len()) {
                (true, _) => format!("{title}, to which {bound_one} is bound, has no servers"),
                (_, 1) => format!("{title} does not take {hosts}, the host of {bound_one}"),
                _ => format!("{title} takes none of {hosts}, the hosts of {bound_one}"),
            };
            out.report(cluster.site(&vs.meta, bound.span), format!("{what}: nothing reaches its routes there"))
                .with_related(taken.site, taken.shown(&vs.hosts, own))
                .with_help("add the host to the gateway's servers, or correct it in the VirtualService");
        }
    }
}

/// What an Istio Gateway, or one of the Gateway API, takes; `None` where it is not there, or not all of it is known.
fn taken<'a, 's>(cluster: &'a Cluster<'s>, (namespace, name): (&'s str, &'s str)) -> Option<Taken<'a, 's>> {
    let (meta, written, at) = match (cluster.gateway(namespace, name), cluster.api_gateway(namespace, name)) {
        (Some(gateway), _) => {
            let written: Vec<_> = gateway.servers.iter().flat_map(|s| s.hosts.iter().copied()).collect();
            (&gateway.meta, written, gateway.servers.first().map(|s| s.hosts_span))
        }
        (None, Some(meta)) => {
            let written = hostnames(meta)?;
            let at = written.first().map(|h| h.span);
            (meta, written, at)
        }
        (None, None) => return None,
    };
    let site = cluster.site(meta, at.unwrap_or(meta.name.span));
    let names: Vec<&str> = written.iter().map(|h| h.value).collect();
    (!names.iter().any(|h| unknown(h))).then(|| Taken::new(site, namespace, names))
}

/// The host names of the listeners of a Gateway API's Gateway; `None` where one takes all.
fn hostnames<'s>(meta: &Meta<'s>) -> Option<Vec<Text<'s>>> {
    let listeners = read::items(meta.spec(), "listeners");
    listeners.map(|l| read::text(l, "hostname").filter(|h| !h.value.is_empty())).collect()
}

/// Whether there is a name that both cover: `*.example.com` and `shop.example.com`.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    let covers = |pattern: &str, name: &str| match pattern.strip_prefix('*') {
        Some(suffix) => {
            name.strip_prefix('*').unwrap_or(name).to_ascii_lowercase().ends_with(&suffix.to_ascii_lowercase())
        }
        None => pattern.eq_ignore_ascii_case(name),
    };
    covers(a, b) || covers(b, a)
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn hosts_overlap() {
        for (a, b) in [("*", "a.b"), ("*.b.c", "a.b.c"), ("a.b.c", "*.c"), ("*.b.c", "*.c"), ("A.b", "a.B")] {
            assert!(overlap(a, b) && overlap(b, a), "{a} {b}");
        }
        for (a, b) in [("a.b", "b.a"), ("*.b.c", "b.c"), ("*.b.c", "*.d.c")] {
            assert!(!overlap(a, b) && !overlap(b, a), "{a} {b}");
        }
    }
}
