//! Argo CD: objects that say what else their cluster, or another one, applies.

mod application;
pub(super) mod clusters;
pub(super) mod directory;
mod generators;
mod selector;
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
