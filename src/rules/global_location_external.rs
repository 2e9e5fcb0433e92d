//! A `.global` host that is declared outside the mesh.

use super::global_tls_mode::is_automatic;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/global-location-external.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for global in fleet.global_entries.iter().filter(|g| g.cluster == cluster.id) {
        let entry = global.entry(cluster);
        if !global.is_first(fleet, cluster)
            || entry.location.is_some_and(|l| l.value != "MESH_EXTERNAL")
            || !global.crosses(fleet, cluster)
        {
            continue;
        }
        let applied =
            cluster.destination_rules(entry.meta.namespace.value, crate::model::Host::Name(global.host.value));
        let explicit = applied.tls(None, None).is_some_and(|t| t.mode == Some("ISTIO_MUTUAL"));
        // Inside the mesh it would have been mutual by itself: then the location is what breaks it.
        let breaks = !explicit && is_automatic(entry);
        let site = cluster.site(&entry.meta, entry.location.map_or(global.host.span, |l| l.span));
        let location = entry.location.map_or("no location, which means MESH_EXTERNAL", |_| "location MESH_EXTERNAL");
        let effect = if breaks {
            "so its traffic leaves without mutual TLS, and the other gateway drops it"
        } else {
            "and works only as long as a DestinationRule sets ISTIO_MUTUAL for it"
        };
        let finding = out.report(site, format!("`{}` has {location}, {effect}", global.host.value));
        if breaks {
            finding.at_level(Severity::Error);
        }
        finding.with_label("a Service of another cluster is inside the mesh");
        finding.with_help("write `location: MESH_INTERNAL`");
    }
}
