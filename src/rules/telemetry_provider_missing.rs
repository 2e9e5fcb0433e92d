//! `telemetry-provider-missing`: a Telemetry turns access logs on, and nothing says who writes them.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::read;
use crate::source::Span;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/telemetry-provider-missing.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mesh = &cluster.mesh;
    if !mesh.has_mesh_config || mesh.logs_by_default || !cluster.is_complete() {
        return;
    }
    for meta in cluster.others("telemetry.istio.io", "Telemetry") {
        let entries = read::items(meta.spec(), "accessLogging");
        let asks = |e: &crate::yaml::Node<'_>| {
            read::items(*e, "providers").next().is_none() && read::boolean(*e, "disabled") != Some(true)
        };
        for entry in entries.filter(asks) {
            // The whole entry may be long: its first line says which.
            let text = &entry.source_text()[entry.span().range()];
            let end = entry.span().start + text.lines().next().map_or(0, str::len) as u32;
            out.report(
                cluster.site(meta, Span::new(entry.span().start, end)),
                format!(
                    "{} turns access logs on without a provider, and the mesh configuration of {} has none by default: nothing is logged",
                    meta.title(),
                    cluster.name
                ),
            )
            .with_help("add `providers: [{name: envoy}]` here, or `defaultProviders: {accessLogging: [envoy]}` to the mesh configuration");
        }
    }
}
