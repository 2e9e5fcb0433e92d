//! What Kubernetes enforces of its own kinds beyond their schemas.
//!
//! Source: `pkg/apis/core/validation`, `pkg/apis/apps/validation` of its server.

use super::Problems;
use super::forms;
use super::map::{Map, known};
use super::problem::quoted;
use super::seen::Seen;
use super::structure::is_partial;
use crate::model::Meta;

/// Checks an object.
pub(super) fn check(meta: &Meta<'_>, out: &mut Problems) {
    // Nearly all are right, which needs no look at the file.
    if meta.labels.iter().any(|(_, value)| !is_label_value(value.value))
        && let Some(metadata) = meta.root.get("metadata")
    {
        labels(Map::of(metadata), out);
    }
    let Some(spec) = meta.root.get("spec").filter(|n| n.is_mapping()).map(Map::of) else { return };
    match (meta.group(), meta.kind.value) {
        ("", "Service") => service(spec, out),
        ("", "Pod") => pod(spec, out),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => template(spec, out),
        ("batch", "CronJob") => {
            if let Some(job) = spec.map("jobTemplate").and_then(|t| t.map("spec")) {
                template(job, out);
            }
        }
        _ => {}
    }
}

fn is_label_value(text: &str) -> bool {
    text.len() <= 63 && forms::is_label_value(text)
}

/// Values of labels; their names are as often wrong as right in charts that nobody applies.
fn labels(metadata: Map<'_>, out: &mut Problems) {
    for (_, value) in metadata.entries("labels") {
        if value.text().is_none_or(is_label_value) {
            continue;
        }
        let Some(text) = known(value) else { continue };
        if text.len() > 63 {
            out.at(value, format!("is {}, which is longer than the 63 characters that a label can have", quoted(text)));
        } else {
            out.at(value, format!("is {}, which no label can be: letters, digits, `-`, `_` and `.`, the first and last a letter or digit", quoted(text)));
        }
    }
}

fn service(spec: Map<'_>, out: &mut Problems) {
    let ports: Vec<Map<'_>> = spec.maps("ports").collect();
    let mut names = Seen::new();
    let mut numbers = Seen::new();
    for port in &ports {
        if let Some((node, name)) = port.text("name") {
            if !names.insert(name) {
                out.at(node, format!("is {}, which another port is called as well", quoted(name)));
            } else if !forms::is_label(name) || name.bytes().any(|b| b.is_ascii_uppercase()) {
                out.at(node, format!("is {}, but a port's name is small letters, digits and `-`", quoted(name)));
            }
        } else if ports.len() > 1 && !port.has("name") && !is_partial(port.node) {
            out.at(port.node, "has no `name`, which each of several ports needs");
        }
        if let (Some((node, n)), Some(protocol)) = (port.number("port"), port.word("protocol", "TCP"))
            && !numbers.insert((n as i64, protocol))
        {
            out.at(node, format!("is {n}, which another port of protocol {protocol} has as well"));
        }
    }
    if spec.word("type", "ClusterIP") == Some("ExternalName") && !spec.is_set("externalName") {
        out.at(spec.node, "has no `externalName`, which type ExternalName needs");
    }
}

fn template(spec: Map<'_>, out: &mut Problems) {
    let Some(template) = spec.map("template") else { return };
    if let Some(metadata) = template.map("metadata") {
        labels(metadata, out);
    }
    if let Some(spec) = template.map("spec") {
        pod(spec, out);
    }
}

fn pod(spec: Map<'_>, out: &mut Problems) {
    let mut names = Seen::new();
    for container in spec.maps("initContainers").chain(spec.maps("containers")) {
        if let Some((node, name)) = container.text("name")
            && !names.insert(name)
        {
            out.at(node, format!("is {}, which another container is called as well", quoted(name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn says(api: &str, kind: &str, rest: &str) -> Vec<String> {
        let text = format!("apiVersion: {api}\nkind: {kind}\n{rest}\n");
        let stream = crate::yaml::parse(&text);
        let root = stream.documents[0].tree.root().expect("an object");
        let meta = Meta::read(SourceId(0), root, "shop").expect("an object");
        let mut out = Problems::default();
        check(&meta, &mut out);
        out.list.into_iter().map(|p| p.says).collect()
    }

    #[test]
    fn services() {
        let spec = |s: &str| says("v1", "Service", &format!("spec: {s}"));
        assert!(spec("{ports: [{port: 80}]}").is_empty());
        assert!(spec("{ports: [{name: a, port: 53, protocol: UDP}, {name: b, port: 53}]}").is_empty());
        assert_eq!(
            spec("{ports: [{port: 80}, {name: a, port: 81}]}"),
            ["has no `name`, which each of several ports needs"]
        );
        assert_eq!(
            spec("{ports: [{name: a, port: 80}, {name: a, port: 81}]}"),
            ["is `a`, which another port is called as well"]
        );
        assert_eq!(
            spec("{ports: [{name: a, port: 80}, {name: b, port: 80}]}"),
            ["is 80, which another port of protocol TCP has as well"]
        );
        assert_eq!(spec("{type: ExternalName}"), ["has no `externalName`, which type ExternalName needs"]);
        assert_eq!(spec("{ports: [{name: Web, port: 80}]}").len(), 1);
    }

    #[test]
    fn workloads() {
        let spec = |s: &str| says("apps/v1", "Deployment", &format!("spec: {s}"));
        assert!(
            spec("{template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a}, {name: b}]}}}").is_empty()
        );
        assert_eq!(
            spec("{template: {spec: {containers: [{name: a}, {name: a}]}}}"),
            ["is `a`, which another container is called as well"]
        );
        assert_eq!(spec("{template: {metadata: {labels: {a: 'b c'}}}}").len(), 1);
    }

    #[test]
    fn labels_of_all_kinds() {
        assert_eq!(says("v1", "ConfigMap", "metadata: {name: a, labels: {a: 'b c', d: e, f: '${G}', h: ''}}").len(), 1);
    }
}
