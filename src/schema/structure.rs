//! Whether a value has the structure that its schema says.
//!
//! It is judged as the API server judges it: a field that is null is absent, but an item of a list is not; `80` is no
//! text, and `"80"` no number. Placeholders with unknown values are never judged. Fields that a schema does not have
//! are another matter (`unknown.rs`).

use super::problem::quoted;
use super::{Kind, Problems, Schema, choice, forms, values};
use crate::model::read::unknown;
use crate::yaml::{Node, Scalar, Shape};

/// The deepest nesting that is followed.
const MAX_DEPTH: u8 = 100;

/// Checks a value.
pub fn check(node: Node<'_>, schema: &Schema, out: &mut Problems) {
    value(node, schema, MAX_DEPTH, out);
}

fn value(node: Node<'_>, schema: &Schema, depth: u8, out: &mut Problems) {
    let schema = schema.whole();
    let Some(depth) = depth.checked_sub(1) else { return };
    match (node.shape(), schema.kind) {
        (Shape::Mapping, Kind::Object | Kind::Any) => mapping(node, schema, depth, out),
        (Shape::Mapping, kind) => mismatch(node, kind, "a mapping", out),
        (Shape::Sequence, Kind::Array | Kind::Any) => sequence(node, schema, depth, out),
        (Shape::Sequence, kind) => mismatch(node, kind, "a list", out),
        (Shape::Scalar | Shape::Alias, _) => scalar(node, schema, out),
    }
    if !schema.choices.is_empty() {
        choice::check(node, schema, out);
    }
}

fn mapping(node: Node<'_>, schema: &Schema, depth: u8, out: &mut Problems) {
    if schema.fields.is_empty() && schema.rest.is_none() && schema.required.is_empty() && schema.limits.is_none() {
        return;
    }
    // One loop for nearly all, into which everything is compiled.
    let (count, there) = match node.is_as_written() {
        true => fields(node.own_entries(), schema, depth, out),
        false => fields(node.entries().into_iter(), schema, depth, out),
    };
    for (index, name) in schema.required.iter().enumerate() {
        if there & 1 << index.min(63) != 0 {
            continue;
        }
        if is_partial(node) {
            return;
        }
        missing(node, name, schema, out);
    }
    values::size(node, count, "field", schema, out);
}

/// Checks a mapping's fields. How many there are, and which of those that have to be there, by their indices.
#[inline]
fn fields<'s>(
    entries: impl Iterator<Item = (Node<'s>, Node<'s>)>,
    schema: &Schema,
    depth: u8,
    out: &mut Problems,
) -> (usize, u64) {
    let (mut count, mut there) = (0, 0u64);
    for (key, field) in entries {
        count += 1;
        if field.is_null() {
            continue;
        }
        let (of, required) = schema.of_key(key);
        if let Some(index) = required {
            there |= 1 << index.min(63);
        }
        if let Some(of) = of {
            value(field, of, depth, out);
        }
    }
    (count, there)
}

/// Whether something may be added to a mapping before it is applied: what a placeholder brings in, or what the object has
/// that this one is laid over (`$patch`).
pub(super) fn is_partial(node: Node<'_>) -> bool {
    node.own_entries().any(|(k, _)| k.text().is_some_and(|t| t.starts_with('$') || unknown(t)))
}

fn missing(node: Node<'_>, name: &str, schema: &Schema, out: &mut Problems) {
    let problem = out.at(node, format!("has no `{name}`, which is required"));
    if let Some(values) = schema.field(name).and_then(|f| f.whole().limits.as_ref()).map(|l| &l.values)
        && !values.is_empty()
    {
        problem.help(format!("set `{name}` to {}", super::problem::one_of(values)));
    }
}

fn sequence(node: Node<'_>, schema: &Schema, depth: u8, out: &mut Problems) {
    let Some(item) = schema.item.as_deref() else { return };
    let of = item.whole();
    let mut count = 0;
    for each in node.items() {
        count += 1;
        if each.is_null() && !of.nullable && !matches!(of.kind, Kind::Any | Kind::String) {
            out.at(each, format!("is empty, and {} is expected", name_of(of.kind)))
                .help("remove the item, or write what it is for");
            continue;
        }
        value(each, item, depth, out);
    }
    values::size(node, count, "item", schema, out);
    values::distinct(node, count, schema, out);
}

fn scalar(node: Node<'_>, schema: &Schema, out: &mut Problems) {
    // Nearly all values end here.
    if schema.limits.is_none() && (schema.kind == Kind::Any || schema.kind == Kind::String && node.is_surely_text()) {
        return;
    }
    let value = node.value().unwrap_or(Scalar::Null);
    let fits = match (schema.kind, value) {
        (Kind::Any, _) | (_, Scalar::Null) => true,
        (Kind::String, Scalar::Str(_)) | (Kind::Boolean, Scalar::Bool(_)) => true,
        (Kind::Integer, Scalar::Int(_)) | (Kind::Number, Scalar::Int(_) | Scalar::Float(_)) => true,
        // `1.0` is written `1` on its way to the API server.
        (Kind::Integer, Scalar::Float(f)) => f.fract() == 0.0,
        (Kind::IntOrString, Scalar::Int(_) | Scalar::Float(_) | Scalar::Str(_)) => true,
        _ => false,
    };
    let text = node.text().unwrap_or_default();
    if (fits && schema.limits.is_none()) || unknown(text) {
        return;
    }
    let stand_in = schema.kind != Kind::String && matches!(value, Scalar::Str(_)) && forms::is_stand_in(text);
    if fits || stand_in {
        values::scalar(node, text, value, schema, out);
    } else {
        wrong_type(node, text, value, schema.kind, out);
    }
}

