//! `field-invalid`: a value, or a combination of values, that the API server or Istio's webhook refuses.

use super::{Findings, Rule, fields};
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::schema::{Problem, Problems, check, check_conditions, check_rules};

pub(super) static RULE: Rule = Rule::per_object(include_str!("../../rules/field-invalid.md"), run);

fn run(fleet: &Fleet<'_>, cluster: &Cluster<'_>, objects: &[&Meta<'_>], out: &mut Findings) {
    for (meta, schema) in fields::with_schemas(fleet, cluster, objects) {
        let mut problems = Problems::default();
        check(meta.root, schema, &mut problems);
        let of_structure = problems.list.len();
        check_conditions(meta, &mut problems);
        // As the API server does: rules in CEL are for what is right otherwise. Those of Istio are conditions already.
        if problems.is_empty() && schema.has_rules() && !meta.group().ends_with(".istio.io") {
            check_rules(meta.root, schema, &mut problems);
        }
        if problems.is_empty() || is_patch(meta) {
            continue;
        }
        // What the structure says of a value is not said again by a condition on it, or on what it is in.
        let (structure, conditions) = problems.list.split_at(of_structure);
        let again = |p: &&Problem| {
            !structure.iter().any(|s| p.span == s.span || (p.whole && s.whole && p.span.contains(s.span)))
        };
        for problem in structure.iter().chain(conditions.iter().filter(again)) {
            report(fleet, cluster, meta, problem, out);
        }
    }
}

/// Whether an object is none that is applied, but lies over another: `$patch`, or a workload without selector whose Pods
/// lack what nobody leaves out. Kustomizations name their patches; other files are given to `kubectl patch`.
fn is_patch(meta: &Meta<'_>) -> bool {
    if meta.root.get("$patch").is_some() {
        return true;
    }
    let is_workload = matches!(meta.kind.value, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet");
    if !is_workload || meta.group() != "apps" || meta.spec().get("selector").is_some() {
        return false;
    }
    let Some(template) = meta.spec().get("template") else { return false };
    let mut containers = template.at_path(&["spec", "containers"]).into_iter().flat_map(|c| c.items()).peekable();
    template.at_path(&["metadata", "labels"]).is_none()
        || containers.peek().is_none()
        || containers.any(|c| c.get("image").is_none())
}

fn report(fleet: &Fleet<'_>, cluster: &Cluster<'_>, meta: &Meta<'_>, problem: &Problem, out: &mut Findings) {
    let pointer = meta.root.pointer_to(problem.span);
    let shown = if problem.whole { fields::key_of(meta, &pointer).unwrap_or(problem.span) } else { problem.span };
    let name = if pointer.is_empty() { meta.title() } else { format!("`{}`", fields::dotted(&pointer)) };
    let finding = out.report(cluster.site(meta, shown), format!("{name} {}", problem.says));
    finding.with_effect("the object is refused when it is applied");
    fields::weigh(finding, fleet, cluster, meta);
    if let Some(help) = &problem.help {
        finding.with_help(help);
    }
}
