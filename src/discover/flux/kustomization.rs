//! `Kustomization` of Flux: a folder of a source, what is put on top of it, and variables.
//!
//! Source of the facts: `GenerateManifest` of `github.com/fluxcd/pkg/kustomize`.

use serde_json::{Map, Value, json};

use super::{reference, to_text};
use crate::discover::pointer::{Apply, Destination, How, Overlay, PostBuild, Repository, Unknown, is_true, text};
use crate::source::Place;
use crate::workspace::At;
use crate::yaml::Node;

/// What it applies.
pub(super) fn apply(root: Node<'_>, at: &At, namespace: &str) -> Result<Apply, Unknown> {
    let spec = root.get("spec").filter(Node::is_mapping).ok_or_else(|| Unknown::new("it has no spec", ""))?;
    let path = spec.get("path");
    let written = path.and_then(|p| p.text()).unwrap_or("./");
    let target = text(spec, "targetNamespace");
    if is_true(spec, "suspend") {
        return Err(Unknown::new("suspended: Flux does not apply it", written));
    }
    let source = spec.get("sourceRef").unwrap_or(spec);
    let from = Repository::Flux {
        kind: text(source, "kind").unwrap_or("GitRepository").into(),
        namespace: text(source, "namespace").unwrap_or(namespace).into(),
        name: text(source, "name").unwrap_or("flux-system").into(),
    };
    Ok(Apply {
        from,
        path: written.into(),
        span: path.unwrap_or(spec).span(),
        how: How::Flux { overlay: overlay(spec, at), post_build: spec.get("postBuild").map(|p| post_build(p, at)) },
        namespace: target.unwrap_or("default").into(),
    })
}

/// Where it applies that.
pub(super) fn destination(root: Node<'_>) -> Destination {
    let Some(config) = root.at_path(&["spec", "kubeConfig"]) else { return Destination::Here };
    let secret = config.at_path(&["secretRef", "name"]).or_else(|| config.at_path(&["configMapRef", "name"]));
    let name = secret.and_then(|s| s.text()).unwrap_or("a kubeconfig");
    Destination::Unknown(format!("it applies to another cluster, by {name}"))
}

fn overlay(spec: Node<'_>, at: &At) -> Overlay {
    let mut fields = Map::new();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            fields.insert(key.into(), value);
        }
    };
    let json = |key: &str| spec.get(key).map_or(Value::Null, |n| n.to_json());
    put("namespace", json("targetNamespace"));
    for key in ["namePrefix", "nameSuffix", "images", "components", "patches"] {
        put(key, json(key));
    }
    // Until v1beta2 these could be objects; a kustomization takes texts.
    if let Value::Array(list) = json("patchesStrategicMerge") {
        put(
            "patchesStrategicMerge",
            list.iter().map(|p| p.as_str().map_or_else(|| p.to_string(), str::to_string)).collect(),
        );
    }
    if let Value::Array(list) = json("patchesJson6902") {
        let one = |p: &Value| json!({"target": p["target"], "patch": p["patch"].to_string()});
        put("patchesJson6902", list.iter().map(one).collect());
    }
    if let Some(labels) = spec.at_path(&["commonMetadata", "labels"]) {
        put("labels", json!([{"pairs": labels.to_json()}]));
    }
    if let Some(annotations) = spec.at_path(&["commonMetadata", "annotations"]) {
        put("commonAnnotations", annotations.to_json());
    }
    Overlay { fields, at: Some(At { pointer: format!("{}/spec", at.pointer), ..at.clone() }) }
}

fn post_build(node: Node<'_>, at: &At) -> PostBuild {
    let mut out = PostBuild::default();
    for (key, value) in node.get("substitute").into_iter().flat_map(|s| s.entries()) {
        let place = Place { source: at.source, span: value.span() };
        // Line ends are taken out of values.
        out.substitute.insert(key.key().into_owned(), (to_text(value).replace('\n', ""), place));
    }
    out.from = node.items_of("substituteFrom").filter_map(reference).collect();
    out
}
