//! `gateway-reference-dotted`: a VirtualService names its gateway in the old way, `name.namespace`.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-reference-dotted.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for vs in &cluster.objects.virtual_services {
        let matched = vs.routes.iter().flat_map(|r| &r.match_gateways);
        for gateway in vs.gateways.iter().chain(matched) {
            if !gateway.value.contains('.') || gateway.value.contains('/') || unknown(gateway.value) {
                continue;
            }
            let (namespace, name) = Cluster::gateway_name(gateway.value, vs.meta.namespace.value);
            out.report(
                cluster.site(&vs.meta, gateway.span),
                format!("`{}` is the old way to name Gateway {namespace}/{name}", gateway.value),
            )
            .with_help(format!("write `{namespace}/{name}`"));
        }
    }
}
