//! An endpoint maps a port name that its ServiceEntry does not declare; Istio's webhook refuses that.

use super::words::{list, nearest};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/endpoint-port-undeclared.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for entry in &cluster.objects.service_entries {
        let names: Vec<&str> = entry.ports.iter().filter_map(|p| p.name.map(|n| n.value)).collect();
        for (name, _) in entry.endpoints.iter().flat_map(|e| &e.ports) {
            if names.contains(&name.value) || crate::model::read::unknown(name.value) {
                continue;
            }
            let finding = out.report(
                cluster.site(&entry.meta, name.span),
                format!("{} has no port named `{}`, which this endpoint maps", entry.meta.title(), name.value),
            );
            if let Some(first) = entry.ports.iter().find_map(|p| p.name) {
                finding.with_related(cluster.site(&entry.meta, first.span), format!("its ports are {}", list(&names)));
            }
            finding.with_help(match (nearest(name.value, names.iter().copied()), names.as_slice()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, [only]) => format!("did you mean `{only}`?"),
                _ => format!("map one of {}", list(&names)),
            });
        }
    }
}
