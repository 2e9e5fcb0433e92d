//! What the rules on virtual addresses share.

use rustc_hash::FxHashMap;

use crate::mesh::{Cluster, Fleet, Site, is_looked_up};
use crate::model::host::{Global, global};
use crate::model::read::unknown;
use crate::model::{Address, Host, Range, ServiceEntry, ServicePort, Text};

/// Addresses that nobody has: what virtual addresses are taken from by convention.
pub(super) const CLASS_E: Range = Range::v4([240, 0, 0, 0], 4);
/// What Istio allocates from for ServiceEntries without an address.
pub(super) const AUTO: &[Range] = &[Range::v4([240, 240, 0, 0], 16), Range::v6([0x2001, 2, 0, 0], 48)];
/// Ranges that are nobody's on the Internet, from which an address can be taken.
pub(super) const POOLS: &[Range] = &[
    CLASS_E,
    Range::v4([10, 0, 0, 0], 8),
    Range::v4([172, 16, 0, 0], 12),
    Range::v4([192, 168, 0, 0], 16),
    Range::v4([100, 64, 0, 0], 10),
    Range::v6([0xfc00, 0, 0, 0], 7),
];

/// An address of a ServiceEntry.
#[derive(Clone, Copy)]
pub(super) struct Virtual<'a, 's> {
    /// The entry.
    pub(super) entry: &'a ServiceEntry<'s>,
    /// The address as written.
    pub(super) text: Text<'s>,
    /// What it is.
    pub(super) range: Range,
}

impl<'a, 's> Virtual<'a, 's> {
    /// Its place.
    pub(super) fn site(&self, cluster: &'a Cluster<'s>) -> Site<'a, 's> {
        cluster.site(&self.entry.meta, self.text.span)
    }
}

/// All addresses of a cluster's ServiceEntries that are IPs or CIDRs, in the order of the files.
pub(super) fn of_cluster<'a, 's>(cluster: &'a Cluster<'s>) -> Vec<Virtual<'a, 's>> {
    let of = |entry: &'a ServiceEntry<'s>| {
        entry
            .addresses
            .iter()
            .filter_map(move |text| Some(Virtual { entry, text: *text, range: Address::read(text.value).range()? }))
    };
    cluster.objects.service_entries.iter().flat_map(of).collect()
}

/// Whether a host ends in the suffix of hosts of other clusters.
pub(super) fn is_global(fleet: &Fleet<'_>, host: &str) -> bool {
    global(host, &fleet.settings.global_suffix) != Global::No
}

/// The entry's first host that stands for a Service of another cluster.
pub(super) fn global_host<'s>(fleet: &Fleet<'s>, entry: &ServiceEntry<'s>) -> Option<Text<'s>> {
    // `global` is a top-level domain, too.
    entry.hosts.iter().copied().find(|h| is_global(fleet, h.value) && !is_looked_up(entry))
}

/// How Istio listens at a port of a ServiceEntry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listens {
    /// Hosts that share it are told apart by the Host header.
    Http,
    /// By SNI, where a route names it; else the first takes all.
    Tls,
    /// The first takes all: TCP, and what is found out from the first bytes.
    Tcp,
    /// Not at all.
    No,
}

/// How Istio listens there (evidence F).
pub(super) fn listens(port: &ServicePort<'_>) -> Listens {
    let protocol = port.protocol.map_or("", |p| p.value);
    match protocol.to_ascii_uppercase().as_str() {
        "HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB" | "HTTP_PROXY" => Listens::Http,
        "HTTPS" | "TLS" => Listens::Tls,
        "UDP" => Listens::No,
        _ if unknown(protocol) => Listens::No,
        _ => Listens::Tcp,
    }
}

/// Which addresses of a cluster are taken, for finding a free one.
pub(super) struct Taken {
    sorted: Vec<Range>,
    /// The last address given out of each pool, so that no two findings propose the same.
    given: FxHashMap<Range, Range>,
}

