//! Reading a schema as OpenAPI writes it: of a CustomResourceDefinition, or in the shorter form of `builtin/`.

use std::sync::OnceLock;

use super::{Choice, Kind, Limits, Pattern, Rule, Schema, by_length, cel};
use crate::yaml::{Node, Scalar};

/// The deepest nesting of a CRD's schema that is read; what is below may be anything.
const MAX_DEPTH: u8 = 64;

/// Reads a schema.
pub(super) fn schema(node: Node<'_>) -> Schema {
    read(node, MAX_DEPTH)
}

fn read(node: Node<'_>, depth: u8) -> Schema {
    let Some(depth) = depth.checked_sub(1) else { return Schema::default() };
    if let Some(text) = node.text() {
        return match text.strip_prefix('#') {
            Some(name) => Schema::linked(name),
            None => Schema::of(kind(text)),
        };
    }
    let is = |key| matches!(node.get(key).and_then(|n| n.value()), Some(Scalar::Bool(true)));
    let mut fields: Vec<(Box<str>, Schema)> = node
        .get("properties")
        .map(|p| p.entries().into_iter().map(|(k, v)| (k.key().into(), read(v, depth))).collect())
        .unwrap_or_default();
    fields.sort_by(|(a, _), (b, _)| by_length(a, b));
    let rest = node.get("additionalProperties");
    let any = rest.is_some_and(|r| matches!(r.value(), Some(Scalar::Bool(true))));
    let limits = limits(node);
    Schema {
        kind: if is("x-kubernetes-int-or-string") { Kind::IntOrString } else { kind_of(node, limits.is_some()) },
        nullable: is("nullable"),
        open: any || is("x-kubernetes-preserve-unknown-fields") || is("x-kubernetes-embedded-resource"),
        fields,
        required: texts(node, "required"),
        rest: rest
            .filter(|r| r.is_mapping() || r.text().is_some_and(|t| t != "true" && t != "false"))
            .map(|r| Box::new(read(r, depth))),
        item: node.get("items").map(|i| Box::new(read(i, depth))),
        limits: limits.map(Box::new),
        choices: choices(node, depth),
        rules: node.items_of("x-kubernetes-validations").filter_map(rule).collect(),
        default: node.get("default").map(|d| Box::new(cel::plain(d))),
        ruled: OnceLock::new(),
        lookup: OnceLock::new(),
        link: None,
    }
}

fn kind(name: &str) -> Kind {
    match name {
        "object" => Kind::Object,
        "array" => Kind::Array,
        "string" => Kind::String,
        "integer" => Kind::Integer,
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "int-or-string" => Kind::IntOrString,
        _ => Kind::Any,
    }
}

/// The type that is written, or that follows from the rest.
fn kind_of(node: Node<'_>, limited: bool) -> Kind {
    if let Some(written) = node.get("type").and_then(|t| t.text()) {
        return kind(written);
    }
    let has = |keys: &[&str]| keys.iter().any(|k| node.get(k).is_some());
    if has(&["properties", "additionalProperties"]) {
        Kind::Object
    } else if has(&["items"]) {
        Kind::Array
    } else if limited && has(&["enum", "pattern", "minLength", "maxLength"]) {
        Kind::String
    } else {
        Kind::Any
    }
}

fn texts(node: Node<'_>, key: &str) -> Vec<Box<str>> {
    node.items_of(key).filter_map(|i| i.text().map(Into::into)).collect()
}

fn number(node: Node<'_>, key: &str) -> Option<f64> {
    match node.get(key)?.value()? {
        Scalar::Int(n) => Some(n as f64),
        Scalar::Float(f) => Some(f),
        _ => None,
    }
}

fn limits(node: Node<'_>) -> Option<Limits> {
    let is = |key| matches!(node.get(key).and_then(|n| n.value()), Some(Scalar::Bool(true)));
    let count = |keys: [&str; 3]| keys.iter().find_map(|k| number(node, k)).map(|n| n as usize);
    let list = node.get("x-kubernetes-list-type").and_then(|t| t.text());
    let limits = Limits {
        values: texts(node, "enum"),
        minimum: number(node, "minimum"),
        maximum: number(node, "maximum"),
        exclusive: (is("exclusiveMinimum"), is("exclusiveMaximum")),
        least: count(["minLength", "minItems", "minProperties"]),
        most: count(["maxLength", "maxItems", "maxProperties"]),
        pattern: node.get("pattern").and_then(|p| p.text()).map(Pattern::new),
        format: if is_duration(node) {
            Some("duration".into())
        } else {
            node.get("format").and_then(|f| f.text()).map(Into::into)
        },
        keys: if list == Some("map") { texts(node, "x-kubernetes-list-map-keys") } else { Vec::new() },
        set: list == Some("set") || is("uniqueItems"),
    };
    let says_nothing = limits.values.is_empty()
        && limits.minimum.is_none()
        && limits.maximum.is_none()
        && limits.least.is_none()
        && limits.most.is_none()
        && limits.pattern.is_none()
        && limits.format.is_none()
        && limits.keys.is_empty()
        && !limits.set;
    (!says_nothing).then_some(limits)
}

/// Whether a CEL rule says that a text is a duration, as all of Istio's are.
fn is_duration(node: Node<'_>) -> bool {
    let mut rules = node.items_of("x-kubernetes-validations").filter_map(|r| r.get("rule")?.text());
    rules.any(|r| r == DURATION)
}

const DURATION: &str = "duration(self) >= duration('1ms')";

fn rule(node: Node<'_>) -> Option<Rule> {
    let rule = node.get("rule")?.text()?;
    let message = node.get("message").and_then(|m| m.text()).unwrap_or_default();
    (rule != DURATION).then(|| Rule::new(rule, message))
}

fn choices(node: Node<'_>, depth: u8) -> Vec<Choice> {
    let mut all = Vec::new();
    let branches = |key| {
        let all: Vec<Schema> = node.items_of(key).map(|i| read(i, depth)).collect();
        (!all.is_empty()).then_some(all)
    };
    all.extend(branches("oneOf").map(Choice::One));
    // A number or a text says so by its own mark, and by alternatives that say no more.
    if node.get("x-kubernetes-int-or-string").is_none() {
        all.extend(branches("anyOf").map(Choice::Any));
        all.extend(branches("allOf").map(Choice::All));
    }
    all.extend(node.get("not").map(|n| Choice::Not(Box::new(read(n, depth)))));
    all
}
