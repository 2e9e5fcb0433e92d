//! The hosts of the server on the SNI port do not cover what other clusters send to it.

use super::words::{and_more, list};
use super::{Findings, Rule};
use crate::mesh::{Crossing, Fleet, Origin};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/gateway-host-uncovered.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for cluster in &fleet.clusters {
        let entrance = fleet.entrance(cluster.id);
        let Some((gateway, server)) = entrance.passing(cluster).next() else { continue };
        let arriving = fleet.crossings.arriving(cluster.id);
        let (covered, uncovered): (Vec<&Crossing<'_>>, Vec<&Crossing<'_>>) =
            arriving.into_iter().partition(|c| entrance.covers(cluster, &c.sni_host));
        // A Service that is in both clusters need not be called across: a gateway may take some of them only.
        let uncovered: Vec<&Crossing<'_>> =
            uncovered.into_iter().filter(|c| covered.is_empty() || !matches!(c.origin, Origin::Service)).collect();
        let Some(first) = uncovered.iter().find(|c| matches!(c.origin, Origin::Use(_))).or(uncovered.first()) else {
            continue;
        };
        let mut hosts: Vec<_> = uncovered.iter().map(|c| c.sni_host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let full = first.sni_host.full(cluster.domain);
        let patterns: Vec<&str> =
            entrance.passing(cluster).flat_map(|(_, s)| s.hosts.iter().map(|h| h.value)).collect();
        let at = server.hosts.first().map_or(server.hosts_span, |h| h.span);
        let suffix = full.rsplit_once('.').map_or("local", |(_, s)| s);
        out.report(
            cluster.site(&gateway.meta, at),
            format!(
                "{} in {} takes {}, which {} not cover `{full}`{} that other clusters send there",
                gateway.meta.title(),
                cluster.name,
                list(&patterns),
                if patterns.len() > 1 { "do" } else { "does" },
                and_more(hosts.len() - 1, "host")
            ),
        )
        .with_label("no listener, or no filter chain, for these hosts")
        .with_related(first.site(fleet), format!("leaves {} as {}", fleet.cluster(first.from).name, first.sni(fleet)))
        .with_help(format!("add `*.{suffix}` to its hosts"));
    }
}
