//! `field-unknown`: a field that the kind does not have.

use super::words::nearest;
use super::{Findings, Rule, fields};
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::schema::{Schema, Unknown, former, unknown_fields};

pub(super) static RULE: Rule = Rule::per_object(include_str!("../../rules/field-unknown.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, objects: &[&Meta<'_>], out: &mut Findings) {
    for (meta, schema) in fields::with_schemas(fleet, cluster, objects) {
        for unknown in unknown_fields(meta.root, schema) {
            report(fleet, cluster, meta, &unknown, schema, out);
        }
    }
}

fn report(
    fleet: &Fleet<'_>,
    cluster: &Cluster<'_>,
    meta: &Meta<'_>,
    unknown: &Unknown<'_, '_>,
    whole: &Schema,
    out: &mut Findings,
) {
    let name = unknown.key.key();
    let pointer = meta.root.pointer_to(unknown.key.span());
    let within = pointer.rsplit_once('/').map_or("", |(within, _)| within);
    let kind = meta.kind.value;
    if former::is_former(kind, &fields::without_indices(&pointer)) {
        return;
    }
    if is_left_over(unknown, within) {
        return;
    }
    let place = if within.is_empty() { String::new() } else { format!(" in `{}`", fields::dotted(within)) };
    let finding = out.report(cluster.site(meta, unknown.key.span()), format!("{kind} has no field `{name}`{place}"));
    finding.with_effect(
        "`kubectl apply` and `istioctl validate` refuse the object; what applies it without them drops the field",
    );
    fields::weigh(finding, fleet, cluster, meta);
    let mut known: Vec<&str> = unknown.schema.fields.iter().map(|(f, _)| &**f).collect();
    known.sort_unstable();
    // `traffic_policy` is `trafficPolicy` as well.
    let plain = name.replace(['_', '-'], "");
    let same = known.iter().copied().find(|f| f.eq_ignore_ascii_case(&plain));
    if let Some(meant) = same.or_else(|| nearest(&name, known.iter().copied())) {
        finding.with_label(format!("did you mean `{meant}`?")).with_help(format!("write `{meant}`"));
    } else if let Some(path) = fields::path_of(whole, &name) {
        finding.with_help(format!("`{name}` is a field of `{path}`: it stands at the wrong depth"));
    } else if (1..=8).contains(&known.len()) {
        finding.with_help(format!("what may stand here: {}", known.join(", ")));
    }
}

/// Whether a field is what programs write into the metadata of templates: `creationTimestamp: null`, which says nothing.
fn is_left_over(unknown: &Unknown<'_, '_>, within: &str) -> bool {
    let value = unknown.within.get("creationTimestamp");
    unknown.key.key() == "creationTimestamp" && within.ends_with("/metadata") && value.is_some_and(|v| v.is_null())
}
