//! An endpoint maps a port name that its ServiceEntry does not declare; Istio's webhook refuses that.

use super::words::{and_more, list, nearest};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Text;
use crate::model::read::unknown;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/endpoint-port-undeclared.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for entry in &cluster.objects.service_entries {
        let names: Vec<&str> = entry.ports.iter().filter_map(|p| p.name.map(|n| n.value)).collect();
        if names.is_empty() || names.iter().any(|n| unknown(n)) {
            continue;
        }
        let mut groups: Vec<Vec<Text<'_>>> = Vec::new();
        for (name, _) in entry.endpoints.iter().flat_map(|e| &e.ports) {
            if names.contains(&name.value) || unknown(name.value) {
                continue;
            }
            match groups.iter_mut().find(|g| g[0].value == name.value) {
                Some(group) => group.push(*name),
                None => groups.push(vec![*name]),
            }
        }
        for group in groups {
            let name = group[0];
            let finding = out.report(
                cluster.site(&entry.meta, name.span),
                format!(
                    "{} has no port named `{}`, which this endpoint maps{}",
                    entry.meta.title(),
                    name.value,
                    and_more(group.len() - 1, "endpoint")
                ),
            );
            if let Some(first) = entry.ports.iter().find_map(|p| p.name) {
                let what = if names.len() == 1 { "its port is" } else { "its ports are" };
                finding.with_related(cluster.site(&entry.meta, first.span), format!("{what} {}", list(&names)));
            }
            finding.with_help(match (nearest(name.value, names.iter().copied()), names.as_slice()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, [only]) => format!("did you mean `{only}`?"),
                _ => format!("map one of {}", list(&names)),
            });
        }
    }
}
