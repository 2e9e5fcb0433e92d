//! A `.global` host whose endpoints Istio never dials.

use std::net::IpAddr;

use super::words::and_more;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Host;
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/global-resolution.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for global in fleet.global_entries.iter().filter(|g| g.cluster == cluster.id) {
        let entry = global.entry(cluster);
        if !global.is_first(fleet, cluster) {
            continue;
        }
        let host = global.host.value;
        let at = cluster.site(&entry.meta, entry.resolution.map_or(global.host.span, |r| r.span));
        // Another ServiceEntry for the same host may bring the endpoints.
        let lacks_endpoints = || {
            let mut all = cluster.entries(Host::Name(host));
            all.all(|e| e.endpoints.is_empty() && e.workload_selector.is_none())
        };
        match entry.resolution() {
            "NONE" => {
                let written =
                    if entry.resolution.is_some() { "resolution NONE" } else { "no resolution, which means NONE" };
                out.report(
                    at,
                    format!(
                        "`{host}` has {written}: calls go to the address that the caller dialled, and to no endpoint"
                    ),
                )
                .with_help("write `resolution: DNS`, or STATIC where all endpoints are IP addresses");
            }
            "STATIC" if lacks_endpoints() => {
                out.report(at, format!("`{host}` has resolution STATIC and no endpoint: nothing answers its callers"))
                    .with_help("add an endpoint with the other cluster's gateway as its address");
            }
            "STATIC" => {
                let is_name = |a: &str| !unknown(a) && a.parse::<IpAddr>().is_err() && !a.starts_with("unix://");
                let names: Vec<_> =
                    entry.endpoints.iter().filter_map(|e| e.address.filter(|a| is_name(a.value))).collect();
                let Some(first) = names.first() else { continue };
                out.report(
                    cluster.site(&entry.meta, first.span),
                    format!(
                        "`{host}` has resolution STATIC, and `{}` is a name, which is never looked up{}",
                        first.value,
                        and_more(names.len() - 1, "endpoint")
                    ),
                )
                .with_related(at, "takes IP addresses only")
                .with_help("write `resolution: DNS`");
            }
            resolution @ ("DNS" | "DNS_ROUND_ROBIN") if lacks_endpoints() => {
                out.report(
                    at,
                    format!(
                        "`{host}` has resolution {resolution} and no endpoint: the name itself is looked up, which no DNS server knows"
                    ),
                )
                .with_help("add an endpoint with the other cluster's gateway as its address");
            }
            _ => {}
        }
    }
}
