//! `export-to-namespace-unknown`: something is exported to a namespace that is not there.

use super::words::nearest;
use super::{Findings, Rule, namespaces};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;
use crate::model::{Meta, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/export-to-namespace-unknown.md"), check);

/// Where a Service says it.
const ANNOTATION: &str = "networking.istio.io/exportTo";

fn check<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let named = exported(cluster);
    if named.is_empty() {
        return;
    }
    let Some(known) = namespaces::known(fleet, cluster) else { return };
    for (meta, to) in named.into_iter().filter(|(_, to)| !known.contains(to.value)) {
        let near = nearest(to.value, known.iter().copied()).filter(|n| !is_sibling(n, to.value));
        let finding = out.report(
            cluster.site(meta, to.span),
            format!(
                "{} is exported to namespace `{}`, which is not among what was read of {}",
                meta.title(),
                to.value,
                cluster.name
            ),
        );
        match near.filter(|_| cluster.is_complete() && !cluster.input.is_guess) {
            Some(near) => finding.with_help(format!("did you mean `{near}`?")),
            None => finding
                .at_level(Severity::Note)
                .with_help("add the Namespace to what meshlint reads, or leave the entry out"),
        };
    }
}

/// What `exportTo` names, object by object.
fn exported<'a, 's>(cluster: &'a Cluster<'s>) -> Vec<(&'a Meta<'s>, Text<'s>)> {
    let objects = &cluster.objects;
    let a = objects.virtual_services.iter().map(|o| (&o.meta, &o.export_to));
    let b = objects.destination_rules.iter().map(|o| (&o.meta, &o.export_to));
    let c = objects.service_entries.iter().map(|o| (&o.meta, &o.export_to));
    let listed = a.chain(b).chain(c).flat_map(|(meta, list)| list.iter().map(move |to| (meta, *to)));
    let annotated = objects.services.iter().filter_map(|s| s.meta.annotation(ANNOTATION).map(|a| (&s.meta, a)));
    let split =
        annotated.flat_map(|(meta, list)| list.value.split(',').map(move |to| (meta, Text::new(to.trim(), list.span))));
    let is_name = |(_, to): &(&Meta<'s>, Text<'s>)| !matches!(to.value, "*" | "." | "~" | "") && !unknown(to.value);
    listed.chain(split).filter(is_name).collect()
}

/// Names that differ by a number only are siblings, not slips.
fn is_sibling(a: &str, b: &str) -> bool {
    let letters = |t: &str| t.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    letters(a) == letters(b)
}
