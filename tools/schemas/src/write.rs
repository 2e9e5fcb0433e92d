//! The text of a set of schemas: a line for each kind, and one for each part that occurs more than once.
//!
//! ```text
//! networking.istio.io VirtualService v1,v1beta1 {"properties":{"spec":"#VirtualService.spec"}}
//! #VirtualService.spec {"properties":{"hosts":{"items":"string"}}}
//! ```
//!
//! Words are those of OpenAPI; a schema that says its type alone is the type's name, and one that stands on a line of
//! its own is that line's name after `#`. A type that follows from the rest is left out.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

/// One version of a kind.
pub struct Kind {
    pub group: String,
    pub kind: String,
    pub version: String,
    /// Without `apiVersion`, `kind`, `metadata`, `status`.
    pub schema: Value,
}

/// Schemas of kinds, and parts with names.
#[derive(Default)]
pub struct Set {
    pub kinds: Vec<Kind>,
    pub definitions: BTreeMap<String, Value>,
}

/// The shortest part that is worth a line of its own.
const WORTH: usize = 80;

/// What every file begins with.
pub fn head(from: &str) -> String {
    format!(
        "# Made by tools/schemas from {from}: do not edit.\n\
         # What it is made of is licensed under the Apache License, Version 2.0 (LICENSE-APACHE).\n"
    )
}

/// The lines of a set.
pub fn text(mut set: Set) -> String {
    set.kinds.iter_mut().for_each(|k| shorten(&mut k.schema));
    set.definitions.values_mut().for_each(shorten);
    share(&mut set);
    let mut lines: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for kind in &set.kinds {
        lines
            .entry((kind.group.clone(), kind.kind.clone(), kind.schema.to_string()))
            .or_default()
            .push(kind.version.clone());
    }
    let mut out = String::new();
    for ((group, kind, schema), versions) in lines {
        let group = if group.is_empty() { "core" } else { &group };
        out.push_str(&format!("{group} {kind} {} {schema}\n", versions.join(",")));
    }
    for (name, schema) in set.definitions {
        out.push_str(&format!("#{name} {schema}\n"));
    }
    out
}

/// Leaves out types that follow from the rest; a type alone becomes its name.
fn shorten(schema: &mut Value) {
    each(schema, &mut |s| shorten(s));
    let Some(map) = schema.as_object_mut() else { return };
    if map.get("required").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        map.shift_remove("required");
    }
    let follows = match map.get("type").and_then(Value::as_str) {
        Some("object") => ["properties", "additionalProperties"].iter().any(|k| map.contains_key(*k)),
        Some("array") => map.contains_key("items"),
        Some("string") => ["enum", "pattern", "minLength", "maxLength"].iter().any(|k| map.contains_key(*k)),
        _ => false,
    };
    if follows {
        map.shift_remove("type");
    }
    if let (1, Some(kind)) = (map.len(), map.get("type").cloned()) {
        *schema = kind;
    } else if *map == *json!({"x-kubernetes-int-or-string": true}).as_object().unwrap() {
        *schema = json!("int-or-string");
    }
}

/// Calls `f` with every schema right below this one.
fn each(schema: &mut Value, f: &mut dyn FnMut(&mut Value)) {
    let Some(map) = schema.as_object_mut() else { return };
    for (key, value) in map {
        match (key.as_str(), value) {
            ("properties", Value::Object(fields)) => fields.values_mut().for_each(&mut *f),
            ("items" | "additionalProperties" | "not", value) => f(value),
            ("oneOf" | "anyOf" | "allOf", Value::Array(all)) => all.iter_mut().for_each(&mut *f),
            _ => {}
        }
    }
}

/// Gives a line of its own to every part that occurs more than once, named after where it is met first.
fn share(set: &mut Set) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    // A part of a part that is shared counts once.
    fn count(schema: &mut Value, counts: &mut HashMap<String, usize>) {
        let text = schema.to_string();
        if text.len() >= WORTH && schema.is_object() {
            let n = counts.entry(text).or_default();
            *n += 1;
            if *n > 1 {
                return;
            }
        }
        each(schema, &mut |s| count(s, counts));
    }
    let mut kinds = std::mem::take(&mut set.kinds);
    // By kind, not by version, so that a new version changes few names.
    kinds.iter_mut().for_each(|k| count(&mut k.schema, &mut counts));
    let mut names = HashMap::new();
    for kind in &mut kinds {
        let path = kind.kind.clone();
        replace(&mut kind.schema, &path, true, &counts, &mut names, &mut set.definitions);
    }
    set.kinds = kinds;
}

fn replace(
    schema: &mut Value,
    path: &str,
    root: bool,
    counts: &HashMap<String, usize>,
    names: &mut HashMap<String, String>,
    definitions: &mut BTreeMap<String, Value>,
) {
    let text = schema.to_string();
    let shared = !root && schema.is_object() && counts.get(&text).is_some_and(|n| *n > 1);
    if shared && let Some(name) = names.get(&text) {
        *schema = json!(format!("#{name}"));
        return;
    }
    if let Some(map) = schema.as_object_mut() {
        for (key, value) in map {
            match (key.as_str(), value) {
                ("properties", Value::Object(fields)) => {
                    for (name, field) in fields {
                        replace(field, &format!("{path}.{name}"), false, counts, names, definitions);
                    }
                }
                ("items", value) => replace(value, &format!("{path}[]"), false, counts, names, definitions),
                ("additionalProperties", value) => {
                    replace(value, &format!("{path}{{}}"), false, counts, names, definitions);
                }
                _ => {}
            }
        }
    }
    if shared {
        names.insert(text, path.to_string());
        let whole = std::mem::replace(schema, json!(format!("#{path}")));
        definitions.insert(path.to_string(), whole);
    }
}
