//! `export-to-namespace-unknown`: something is exported to a namespace that is not there.

use super::words::nearest;
use super::{Findings, Rule, namespaces};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::unknown;
use crate::model::{Meta, Text};

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/export-to-namespace-unknown.md"), check);

/// Where a Service says it.
const ANNOTATION: &str = "networking.istio.io/exportTo";

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    // Where a cluster writes no Namespaces down, nothing means that one is not there.
    let writes_them = |c: &&Cluster<'_>| !c.objects.namespaces.is_empty();
    let named = |c| exported(c).into_iter().map(move |(meta, to)| (c, meta, to));
    let mut all = fleet.clusters.iter().filter(writes_them).flat_map(named).peekable();
    if all.peek().is_none() {
        return;
    }
    let known = namespaces::known(fleet);
    for (cluster, meta, to) in all.filter(|(.., to)| !known.contains(to.value)) {
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
