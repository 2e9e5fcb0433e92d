//! Kubernetes' own kinds, from the crate `k8s-openapi`.

use k8s_openapi::api::{apps::v1 as apps, batch::v1 as batch, core::v1 as core};
use schemars::{JsonSchema, schema_for};
use serde_json::{Map, Value, json};

use crate::known;
use crate::write::{Kind, Set};

/// What the schemas are made of.
pub const SOURCE: &str = "k8s-openapi 0.29.0 (Kubernetes 1.37)";

/// The kinds that a mesh rests on.
pub fn read() -> Set {
    let mut set = Set::default();
    add::<core::ConfigMap>(&mut set, "", "ConfigMap");
    add::<core::Endpoints>(&mut set, "", "Endpoints");
    add::<core::Namespace>(&mut set, "", "Namespace");
    add::<core::Pod>(&mut set, "", "Pod");
    add::<core::Secret>(&mut set, "", "Secret");
    add::<core::Service>(&mut set, "", "Service");
    add::<core::ServiceAccount>(&mut set, "", "ServiceAccount");
    add::<apps::DaemonSet>(&mut set, "apps", "DaemonSet");
    add::<apps::Deployment>(&mut set, "apps", "Deployment");
    add::<apps::ReplicaSet>(&mut set, "apps", "ReplicaSet");
    add::<apps::StatefulSet>(&mut set, "apps", "StatefulSet");
    add::<batch::CronJob>(&mut set, "batch", "CronJob");
    add::<batch::Job>(&mut set, "batch", "Job");
    set
}

fn add<T: JsonSchema>(set: &mut Set, group: &str, kind: &str) {
    let root = schema_for!(T).to_value();
    for (name, definition) in root["$defs"].as_object().into_iter().flatten() {
        let short = short(name);
        let definition = plain(definition, short);
        let known = set.definitions.insert(short.to_string(), definition.clone());
        assert!(known.is_none_or(|k| k == definition), "two definitions are called {short}");
    }
    let mut schema = plain(&root, kind);
    if let Some(fields) = schema["properties"].as_object_mut() {
        for key in ["apiVersion", "kind", "metadata", "status"] {
            fields.shift_remove(key);
        }
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|r| r != "metadata");
    }
    set.kinds.push(Kind { group: group.into(), kind: kind.into(), version: "v1".into(), schema });
}

/// `io.k8s.api.core.v1.PodSpec` is `PodSpec`.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Without descriptions, and with what Kubernetes' documents say in words only.
fn plain(schema: &Value, name: &str) -> Value {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return json!(format!("#{}", short(target.rsplit('/').next().unwrap_or(target))));
    }
    let Some(from) = schema.as_object() else { return schema.clone() };
    let mut out = Map::new();
    for (key, value) in from {
        let value = match key.as_str() {
            "properties" => {
                let mut fields: Vec<_> = value.as_object().into_iter().flatten().collect();
                fields.sort_by_key(|(k, _)| *k);
                let field = |k: &String, v: &Value| known::with_limits(name, k, plain(v, ""));
                Value::Object(fields.into_iter().map(|(k, v)| (k.clone(), field(k, v))).collect())
            }
            "items" | "additionalProperties" => plain(value, ""),
            "type" | "required" | "x-kubernetes-int-or-string" => value.clone(),
            "format" if value != "double" => value.clone(),
            _ => continue,
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}
