//! `Application` of Argo CD: sources, and the cluster and namespace that they are applied to.
//!
//! Source of the facts: <https://argo-cd.readthedocs.io/en/stable/user-guide/> (Kustomize, Helm, Directory, Multiple
//! Sources) and `ApplicationSource` in `pkg/apis/application/v1alpha1/types.go`.

use serde_json::{Map, Value, json};

use super::clusters::IN_CLUSTER;
use crate::discover::pointer::{
    Apply, Argo, Destination, How, Overlay, Pointer, Release, ReleaseValues, Repository, Unknown, is_true, text,
};
use crate::workspace::At;
use crate::yaml::Node;

/// What an Application says.
pub(super) fn read(root: Node<'_>, at: &At) -> Pointer {
    let field = |key| root.at_path(&["metadata", key]).and_then(|n| n.text()).filter(|t| !t.is_empty());
    let (name, own) = (field("name").unwrap_or_default(), field("namespace").unwrap_or("default"));
    let spec = root.get("spec");
    let namespace = spec.and_then(|s| s.get("destination")).and_then(|d| text(d, "namespace")).unwrap_or("default");
    let mut applies = Vec::new();
    match spec.filter(Node::is_mapping) {
        Some(spec) => sources(spec, at, &mut |source, at| applies.extend(apply(spec, source, &at, name, namespace))),
        None => applies.push(Err(Unknown::new("it has no spec", ""))),
    }
    Pointer {
        kind: "Argo CD Application",
        title: if own == "default" { name.into() } else { format!("{own}/{name}") },
        namespace: own.into(),
        at: at.clone(),
        destination: spec.and_then(|s| s.get("destination")).map_or(Destination::Here, destination),
        applies,
    }
}

fn destination(node: Node<'_>) -> Destination {
    match (text(node, "name"), text(node, "server")) {
        (Some("in-cluster"), _) | (None, Some(IN_CLUSTER) | None) => Destination::Here,
        (Some(name), _) if is_template(name) => Destination::Unknown(format!("its destination is `{name}`")),
        (Some(name), _) => Destination::Name(name.into()),
        (None, Some(server)) if server.trim_end_matches('/') == IN_CLUSTER => Destination::Here,
        (None, Some(server)) if is_template(server) => Destination::Unknown(format!("its destination is `{server}`")),
        (None, Some(server)) => Destination::Server(server.into()),
    }
}

fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("${")
}

/// Each source, with where it is: `sources` wins over `source`, what is hydrated comes from its dry source.
fn sources(spec: Node<'_>, at: &At, each: &mut dyn FnMut(Node<'_>, At)) {
    let below = |pointer: &str| At { pointer: format!("{}/spec/{pointer}", at.pointer), ..at.clone() };
    let several: Vec<Node<'_>> = spec.items_of("sources").collect();
    for (i, source) in several.iter().enumerate() {
        each(*source, below(&format!("sources/{i}")));
    }
    if !several.is_empty() {
        return;
    }
    if let Some(dry) = spec.at_path(&["sourceHydrator", "drySource"]) {
        each(dry, below("sourceHydrator/drySource"));
    } else if let Some(source) = spec.get("source") {
        each(source, below("source"));
    }
}

fn apply(spec: Node<'_>, source: Node<'_>, at: &At, name: &str, namespace: &str) -> Option<Result<Apply, Unknown>> {
    let url = text(source, "repoURL").unwrap_or_default();
    if let Some(chart) = text(source, "chart") {
        let version = text(source, "targetRevision").map(|v| format!(" {v}")).unwrap_or_default();
        let what = format!("{chart}{version} of {url}");
        return Some(Err(Unknown::new("a chart that is not in this repository", what).of(namespace)));
    }
    let path = source.get("path").filter(|p| p.text().is_some_and(|t| !t.is_empty()));
    // A source that others take values from applies nothing by itself.
    if path.is_none() && source.get("ref").is_some() {
        return None;
    }
    let path = path.unwrap_or(source);
    let mut argo = Argo { helm: release(spec, source, at, name, namespace), ..Argo::default() };
    if let Some(directory) = source.get("directory") {
        argo.recurse = is_true(directory, "recurse");
        let globs = |key| text(directory, key).map(str::to_string).into_iter().collect();
        (argo.include, argo.exclude) = (globs("include"), globs("exclude"));
        argo.explicit = Some(super::directory::SourceKind::Directory);
    }
    if let Some(kustomize) = source.get("kustomize") {
        argo.kustomize = overlay(kustomize, At { pointer: format!("{}/kustomize", at.pointer), ..at.clone() });
        argo.explicit = Some(super::directory::SourceKind::Kustomize);
    }
    if source.get("helm").is_some() {
        argo.explicit = Some(super::directory::SourceKind::Helm);
    }
    if source.get("plugin").is_some() {
        argo.unknown = Some("made by a plugin of Argo CD".into());
    }
    Some(Ok(Apply {
        from: Repository::Url(url.into()),
        path: path.text().unwrap_or(".").into(),
        span: path.span(),
        how: How::Argo(Box::new(argo)),
        namespace: namespace.into(),
    }))
}

