//! The schemas of CustomResourceDefinitions.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::Result;
use crate::write::{Kind, Set};

/// The files of a folder, by name.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<std::io::Result<_>>()?;
    files.retain(|f| f.extension().is_some_and(|e| e == "yaml"));
    files.sort();
    Ok(files)
}

/// The schemas of the CRDs in these files.
pub fn read(files: &[PathBuf]) -> Result<Set> {
    let mut set = Set::default();
    for file in files {
        let text = std::fs::read_to_string(file)?;
        for document in text.split("\n---") {
            let crd: Value = yaml_serde::from_str(document)?;
            if crd["kind"] == "CustomResourceDefinition" {
                add(&mut set, &crd);
            }
        }
    }
    Ok(set)
}

fn add(set: &mut Set, crd: &Value) {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    let group = text(&crd["spec"]["group"]);
    let kind = text(&crd["spec"]["names"]["kind"]);
    for version in crd["spec"]["versions"].as_array().into_iter().flatten() {
        if version["served"] == true {
            let schema = object(&version["schema"]["openAPIV3Schema"]);
            set.kinds.push(Kind { group: group.clone(), kind: kind.clone(), version: text(&version["name"]), schema });
        }
    }
}

/// The whole object: what every object has is not repeated in each kind.
fn object(schema: &Value) -> Value {
    let mut schema = plain(schema);
    if let Some(fields) = schema["properties"].as_object_mut() {
        for key in ["apiVersion", "kind", "metadata", "status"] {
            fields.shift_remove(key);
        }
    }
    schema
}

/// Without what says nothing about values, and in the few words that the file uses.
fn plain(schema: &Value) -> Value {
    let Some(from) = schema.as_object() else { return schema.clone() };
    let mut out = Map::new();
    for (key, value) in from {
        let value = match key.as_str() {
            "properties" => {
                let mut fields: Vec<_> = value.as_object().into_iter().flatten().collect();
                fields.sort_by_key(|(k, _)| *k);
                Value::Object(fields.into_iter().map(|(k, v)| (k.clone(), plain(v))).collect())
            }
            "items" | "additionalProperties" | "not" => plain(value),
            "oneOf" | "anyOf" | "allOf" => {
                if from.get("x-kubernetes-int-or-string") == Some(&json!(true)) {
                    continue;
                }
                Value::Array(value.as_array().into_iter().flatten().map(plain).collect())
            }
            "description" | "title" | "example" | "externalDocs" | "x-kubernetes-map-type" => continue,
            // Says less than `minimum` and `maximum` do.
            "format" if from.contains_key("maximum") || value == "double" => continue,
            // What a list's items are told apart by has to be there and to differ.
            "x-kubernetes-list-type" if value != "map" && value != "set" => continue,
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}
