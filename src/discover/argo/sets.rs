//! `ApplicationSet`: the Applications that it makes.
//!
//! Source of the facts: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/>.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::generators::{Generators, MAX, Parameters};
use super::template;
use crate::discover::pointer::{is_true, text};
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
    /// The Application; what stands at a pointer in it stands at the same one in one of its templates.
    pub(in crate::discover) yaml: String,
    /// The pointers of the templates in the set, those that win first.
    pub(in crate::discover) templates: Vec<String>,
    /// What `spec.templatePatch` gives.
    pub(in crate::discover) patch: Option<String>,
    /// The places of the parameters' values.
    pub(in crate::discover) parameters: BTreeMap<String, Place>,
}

/// What a set's Applications are made of.
struct Maker<'s> {
    template: Value,
    templates: Vec<String>,
    patch: Option<&'s str>,
    namespace: &'s str,
    go: bool,
}

/// What a set makes.
pub(in crate::discover) fn expand(root: Node<'_>, at: &At, world: &dyn World) -> Expansion {
    let mut out = Expansion::default();
    let Some(spec) = root.get("spec").filter(Node::is_mapping) else { return out };
    let go = is_true(spec, "goTemplate");
    let Some(template) = spec.get("template").map(|t| t.to_json()) else { return out };
    let namespace = root.at_path(&["metadata", "namespace"]).and_then(|n| n.text()).unwrap_or("default");
    let mut generators = Generators { world, source: at.source, go, unknown: Vec::new() };
    for (i, generator) in spec.items_of("generators").enumerate() {
        let mut maker = Maker {
            template: template.clone(),
            templates: vec!["/spec/template".into()],
            patch: text(spec, "templatePatch"),
            namespace,
            go,
        };
        for (kind, inner) in generator.entries() {
            if let Some(own) = inner.get("template").filter(Node::is_mapping) {
                override_with(&mut maker.template, own.to_json());
                maker.templates.insert(0, format!("/spec/generators/{i}/{}/template", kind.key()));
            }
        }
        for parameters in generators.run(generator, &Parameters::new(), 0) {
            if out.applications.len() >= MAX {
                break;
            }
            match maker.make(parameters) {
                Ok(application) => out.applications.push(application),
                Err(what) if out.unknown.contains(&what) => {}
                Err(what) => out.unknown.push(what),
            }
        }
    }
    out.unknown.extend(generators.unknown);
    out
}

impl Maker<'_> {
    fn make(&self, parameters: Parameters) -> Result<Generated, String> {
        let unknown = |what: &str, expression: String| {
            format!("its {what} has `{}`, which meshlint does not work out", expression.trim())
        };
        let mut application = fill(&self.template, &parameters, self.go).map_err(|e| unknown("template", e))?;
        let patch = self.patch.map(|p| template::render(p, &parameters, self.go)).transpose();
        let patch = patch.map_err(|e| unknown("templatePatch", e))?;
        if let Some(text) = &patch {
            let stream = crate::yaml::parse(text);
            if !stream.errors.is_empty() {
                return Err("its templatePatch does not give YAML".into());
            }
            let root = stream.documents.first().and_then(|d| d.tree.root());
            root.into_iter().for_each(|r| merge(&mut application, r.to_json()));
        }
        if !application.is_object() {
            return Err("its template gives no Application".into());
        }
        application["apiVersion"] = json!("argoproj.io/v1alpha1");
        application["kind"] = json!("Application");
        if application["metadata"]["namespace"].is_null() && application["metadata"].is_object() {
            application["metadata"]["namespace"] = json!(self.namespace);
        }
        let places = parameters.into_iter().filter_map(|(name, p)| Some((name, p.place?)));
        Ok(Generated {
            yaml: application.to_string(),
            templates: self.templates.clone(),
            patch,
            parameters: places.collect(),
        })
    }
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

/// A generator's own template wins over the set's, field by field; what is empty in it says nothing.
fn override_with(template: &mut Value, own: Value) {
    match (template, own) {
        (_, Value::Null | Value::Bool(false)) => {}
        (_, Value::String(text)) if text.is_empty() => {}
        (_, Value::Array(list)) if list.is_empty() => {}
        (Value::Object(fields), Value::Object(own)) => {
            own.into_iter().for_each(|(key, value)| override_with(fields.entry(key).or_insert(Value::Null), value));
        }
        (template, own) => *template = own,
    }
}

/// A JSON merge patch (RFC 7386): lists are replaced, what is null goes.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(fields) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(own) = target else { return };
    for (key, value) in fields {
        if value.is_null() {
            own.remove(&key);
        } else {
            merge(own.entry(key).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_of_generators_win_where_they_say_something() {
        let mut template = json!({"metadata": {"name": "a", "labels": {"x": "1"}}, "spec": {"source": {"path": "p"}}});
        override_with(&mut template, json!({"metadata": {}, "spec": {"source": {"path": "q", "repoURL": ""}}}));
        let expected = json!({"metadata": {"name": "a", "labels": {"x": "1"}}, "spec": {"source": {"path": "q", "repoURL": null}}});
        assert_eq!(template, expected);
    }

    #[test]
    fn patches_merge() {
        let mut application = json!({"spec": {"a": [1, 2], "b": {"c": 1, "d": 2}}});
        merge(&mut application, json!({"spec": {"a": [3], "b": {"c": null, "e": 3}}}));
        assert_eq!(application, json!({"spec": {"a": [3], "b": {"d": 2, "e": 3}}}));
    }
}
