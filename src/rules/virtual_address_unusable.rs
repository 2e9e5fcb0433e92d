//! A virtual address that no client can dial: loopback, multicast, unspecified, broadcast, or no address at all.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::{Address, Range};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/virtual-address-unusable.md"), check);

const UNUSABLE: &[(Range, &str)] = &[
    (Range::v4([127, 0, 0, 0], 8), "a loopback address, which never leaves the Pod"),
    (Range::v4([224, 0, 0, 0], 4), "a multicast address"),
    (Range::v4([255, 255, 255, 255], 32), "the broadcast address"),
    (Range::v4([0, 0, 0, 0], 32), "the unspecified address"),
    (Range::v6([0xff00, 0, 0, 0], 8), "a multicast address"),
    // :: and ::1
    (Range::v6([0, 0, 0, 0], 127), "the unspecified or the loopback address"),
];

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for entry in &cluster.objects.service_entries {
        let host = entry.hosts.first().map_or("", |h| h.value);
        for text in &entry.addresses {
            let why = match Address::read(text.value) {
                Address::Unknown => continue,
                Address::Invalid => "is neither an IP address nor a CIDR".to_string(),
                Address::Range(range) => match UNUSABLE.iter().find(|(r, _)| r.contains(&range)) {
                    Some((_, why)) => format!("is {why}"),
                    None => continue,
                },
            };
            out.report(cluster.site(&entry.meta, text.span), format!("the address `{}` of `{host}` {why}", text.value))
                .with_label("no client can dial this")
                .with_help(help(text.value));
        }
    }
}

fn help(text: &str) -> String {
    // `240.0.0.2:80`: the port has a place of its own.
    let ip = text.rsplit_once(':').map(|(ip, _)| ip.trim_matches(['[', ']']));
    match ip.filter(|ip| Address::read(ip).range().is_some_and(|r| r.is_single())) {
        Some(ip) if Address::read(text) == Address::Invalid => {
            format!("write `{ip}`: ports stand under `spec.ports`")
        }
        _ => "take an address that nothing else has, such as one from 240.0.0.0/4".into(),
    }
}