/// `kustomize` of a source, as a kustomization would say it.
fn overlay(node: Node<'_>, at: At) -> Overlay {
    let mut fields = Map::new();
    for key in ["namePrefix", "nameSuffix", "namespace", "components", "patches", "replicas", "commonAnnotations"] {
        if let Some(value) = node.get(key).filter(|v| !v.is_null()) {
            fields.insert(key.into(), value.to_json());
        }
    }
    if let Some(Value::Array(replicas)) = fields.get_mut("replicas") {
        for count in replicas.iter_mut().filter_map(|r| r.get_mut("count")) {
            // A number or a text there, a number here.
            if let Some(number) = count.as_str().and_then(|c| c.parse::<u64>().ok()) {
                *count = number.into();
            }
        }
    }
    if let Some(labels) = node.get("commonLabels").filter(Node::is_mapping) {
        let selectors = !is_true(node, "labelWithoutSelector");
        fields.insert("labels".into(), json!([{"pairs": labels.to_json(), "includeSelectors": selectors}]));
    }
    let images: Vec<Value> = node.items_of("images").filter_map(|i| i.text()).map(image).collect();
    if !images.is_empty() {
        fields.insert("images".into(), images.into());
    }
    Overlay { fields, at: Some(at) }
}

/// `name=new:tag`, `name:tag`, `name@digest`
fn image(text: &str) -> Value {
    let (name, new) = text.split_once('=').map_or((None, text), |(name, new)| (Some(name), new));
    let (rest, digest) = new.split_once('@').map_or((new, None), |(r, d)| (r, Some(d)));
    let colon = rest.rfind(':').filter(|at| !rest[*at..].contains('/'));
    let (new_name, tag) = colon.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
    let mut out = json!({"name": name.unwrap_or(new_name)});
    if name.is_some() {
        out["newName"] = new_name.into();
    }
    if let Some(tag) = tag {
        out["newTag"] = tag.into();
    }
    if let Some(digest) = digest {
        out["digest"] = digest.into();
    }
    out
}

fn release(spec: Node<'_>, source: Node<'_>, at: &At, name: &str, namespace: &str) -> Release {
    let mut release = Release { name: name.into(), namespace: namespace.into(), ..Release::default() };
    let Some(helm) = source.get("helm") else { return release };
    let below = |pointer: String| At { pointer: format!("{}/helm/{pointer}", at.pointer), ..at.clone() };
    if let Some(name) = text(helm, "releaseName") {
        release.name = name.into();
    }
    if let Some(namespace) = text(helm, "namespace") {
        release.namespace = namespace.into();
    }
    release.skip_crds = is_true(helm, "skipCrds");
    let optional = is_true(helm, "ignoreMissingValueFiles");
    for file in helm.items_of("valueFiles") {
        let Some(path) = file.text() else { continue };
        // `$ref/path`: of the source with that `ref`.
        let of_ref = path.strip_prefix('$').and_then(|p| p.split_once('/'));
        let (path, from) = match of_ref {
            Some((reference, path)) => {
                let other = spec.items_of("sources").find(|s| text(*s, "ref") == Some(reference));
                let url = other.and_then(|o| text(o, "repoURL")).unwrap_or_default();
                (path, Some(Repository::Url(url.into())))
            }
            None => (path, None),
        };
        release.values.push(ReleaseValues::File { path: path.into(), from, optional });
    }
    if let Some(values) = helm.get("valuesObject").filter(Node::is_mapping) {
        release.values.push(ReleaseValues::Inline { json: values.to_json(), at: below("valuesObject".into()) });
    } else if let Some(values) = text(helm, "values") {
        let stream = crate::yaml::parse(values);
        let root = stream.documents.first().and_then(|d| d.tree.root()).map(|r| r.to_json());
        release.values.push(ReleaseValues::Inline { json: root.unwrap_or_default(), at: below("values".into()) });
    }
    for (i, parameter) in helm.items_of("parameters").enumerate() {
        let Some(path) = text(parameter, "name") else { continue };
        let value = parameter.get("value").map(crate::discover::flux::to_text).unwrap_or_default();
        let at = below(format!("parameters/{i}/value"));
        let as_text = is_true(parameter, "forceString");
        release.values.push(ReleaseValues::Set { path: path.into(), value, as_text, at });
    }
    for parameter in helm.items_of("fileParameters") {
        let (Some(path), Some(file)) = (text(parameter, "name"), text(parameter, "path")) else { continue };
        release.values.push(ReleaseValues::SetFile { path: path.into(), file: file.into() });
    }
    release
}