impl Taken {
    /// Those of ServiceEntries, Services and the ranges that the configuration gives.
    pub(super) fn of(cluster: &Cluster<'_>) -> Self {
        let mut sorted: Vec<Range> = of_cluster(cluster).iter().map(|v| v.range).collect();
        for service in &cluster.objects.services {
            let ips = service.cluster_ip.iter().chain(&service.cluster_ips);
            sorted.extend(ips.filter_map(|ip| Address::read(ip.value).range()));
        }
        if let Some(config) = cluster.config {
            let ranges = config.pod_ranges.iter().chain(&config.service_ranges).chain(&config.node_ranges);
            sorted.extend(ranges.map(|r| Range::from(*r)));
        }
        sorted.extend_from_slice(AUTO);
        sorted.sort_unstable();
        sorted.dedup();
        Self { sorted, given: FxHashMap::default() }
    }

    /// Whether that range, or a wider one around it, is taken.
    pub(super) fn has(&self, range: &Range) -> bool {
        range.and_wider().any(|r| self.is_listed(&r))
    }

    fn is_listed(&self, range: &Range) -> bool {
        self.sorted.binary_search(range).is_ok()
    }

    /// The next address behind `range` in the same pool that nothing has, another one with each call.
    pub(super) fn give_after(&mut self, range: &Range) -> Option<Range> {
        let pool = POOLS.iter().find(|p| p.contains(range))?;
        let mut next = self.given.get(pool).unwrap_or(range).after()?;
        // Each step goes beyond a range that is taken, or an edge between two.
        for _ in 0..3 * (self.sorted.len() + 1) {
            if !pool.contains(&next) {
                return None;
            }
            let taken = next.and_wider().filter(|r| self.is_listed(r)).last();
            match taken {
                Some(taken) => next = taken.after()?,
                None if next.is_edge() => next = next.after()?,
                None => {
                    self.given.insert(*pool, next);
                    return Some(next);
                }
            }
        }
        None
    }

    /// An address from 240.0.0.0/4 that nothing has, near those in use.
    pub(super) fn give(&mut self) -> Option<Range> {
        let first = self.sorted.iter().find(|r| r.is_single() && CLASS_E.contains(r) && !r.is_in(AUTO)).copied();
        self.give_after(&first.unwrap_or(Range::v4([240, 0, 0, 1], 32)))
    }
}

/// The first host of `a` that `b` does not have, where both have one the other lacks: two entries for one host are one
/// service to Istio, not two at one address.
pub(super) fn different_hosts<'s>(a: &ServiceEntry<'s>, b: &ServiceEntry<'s>) -> Option<(Text<'s>, Text<'s>)> {
    let lacking = |x: &ServiceEntry<'s>, y: &ServiceEntry<'s>| {
        x.hosts.iter().copied().find(|h| !unknown(h.value) && y.hosts.iter().all(|o| o.value != h.value))
    };
    let known = |e: &ServiceEntry<'s>| e.hosts.iter().all(|h| !unknown(h.value));
    (known(a) && known(b)).then(|| Some((lacking(a, b)?, lacking(b, a)?)))?
}

/// The host of a text of this entry.
pub(super) fn host<'s>(cluster: &Cluster<'s>, entry: &ServiceEntry<'s>, text: Text<'s>) -> Host<'s> {
    cluster.host(text.value, entry.meta.namespace.value)
}

/// The first host of an entry, where none of its hosts is that one.
pub(super) fn different_host<'s>(cluster: &Cluster<'s>, entry: &ServiceEntry<'s>, other: Host<'s>) -> Option<Text<'s>> {
    let is_other = |h: &Text<'s>| unknown(h.value) || host(cluster, entry, *h) == other;
    if entry.hosts.iter().any(is_other) { None } else { entry.hosts.first().copied() }
}

/// The address that another cluster has for the entry's host, where it is free here.
pub(super) fn own_elsewhere<'s>(
    fleet: &Fleet<'s>,
    cluster: &Cluster<'s>,
    entry: &ServiceEntry<'s>,
    taken: &Taken,
) -> Option<(Range, &'s str)> {
    let [host] = entry.hosts.as_slice() else { return None };
    let others = fleet.clusters.iter().filter(|c| c.id != cluster.id);
    let mut found = others.flat_map(|c| {
        let same = c.entries(c.host(host.value, entry.meta.namespace.value));
        same.flat_map(|e| &e.addresses).map(|a| (a, c.name))
    });
    found.find_map(|(a, name)| {
        let range = Address::read(a.value).range().filter(|r| r.is_single() && !taken.has(r))?;
        Some((range, name))
    })
}
