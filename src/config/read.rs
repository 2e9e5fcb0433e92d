//! From YAML to what the JSON Schema of the file allows. The schema says which keys and values there are; what is not in
//! it is an error at its place.

use serde_json::{Map, Value, json};

use crate::source::Span;
use crate::yaml::{Node, Scalar};

/// An error without its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Wrongs(pub(super) Vec<Wrong>);

impl Wrongs {
    /// Notes what is wrong at a place.
    pub(super) fn at(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.0.push(Wrong { span, message: message.into(), help });
    }
}

/// The node's value as the schema wants it; null where it is wrong.
pub(super) fn value(node: Node<'_>, schema: &Value, path: &str, wrongs: &mut Wrongs) -> Value {
    if node.is_null() {
        // `clusters:` with nothing behind it says nothing.
        return Value::Null;
    }
    if let Some(choices) = choices(schema) {
        return choice(node, &choices, path, wrongs);
    }
    let types = types(schema);
    let wants = |name: &str| types.contains(&name);
    if wants("object") && node.is_mapping() {
        return object(node, schema, path, wrongs);
    }
    if wants("array") && node.is_sequence() {
        let item = |(i, n): (usize, Node<'_>)| value(n, &schema["items"], &format!("{path}[{i}]"), wrongs);
        let all: Vec<Value> = node.items().enumerate().map(item).collect();
        return Value::Array(all.into_iter().filter(|v| !v.is_null()).collect());
    }
    // Text is taken as it is spelled: `1.20` is a version, `off` a word.
    if let Some(text) = node.text().filter(|_| wants("string")) {
        return Value::from(text);
    }
    if wants("integer") && node.text().is_some() {
        return integer(node, schema, path, wrongs);
    }
    let wanted = match () {
        () if wants("object") => "a mapping",
        () if wants("array") => "a list",
        () if wants("integer") => "a whole number",
        () => "a single value",
    };
    let is = match () {
        () if node.is_mapping() => "a mapping".to_string(),
        () if node.is_sequence() => "a list".to_string(),
        () => format!("`{}`", node.text().unwrap_or_default()),
    };
    wrongs.at(node.span(), format!("{path} has to be {wanted}, and is {is}"), None);
    Value::Null
}

fn object(node: Node<'_>, schema: &Value, path: &str, wrongs: &mut Wrongs) -> Value {
    let mut all = Map::new();
    let known = schema["properties"].as_object();
    for (key, inner) in node.entries() {
        let Some(name) = key.text() else { continue };
        let below = if path == ROOT { name.to_string() } else { format!("{path}.{name}") };
        let schema = known.and_then(|k| k.get(name)).or_else(|| match &schema["additionalProperties"] {
            Value::Bool(_) | Value::Null => None,
            of_any => Some(of_any),
        });
        let Some(schema) = schema else {
            let near = known.and_then(|k| nearest(name, k.keys().map(String::as_str)));
            let place = if path == ROOT { String::new() } else { format!(" under {path}") };
            wrongs.at(key.span(), format!("unknown key `{name}`{place}"), near.map(did_you_mean));
            continue;
        };
        let value = value(inner, schema, &below, wrongs);
        if !value.is_null() {
            all.insert(name.to_string(), value);
        }
    }
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        // What is there and wrong has been noted already; `reason:` with nothing behind it has not.
        match node.get(key) {
            None => wrongs.at(node.span(), format!("{path} has no `{key}`"), None),
            Some(n) if n.is_null() => wrongs.at(n.span(), format!("{path}.{key} is empty"), None),
            Some(_) => {}
        }
    }
    Value::Object(all)
}

/// The path of the whole file, for messages.
pub(super) const ROOT: &str = "the configuration";

fn integer(node: Node<'_>, schema: &Value, path: &str, wrongs: &mut Wrongs) -> Value {
    let (least, most) = (schema["minimum"].as_i64().unwrap_or(0), schema["maximum"].as_i64().unwrap_or(i64::MAX));
    match node.value() {
        Some(Scalar::Int(n)) if (i128::from(least)..=i128::from(most)).contains(&n) => json!(n as i64),
        _ => {
            let text = node.text().unwrap_or_default();
            let message = format!("{path} has to be a whole number from {least} to {most}, and is `{text}`");
            wrongs.at(node.span(), message, None);
            Value::Null
        }
    }
}

fn choice(node: Node<'_>, choices: &[&str], path: &str, wrongs: &mut Wrongs) -> Value {
    match node.text() {
        Some(text) if choices.contains(&text) => Value::from(text),
        text => {
            let is = text.map_or("no single value".into(), |t| format!("`{t}`"));
            let names: Vec<String> = choices.iter().map(|c| format!("`{c}`")).collect();
            let message = format!("{path} has to be one of {}, and is {is}", names.join(", "));
            let near = text.and_then(|t| nearest(t, choices.iter().copied()));
            wrongs.at(node.span(), message, near.map(did_you_mean));
            Value::Null
        }
    }
}

/// The values that the schema allows, where it lists them.
fn choices(schema: &Value) -> Option<Vec<&str>> {
    if let Some(all) = schema["enum"].as_array() {
        return Some(all.iter().filter_map(Value::as_str).collect());
    }
    let all = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())?;
    Some(
        all.iter()
            .flat_map(|one| choices(one).unwrap_or_else(|| one["const"].as_str().into_iter().collect()))
            .collect(),
    )
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// ``did you mean `name`?``
pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// The name that was most likely meant: a few slips away, or the whole of which it is the beginning.
pub(super) fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = given.to_lowercase();
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        let begins = if lower.len() > 2 && name.starts_with(&lower) { 0.6 } else { 0.0 };
        strsim::normalized_damerau_levenshtein(&name, &lower).max(begins)
    };
    let near = names.map(|n| (likeness(n), n)).filter(|(likeness, _)| *likeness >= 0.6);
    near.reduce(|a, b| if b.0 > a.0 { b } else { a }).map(|(_, name)| name)
}
