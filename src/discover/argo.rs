//! Argo CD: objects that say what else their cluster, or another one, applies.

mod application;
pub(super) mod clusters;
pub(super) mod directory;
mod generators;
pub(super) mod sets;
mod template;

use super::pointer::Pointer;
use crate::workspace::At;
use crate::yaml::Node;

/// What an object of this group and kind says; `None` where it says nothing of the sort. An ApplicationSet says it by
/// the Applications that it makes: see [`sets::expand`].
pub(super) fn pointer(group: &str, kind: &str, root: Node<'_>, at: &At) -> Option<Pointer> {
    (group == "argoproj.io" && kind == "Application").then(|| application::read(root, at))
}

fn text<'s>(node: Node<'s>, key: &str) -> Option<&'s str> {
    node.get(key).filter(|n| !n.is_null()).and_then(|n| n.text()).filter(|t| !t.is_empty())
}

fn is_true(node: Node<'_>, key: &str) -> bool {
    text(node, key) == Some("true")
}

fn items<'s>(node: Node<'s>, key: &str) -> impl Iterator<Item = Node<'s>> + use<'s> {
    node.get(key).into_iter().flat_map(|n| n.items())
}
