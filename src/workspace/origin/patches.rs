//! What holds patches and the like: a kustomization, and what Flux and Argo CD put on top in the same terms.

use std::path::Path;

use regex_automata::meta::{Config, Regex};

use super::At;
use super::layers::{Built, walk};
use crate::source::{Place, Span};
use crate::workspace::Workspace;
use crate::workspace::embedded::body;
use crate::yaml::{Node, parse_span, pointer_steps};

/// The most memory that the regular expression of a patch's target may take, in bytes.
const MAX_REGEX: usize = 1 << 20;

impl Built<'_> {
    /// The place in what holds patches and the like that sets the value.
    pub(super) fn set_by(
        &self,
        workspace: &Workspace,
        holder: &At,
        folder: &Path,
        object: Option<&At>,
    ) -> Option<Place> {
        let node = workspace.node(holder)?;
        let written = object.and_then(|o| workspace.node(o));
        // They act after the patches.
        if let Some(place) = self.replaced(workspace, holder, folder, written) {
            return Some(place);
        }
        let mut patches = Vec::new();
        for key in ["patches", "patchesJson6902", "patchesStrategicMerge"] {
            patches.extend(node.get(key).into_iter().flat_map(|n| n.items()));
        }
        for patch in patches.into_iter().rev() {
            let target = patch.get("target");
            if !target.is_none_or(|t| self.is_target(t, written)) {
                continue;
            }
            let path = patch.get("path").or_else(|| patch.text().map(|_| patch)).and_then(|p| p.text());
            let file = path.filter(|p| !p.contains('\n')).and_then(|p| {
                let real = std::fs::canonicalize(folder.join(p)).ok()?;
                workspace.files.get(&real).copied()
            });
            if let Some(source) = file {
                let documents = &workspace.streams[source.0 as usize].stream.documents;
                let mut roots = documents.iter().filter_map(|d| d.tree.root());
                if let Some(span) = roots.find_map(|r| self.set_in(r, target.is_some())) {
                    return Some(Place::new(source, span));
                }
                continue;
            }
            let inline = patch.get("patch").unwrap_or(patch);
            if inline.is_mapping() || inline.is_sequence() {
                if let Some(span) = self.set_in(inline, target.is_some()) {
                    return Some(Place::new(holder.source, span));
                }
                continue;
            }
            let text = workspace.sources.get(holder.source).shared_text();
            let document = body(text, inline).and_then(|span| parse_span(text, span).ok().flatten());
            let found = document.as_ref().and_then(|d| d.tree.root()).and_then(|r| self.set_in(r, target.is_some()));
            if let Some(span) = found {
                return Some(Place::new(holder.source, span));
            }
        }
        self.field_of(node).map(|span| Place::new(holder.source, span))
    }

    /// Whether a patch's `target` means the object: by what it is now, or as it is written.
    pub(super) fn is_target(&self, target: Node<'_>, written: Option<Node<'_>>) -> bool {
        let field = |root: Node<'_>, path: &[&str]| root.at_path(path).and_then(|n| n.text()).map(str::to_string);
        let group = |root: Node<'_>| {
            let version = field(root, &["apiVersion"]).unwrap_or_default();
            version.split_once('/').map_or((String::new(), version.clone()), |(g, v)| (g.into(), v.into()))
        };
        let fits = |key: &str, of: &dyn Fn(Node<'_>) -> Option<String>| {
            let Some(pattern) = target.get(key).and_then(|n| n.text()).filter(|p| !p.is_empty()) else { return true };
            let known = [Some(self.root), written].into_iter().flatten().filter_map(of);
            let known: Vec<String> = known.collect();
            known.is_empty() || known.iter().any(|own| matches(pattern, own))
        };
        fits("kind", &|n| field(n, &["kind"]))
            && fits("name", &|n| field(n, &["metadata", "name"]))
            && fits("namespace", &|n| field(n, &["metadata", "namespace"]))
            && fits("group", &|n| Some(group(n).0))
            && fits("version", &|n| Some(group(n).1))
    }

    /// The value in a patch that is the built one.
    fn set_in(&self, patch: Node<'_>, has_target: bool) -> Option<Span> {
        let value = self.scalar();
        if patch.is_sequence() {
            let operations: Vec<Node<'_>> = patch.items().collect();
            return operations.into_iter().rev().find_map(|operation| {
                let path = operation.get("path")?.text()?;
                let inner = operation.get("value")?;
                let (path, steps) = (pointer_steps(path).collect::<Vec<_>>(), self.steps());
                let same = |(a, b): (&String, &String)| a == "-" || a == b;
                if path.len() > steps.len() || !path.iter().zip(&steps).all(same) {
                    return None;
                }
                let built = steps[..path.len()].iter().try_fold(self.root, |node, step| node.child(step))?;
                let like = walk(built, inner, None, &steps[path.len()..], value)?;
                (like.is_equal || value.is_none()).then(|| self.span_of(&like))
            });
        }
        let field = |root: Node<'_>, path: &[&str]| root.at_path(path).and_then(|n| n.text()).map(str::to_string);
        let same = |path: &[&str]| field(patch, path).is_none() || field(patch, path) == field(self.root, path);
        if !same(&["kind"]) || !(has_target || same(&["metadata", "name"])) {
            return None;
        }
        // Names say which object it is, they do not change it.
        if matches!(self.pointer.as_str(), "/metadata/name" | "/kind" | "/apiVersion" | "/metadata/namespace") {
            return None;
        }
        let like = self.like(patch)?;
        (like.is_equal || value.is_none()).then(|| self.span_of(&like))
    }

    /// A field of a kustomization that sets the value: `namespace`, `labels`, ….
    fn field_of(&self, node: Node<'_>) -> Option<Span> {
        let value = self.scalar()?;
        let equal = |n: Node<'_>| (n.text() == Some(value)).then(|| n.span());
        if self.pointer.ends_with("/namespace") {
            return ["namespace", "targetNamespace"].iter().find_map(|k| node.get(k).and_then(equal));
        }
        let key = self.last_key()?;
        let pairs = node.get("labels").into_iter().flat_map(|l| l.items()).filter_map(|l| l.get("pairs"));
        let common = ["commonLabels", "commonAnnotations"].into_iter().filter_map(|k| node.get(k));
        let metadata = ["labels", "annotations"].into_iter().filter_map(|k| node.at_path(&["commonMetadata", k]));
        pairs.chain(common).chain(metadata).find_map(|m| m.get(&key).and_then(equal))
    }
}

/// Whether a regular expression matches all of a text, as Kustomize has it; one that is none matches nothing but itself.
fn matches(pattern: &str, text: &str) -> bool {
    if pattern == text {
        return true;
    }
    if pattern.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') {
        return false;
    }
    let limits = Config::new().nfa_size_limit(Some(MAX_REGEX)).onepass(false).hybrid(false).dfa(false);
    let regex = Regex::builder().configure(limits).build(&format!("^(?:{pattern})$"));
    regex.is_ok_and(|r| r.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_regular_expressions_of_whole_names() {
        for (pattern, text, expected) in [
            ("reviews", "reviews", true),
            ("reviews", "reviews-v1", false),
            ("reviews.*", "reviews-v1", true),
            ("a|b", "b", true),
            ("a|b", "ab", false),
            ("(", "(", true),
            ("(", "x", false),
            ("(x{1000}){1000}", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
