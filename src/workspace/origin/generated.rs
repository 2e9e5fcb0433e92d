//! From a value in a ConfigMap or Secret that Kustomize generates to the file or the literal that it is made of.

use std::ops::Range;
use std::path::Path;

use super::At;
use crate::source::{Place, Span};
use crate::workspace::Workspace;
use crate::yaml::Node;

/// Where the value `key` of a generated object comes from. `part`: of its text.
pub(super) fn source(
    workspace: &Workspace,
    holder: &At,
    folder: &Path,
    object: Node<'_>,
    key: &str,
    value: (&str, Option<&Range<usize>>),
) -> Option<Place> {
    let field = |path: &[&str]| object.at_path(path).and_then(|n| n.text());
    from(workspace, holder, folder, (field(&["kind"])?, field(&["metadata", "name"])?), key, value)
}

/// The same of a kind and a name.
fn from(
    workspace: &Workspace,
    holder: &At,
    folder: &Path,
    (kind, name): (&str, &str),
    key: &str,
    value: (&str, Option<&Range<usize>>),
) -> Option<Place> {
    let generators = match kind {
        "ConfigMap" => "configMapGenerator",
        "Secret" => "secretGenerator",
        _ => return None,
    };
    let node = workspace.node(holder)?;
    let is_it = |g: &Node<'_>| g.get("name").and_then(|n| n.text()).is_some_and(|own| name.contains(own));
    let found: Vec<Node<'_>> = node.items_of(generators).filter(is_it).collect();
    // The last that gives a key wins, where one is merged into another.
    found.into_iter().rev().find_map(|g| {
        let of_key = |n: &Node<'_>| n.text().and_then(|t| t.split_once('=')).is_some_and(|(k, _)| k == key);
        let here = |n: Node<'_>| Place::new(holder.source, n.span());
        g.items_of("literals").find(of_key).map(here).or_else(|| {
            let item = g.items_of("files").find(|n| n.text().is_some_and(|t| entry(t).0 == key))?;
            Some(in_file(workspace, folder, entry(item.text()?).1, value).unwrap_or_else(|| here(item)))
        })
    })
}

/// The literal that gives what a replacement's `source` names, where that object is generated here.
pub(super) fn named(workspace: &Workspace, holder: &At, folder: &Path, source: Node<'_>, value: &str) -> Option<Place> {
    let key = source.get("fieldPath").and_then(|n| n.text())?.strip_prefix("data.")?.replace('\\', "");
    let text = |key: &str| source.get(key).and_then(|n| n.text());
    from(workspace, holder, folder, (text("kind")?, text("name")?), &key, (value, None))
}

/// The key and the path of an entry of `files`: `key=path`, or a path, whose last part is the key.
fn entry(text: &str) -> (&str, &str) {
    text.split_once('=').unwrap_or_else(|| (text.rsplit('/').next().unwrap_or(text), text))
}

/// The part in the file whose text the value is.
fn in_file(
    workspace: &Workspace,
    folder: &Path,
    path: &str,
    (text, part): (&str, Option<&Range<usize>>),
) -> Option<Place> {
    let source = *workspace.files.get(&std::fs::canonicalize(folder.join(path)).ok()?)?;
    let written = workspace.sources.get(source).text();
    let whole = 0..written.len().min(1);
    let part = part.filter(|p| written == text && p.end <= written.len()).unwrap_or(&whole);
    Some(Place::new(source, Span::new(part.start as u32, part.end as u32)))
}
