//! `destination-repeated`: a route names one destination twice.

use rustc_hash::FxHashMap;

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, Text, unknown};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/destination-repeated.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for vs in &cluster.objects.virtual_services {
        for route in vs.routes.iter().filter(|r| r.destinations.len() > 1) {
            // By host, subset and port.
            let mut seen: FxHashMap<_, Text<'_>> = FxHashMap::default();
            // One with headers of its own is another destination, for all that it leads to the same Pods.
            for one in read::items(route.node, "route").filter(|r| r.get("headers").is_none()) {
                let Some(destination) = one.get("destination") else { continue };
                let Some(host) = read::text(destination, "host").filter(|h| !unknown(h.value)) else { continue };
                let subset = read::text(destination, "subset").filter(|s| !s.value.is_empty());
                let port = destination.get("port").and_then(|p| read::text(p, "number"));
                if [subset, port].into_iter().flatten().any(|t| unknown(t.value)) {
                    continue;
                }
                let at = subset.unwrap_or(host);
                let host = cluster.host(host.value, vs.meta.namespace.value);
                let first = *seen.entry((host, subset.map(|s| s.value), port.map(|p| p.value))).or_insert(at);
                if first.span == at.span {
                    continue;
                }
                let of = subset.map(|s| format!("subset `{}` of ", s.value)).unwrap_or_default();
                out.report(
                    cluster.site(&vs.meta, at.span),
                    format!("a route of {} names {of}{host} twice: both shares go to the same Pods", vs.meta.title()),
                )
                .with_related(cluster.site(&vs.meta, first.span), "the same here")
                .with_help("name another subset or host, or join both and add their weights");
            }
        }
    }
}
