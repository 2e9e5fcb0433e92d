//! Flux: objects that say what else their cluster applies.

pub(super) mod envsubst;
mod kustomization;
mod release;
pub(super) mod sources;

use super::pointer::{Pointer, Reference, is_true, text};
use crate::workspace::At;
use crate::yaml::{Node, Scalar};

/// What an object of this group and kind says; `None` where it says nothing of the sort.
pub(super) fn pointer(group: &str, kind: &str, root: Node<'_>, at: &At) -> Option<Pointer> {
    let field = |key| root.at_path(&["metadata", key]).and_then(|n| n.text()).filter(|t| !t.is_empty());
    let (name, namespace) = (field("name")?, field("namespace").unwrap_or("default"));
    let (kind, apply) = match (group, kind) {
        ("kustomize.toolkit.fluxcd.io", "Kustomization") => {
            ("Flux Kustomization", kustomization::apply(root, at, namespace))
        }
        ("helm.toolkit.fluxcd.io" | "helm.fluxcd.io", "HelmRelease") => {
            ("Flux HelmRelease", release::apply(root, at, name, namespace))
        }
        _ => return None,
    };
    Some(Pointer {
        kind,
        title: format!("{namespace}/{name}"),
        namespace: namespace.into(),
        at: at.clone(),
        destination: kustomization::destination(root),
        applies: vec![apply],
    })
}

/// A scalar as the text that a ConfigMap's value or a variable would be.
pub(super) fn to_text(node: Node<'_>) -> String {
    match node.value() {
        Some(Scalar::Null) | None => String::new(),
        Some(Scalar::Bool(b)) => b.to_string(),
        Some(Scalar::Int(n)) => n.to_string(),
        _ => node.text().unwrap_or_default().into(),
    }
}

/// An entry of `substituteFrom` or `valuesFrom`.
fn reference(node: Node<'_>) -> Option<Reference> {
    let own = |key| text(node, key).map(str::to_string);
    Some(Reference {
        kind: own("kind")?,
        name: own("name")?,
        key: own("valuesKey"),
        target: own("targetPath"),
        optional: is_true(node, "optional"),
        span: node.span(),
    })
}
