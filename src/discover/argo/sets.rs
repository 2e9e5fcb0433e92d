//! `ApplicationSet`: the Applications that it makes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::generators::{Generators, MAX, Parameters};
use super::template;
use crate::discover::pointer::is_true;
use crate::source::Place;
use crate::workspace::At;
use crate::yaml::Node;

pub(in crate::discover) use super::generators::World;

/// What an ApplicationSet makes.
#[derive(Default)]
pub(in crate::discover) struct Expansion {
    pub(in crate::discover) applications: Vec<Generated>,
    /// Why some of it is not known.
    pub(in crate::discover) unknown: Vec<String>,
}

/// An Application that is made.
pub(in crate::discover) struct Generated {
    /// The Application; what stands at a pointer in it stands at the same one in the set's `spec.template`.
    pub(in crate::discover) yaml: String,
    /// The places of the parameters' values.
    pub(in crate::discover) parameters: BTreeMap<String, Place>,
}

/// What a set makes.
pub(in crate::discover) fn expand(root: Node<'_>, at: &At, world: &dyn World) -> Expansion {
    let mut out = Expansion::default();
    let Some(spec) = root.get("spec").filter(Node::is_mapping) else { return out };
    let go = is_true(spec, "goTemplate");
    let Some(template) = spec.get("template").map(|t| t.to_json()) else { return out };
    if spec.get("templatePatch").is_some() {
        out.unknown.push("its `templatePatch` is not put on".into());
    }
    let namespace = root.at_path(&["metadata", "namespace"]).and_then(|n| n.text()).unwrap_or("default");
    let mut generators = Generators { world, source: at.source, go, unknown: Vec::new() };
    for generator in spec.items_of("generators") {
        for parameters in generators.run(generator, &Parameters::new(), 0) {
            if out.applications.len() >= MAX {
                break;
            }
            match fill(&template, &parameters, go) {
                Ok(mut application) => {
                    application["apiVersion"] = json!("argoproj.io/v1alpha1");
                    application["kind"] = json!("Application");
                    if application["metadata"]["namespace"].is_null() && application["metadata"].is_object() {
                        application["metadata"]["namespace"] = json!(namespace);
                    }
                    let places = parameters.into_iter().filter_map(|(name, p)| Some((name, p.place?)));
                    out.applications.push(Generated { yaml: application.to_string(), parameters: places.collect() });
                }
                Err(expression) => {
                    let what = format!("its template has `{expression}`, which meshlint does not work out");
                    if !out.unknown.contains(&what) {
                        out.unknown.push(what);
                    }
                }
            }
        }
    }
    out.unknown.extend(generators.unknown);
    out
}

fn fill(template: &Value, parameters: &Parameters, go: bool) -> Result<Value, String> {
    Ok(match template {
        Value::String(text) => template::render(text, parameters, go)?.into(),
        Value::Array(list) => list.iter().map(|v| fill(v, parameters, go)).collect::<Result<Vec<_>, _>>()?.into(),
        Value::Object(fields) => {
            let field =
                |(k, v): (&String, &Value)| Ok((template::render(k, parameters, go)?, fill(v, parameters, go)?));
            Value::Object(fields.iter().map(field).collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}