fn wrong_type(node: Node<'_>, text: &str, value: Scalar<'_>, kind: Kind, out: &mut Problems) {
    let is = match value {
        Scalar::Bool(b) if text != if b { "true" } else { "false" } => {
            format!("is `{text}`, which YAML reads as the boolean `{b}`")
        }
        Scalar::Bool(b) => format!("is the boolean `{b}`"),
        Scalar::Int(_) | Scalar::Float(_) => format!("is the number `{text}`"),
        Scalar::Str(_) => format!("is the text {}", quoted(text)),
        Scalar::Null => "is empty".into(),
    };
    let problem = out.at(node, format!("{is}, but {} is expected", name_of(kind)));
    match (kind, value) {
        (Kind::String, Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_)) => {
            problem.help(format!("put it in quotes: `\"{text}\"`"));
        }
        (Kind::Integer | Kind::Number, Scalar::Str(s)) if s.parse::<f64>().is_ok_and(f64::is_finite) => {
            problem.help(format!("write `{s}` without quotes"));
        }
        (Kind::Boolean, Scalar::Str("true" | "false")) => problem.help(format!("write `{text}` without quotes")),
        (Kind::Array, _) => problem.help("write a list: `- …`, also where it has one item only"),
        _ => {}
    }
}

fn mismatch(node: Node<'_>, kind: Kind, is: &str, out: &mut Problems) {
    let problem = out.at(node, format!("is {is}, but {} is expected", name_of(kind)));
    if kind == Kind::Array {
        problem.help("write a list: put `- ` before it");
    }
}

/// What a kind of value is called.
fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "anything",
        Kind::Object => "a mapping",
        Kind::Array => "a list",
        Kind::String => "a text",
        Kind::Integer => "a whole number",
        Kind::Number => "a number",
        Kind::Boolean => "`true` or `false`",
        Kind::IntOrString => "a number or a text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(kind: &str, spec: &str) -> Vec<String> {
        let schema =
            super::super::builtin(if kind == "Service" { "v1" } else { "networking.istio.io/v1" }, kind).unwrap();
        let text = format!("spec:\n{spec}");
        let stream = crate::yaml::parse(&text);
        let mut out = Problems::default();
        check(stream.documents[0].tree.root().unwrap(), schema, &mut out);
        out.list.into_iter().map(|p| p.says).collect()
    }

    #[test]
    fn types_are_those_of_the_api_server() {
        assert!(
            says(
                "Service",
                "  ports:\n  - {name: http, port: 80, targetPort: http}\n  - {name: b, port: 81.0, targetPort: 8}\n"
            )
            .is_empty()
        );
        assert_eq!(
            says("Service", "  ports:\n  - {name: 80, port: \"80\", targetPort: true}\n"),
            [
                "is the number `80`, but a text is expected",
                "is the text `80`, but a whole number is expected",
                "is the boolean `true`, but a number or a text is expected",
            ]
        );
        assert_eq!(
            says("Service", "  ports: 80\n  selector: [app]\n"),
            ["is the number `80`, but a list is expected", "is a list, but a mapping is expected",]
        );
        assert_eq!(
            says("Service", "  selector: {v: yes}\n"),
            ["is `yes`, which YAML reads as the boolean `true`, but a text is expected",]
        );
    }

    #[test]
    fn null_is_absent_and_placeholders_are_not_judged() {
        assert!(says("DestinationRule", "  host: a\n  trafficPolicy:\n").is_empty());
        assert_eq!(says("DestinationRule", "  host: a\n  subsets: [null]\n"), ["is empty, and a mapping is expected"]);
        assert!(says("Service", "  ports:\n  - port: ${PORT}\n    name: x\n  type: ${TYPE}\n").is_empty());
        assert!(says("Service", "  ports:\n  - $patch: replace\n").is_empty());
    }

    #[test]
    fn what_is_required_is_missed() {
        assert_eq!(says("Service", "  ports:\n  - name: a\n"), ["has no `port`, which is required"]);
        assert_eq!(
            says("ServiceEntry", "  resolution: NOWHERE\n  hosts: []\n"),
            [
                "is `NOWHERE`, but has to be `NONE`, `STATIC`, `DNS`, `DNS_ROUND_ROBIN` or `DYNAMIC_DNS`",
                "has 0 items, and at least 1 is required",
            ]
        );
    }
}
