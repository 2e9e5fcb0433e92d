//! A `.global` host whose endpoints Istio never dials.

use std::net::IpAddr;

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/global-resolution.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for global in fleet.global_entries.iter().filter(|g| g.cluster == cluster.id) {
        let entry = global.entry(cluster);
        if entry.hosts.first().is_some_and(|h| h.span != global.host.span) {
            continue;
        }
        let host = global.host.value;
        let at = cluster.site(&entry.meta, entry.resolution.map_or(global.host.span, |r| r.span));
        match entry.resolution() {
            "NONE" => {
                let written =
                    if entry.resolution.is_some() { "resolution NONE" } else { "no resolution, which means NONE" };
                out.report(
                    at,
                    format!("`{host}` has {written}: callers dial its virtual address, and no endpoint is used"),
                )
                .with_help("write `resolution: DNS`, or STATIC where all endpoints are IP addresses");
            }
            "STATIC" => {
                for endpoint in &entry.endpoints {
                    let Some(address) = endpoint.address.filter(|a| !unknown(a.value)) else { continue };
                    if address.value.parse::<IpAddr>().is_err() && !address.value.starts_with("unix://") {
                        out.report(
                            cluster.site(&entry.meta, address.span),
                            format!(
                                "`{host}` has resolution STATIC, and `{}` is a name, which is never looked up",
                                address.value
                            ),
                        )
                        .with_related(at, "takes IP addresses only")
                        .with_help("write `resolution: DNS`");
                    }
                }
            }
            "DNS" | "DNS_ROUND_ROBIN" if entry.endpoints.is_empty() && entry.workload_selector.is_none() => {
                out.report(at, format!("`{host}` has resolution {} and no endpoint, so the name itself is looked up, which no DNS server knows", entry.resolution()))
                    .with_help("add an endpoint with the other cluster's gateway as its address");
            }
            _ => {}
        }
    }
}
