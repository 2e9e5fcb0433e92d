//! `HelmRelease` of Flux: a chart and its values.
//!
//! Source of the facts: `GetReleaseName`, `GetReleaseNamespace` and `ChartValuesFromReferences` of helm-controller and
//! `github.com/fluxcd/pkg`.

use serde_json::{Map, Value};

use super::reference;
use crate::discover::pointer::{Apply, How, Overlay, Release, ReleaseValues, Repository, Unknown, is_true, text};
use crate::workspace::At;
use crate::yaml::Node;

/// The longest name of a release; longer ones are cut, and end in a hash.
const MAX_NAME: usize = 53;

/// What it applies.
pub(super) fn apply(root: Node<'_>, at: &At, name: &str, namespace: &str) -> Result<Apply, Unknown> {
    let spec = root.get("spec").filter(Node::is_mapping).ok_or_else(|| Unknown::new("it has no spec", ""))?;
    let target = text(spec, "targetNamespace");
    let in_namespace = target.unwrap_or(namespace).to_string();
    if is_true(spec, "suspend") {
        return Err(Unknown::new("suspended: Flux does not apply it", name).of(&in_namespace));
    }
    let release_name = match (text(spec, "releaseName"), target) {
        (Some(given), _) => given.to_string(),
        (None, Some(target)) => format!("{target}-{name}"),
        (None, None) => name.to_string(),
    };
    let (from, path, chart) = chart(spec, namespace)
        .map_err(|what| Unknown::new("a chart that is not in this repository", what).of(&in_namespace))?;
    let mut release = Release { name: release_name, namespace: in_namespace.clone(), ..Release::default() };
    if release.name.len() > MAX_NAME {
        release.name.truncate((0..=MAX_NAME).rev().find(|&i| release.name.is_char_boundary(i)).unwrap_or(0));
    }
    for key in ["valuesFiles", "valuesFile"] {
        let files =
            chart.get(key).into_iter().flat_map(|v| if v.is_sequence() { v.items().collect() } else { vec![v] });
        for file in files {
            // Relative to the root of the source.
            let path = file.text().unwrap_or_default().to_string();
            release.values.push(ReleaseValues::File { path, from: Some(from.clone()), optional: false });
        }
    }
    let from_others = spec.items_of("valuesFrom").filter_map(reference);
    release.values.extend(from_others.map(ReleaseValues::From));
    if let Some(values) = spec.get("values").filter(Node::is_mapping) {
        let at = At { pointer: format!("{}/spec/values", at.pointer), ..at.clone() };
        release.values.push(ReleaseValues::Inline { json: values.to_json(), at });
    }
    release.skip_crds = spec.at_path(&["install", "crds"]).and_then(|c| c.text()) == Some("Skip");
    for (i, renderer) in spec.items_of("postRenderers").enumerate() {
        if let Some(kustomize) = renderer.get("kustomize") {
            let fields: Map<String, Value> = match kustomize.to_json() {
                Value::Object(fields) => fields,
                _ => continue,
            };
            let pointer = format!("{}/spec/postRenderers/{i}/kustomize", at.pointer);
            release.post.push(Overlay { fields, at: Some(At { pointer, ..at.clone() }) });
        }
    }
    Ok(Apply {
        from,
        span: path.span(),
        path: path.text().unwrap_or_default().into(),
        how: How::Helm(release),
        namespace: in_namespace,
    })
}

/// The repository and the path of the chart, and what says so; in words where it is in no repository of files.
fn chart<'s>(spec: Node<'s>, namespace: &str) -> Result<(Repository, Node<'s>, Node<'s>), String> {
    if let Some(reference) = spec.get("chartRef") {
        let field = |key| text(reference, key).unwrap_or_default();
        return Err(format!("{} {}", field("kind"), field("name")));
    }
    let old = spec.get("chart").unwrap_or(spec);
    if let (Some(url), Some(path)) = (text(old, "git"), old.get("path")) {
        return Ok((Repository::Url(url.into()), path, old));
    }
    let chart = old.get("spec").unwrap_or(old);
    let source = chart.get("sourceRef");
    let field = |key| source.and_then(|s| text(s, key));
    let (kind, name) = (field("kind").unwrap_or_default(), field("name").unwrap_or_default());
    match (kind, chart.get("chart")) {
        ("GitRepository" | "Bucket", Some(path)) => {
            let namespace = field("namespace").unwrap_or(namespace);
            let from = Repository::Flux { kind: kind.into(), namespace: namespace.into(), name: name.into() };
            Ok((from, path, chart))
        }
        (_, path) => {
            let name_of = path.and_then(|c| c.text()).or_else(|| text(chart, "name")).unwrap_or("a chart");
            let version = text(chart, "version").map(|v| format!(" {v}")).unwrap_or_default();
            Err(format!("{name_of}{version} of {kind} {name}").trim_end_matches(" of  ").to_string())
        }
    }
}
