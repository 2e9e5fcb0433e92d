//! Which of the layers of a built document has set a value.

use std::path::Path;

use super::{At, Layer, Via, template};
use crate::source::{Place, Span};
use crate::workspace::Workspace;
use crate::workspace::embedded::body;
use crate::yaml::{Node, parse_span, pointer_steps};

/// The most items of a list that are looked at for one that is like another.
const MAX_ITEMS: usize = 500;

/// A node of a built document.
pub(super) struct Built<'s> {
    root: Node<'s>,
    pointer: String,
    /// The node itself.
    node: Node<'s>,
    /// The place is that of its key.
    is_key: bool,
}

/// One step back.
pub(super) struct Step {
    pub(super) place: Place,
    pub(super) via: Vec<Via>,
}

/// A node that is like the one that was built.
struct Like<'s> {
    node: Node<'s>,
    key: Option<Node<'s>>,
    is_equal: bool,
}

impl<'s> Built<'s> {
    pub(super) fn of(root: Node<'s>, span: Span) -> Self {
        let pointer = root.pointer_to(span);
        let node = root.at_pointer(&pointer).unwrap_or(root);
        let is_key = !node.span().contains(span) && !pointer.is_empty();
        Self { root, pointer, node, is_key }
    }

    /// Its text as the program printed it, before variables were put in.
    pub(super) fn raw(&self) -> &'s str {
        let span = self.node.span();
        if self.node.text().is_some() { &self.node.source_text()[span.range()] } else { "" }
    }

    /// The scalar before variables were put in, without quotes.
    fn scalar(&self) -> Option<&'s str> {
        let text = self.node.text()?;
        let raw = self.raw();
        let bare = raw.trim_matches(['"', '\'']);
        Some(if bare.contains("${") { bare } else { text })
    }

    fn steps(&self) -> Vec<String> {
        pointer_steps(&self.pointer).collect()
    }

    fn last_key(&self) -> Option<String> {
        self.steps().into_iter().rev().find(|s| s.parse::<usize>().is_err())
    }

    /// Where it comes from, by the layers of its document, the last one first.
    pub(super) fn step(&self, workspace: &Workspace, layers: &[Layer]) -> Option<Step> {
        let object = layers.iter().find_map(|l| if let Layer::Object(at) = l { Some(at) } else { None });
        let written = object.and_then(|o| Some((o.source, self.like(workspace.node(o)?)?)));
        let mut fallback = None;
        for layer in layers {
            match layer {
                Layer::Kustomization { at, folder } => {
                    // A mapping or list is shown where it stands in the object, if it does.
                    if self.node.text().is_none() && written.is_some() {
                        continue;
                    }
                    let Some(place) = self.set_by(workspace, at, folder) else { continue };
                    let via = object.and_then(|o| self.object_via(workspace, o)).into_iter().collect();
                    return Some(Step { place, via });
                }
                Layer::Object(at_object) => match &written {
                    Some((source, like)) if like.is_equal => {
                        return Some(plain(Place::new(*source, self.span_of(like))));
                    }
                    Some((source, like)) => fallback = Some(plain(Place::new(*source, self.span_of(like)))),
                    None => fallback = self.nearest(workspace, at_object).map(plain),
                },
                Layer::Template(t) => {
                    let (key, is_item) = (self.last_key().unwrap_or_default(), self.is_item());
                    let value = if self.is_key { None } else { self.scalar() };
                    return Some(template::step(workspace, t, &key, is_item, value));
                }
                Layer::Generated { at: set, parameters } => {
                    let node = workspace.node(set)?.at_pointer(&self.pointer).or_else(|| workspace.node(set))?;
                    let place = Place::new(set.source, node.span());
                    let text = node.text().unwrap_or_default();
                    let stands = |name: &String| {
                        text.contains("{{")
                            && (text.contains(name.as_str()) || indexed(name).is_some_and(|i| text.contains(&i)))
                    };
                    // The longest name that stands there: `path.basename` before `path`.
                    let found = parameters.iter().filter(|(n, _)| stands(n)).max_by_key(|(n, _)| n.len());
                    return Some(match found {
                        Some((name, value)) => Step {
                            place: *value,
                            via: vec![Via {
                                place,
                                message: format!("`{name}` of the ApplicationSet's template stands here"),
                            }],
                        },
                        None => plain(place),
                    });
                }
            }
        }
        fallback
    }

    fn is_item(&self) -> bool {
        self.steps().last().is_some_and(|s| s.parse::<usize>().is_ok())
    }

    fn span_of(&self, like: &Like<'_>) -> Span {
        if self.is_key { like.key.unwrap_or(like.node).span() } else { like.node.span() }
    }

    /// The node below `root` that is like this one, as another document has it.
    fn like<'o>(&self, root: Node<'o>) -> Option<Like<'o>> {
        let value = if self.is_key { None } else { self.scalar() };
        walk(self.root, root, None, &self.steps(), value)
    }

    /// The nearest that stands in the object, of what this one is in.
    fn nearest(&self, workspace: &Workspace, object: &At) -> Option<Place> {
        let root = workspace.node(object)?;
        let mut steps = self.steps();
        while steps.pop().is_some() {
            if steps.is_empty() {
                break;
            }
            if let Some(like) = walk(self.root, root, None, &steps, None) {
                return Some(Place::new(object.source, like.key.unwrap_or(like.node).span()));
            }
        }
        let name = root.at_path(&["metadata", "name"]).unwrap_or(root);
        Some(Place::new(object.source, name.span()))
    }

    fn object_via(&self, workspace: &Workspace, object: &At) -> Option<Via> {
        let root = workspace.node(object)?;
        let name = root.at_path(&["metadata", "name"])?;
        Some(Via { place: Place::new(object.source, name.span()), message: "in this object, which is changed".into() })
    }

    /// The place in what holds patches and the like that sets the value.
    fn set_by(&self, workspace: &Workspace, holder: &At, folder: &Path) -> Option<Place> {
        let node = workspace.node(holder)?;
        let mut patches = Vec::new();
        for key in ["patches", "patchesJson6902", "patchesStrategicMerge"] {
            patches.extend(node.get(key).into_iter().flat_map(|n| n.items()));
        }
        for patch in patches.into_iter().rev() {
            let target = patch.get("target");
            let fits = |key: &str, own: Option<&str>| match target.and_then(|t| t.get(key)).and_then(|n| n.text()) {
                Some(pattern) if pattern.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c)) => {
                    own == Some(pattern)
                }
                _ => true,
            };
            if !fits("kind", self.root.get("kind").and_then(|n| n.text())) {
                continue;
            }
            let written = patch.get("path").or_else(|| patch.text().map(|_| patch)).and_then(|p| p.text());
            let file = written.filter(|p| !p.contains('\n')).and_then(|p| {
                let real = std::fs::canonicalize(folder.join(p)).ok()?;
                workspace.files.get(&real).copied()
            });
            if let Some(source) = file {
                let text = workspace.sources.get(source).text();
                let documents = &workspace.streams[source.0 as usize].stream.documents;
                let mut roots = documents.iter().filter_map(|d| d.tree.root(text));
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
            let text = workspace.sources.get(holder.source).text();
            let document = body(text, inline).and_then(|span| parse_span(text, span).ok().flatten());
            let found =
                document.as_ref().and_then(|d| d.tree.root(text)).and_then(|r| self.set_in(r, target.is_some()));
            if let Some(span) = found {
                return Some(Place::new(holder.source, span));
            }
        }
        self.field_of(node).map(|span| Place::new(holder.source, span))
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
                (like.is_equal || value.is_none()).then(|| like.node.span())
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

fn plain(place: Place) -> Step {
    Step { place, via: Vec::new() }
}

/// `path.segments[1]` as `index .path.segments 1` has it.
fn indexed(name: &str) -> Option<String> {
    let (list, index) = name.strip_suffix(']')?.split_once('[')?;
    Some(format!("{list} {index}"))
}

/// Walks two documents side by side: what stands in `other` where `steps` lead in `built`. In lists, the item that is
/// the same one by its name counts before the one at the same index, and any that leads to an equal value before both.
fn walk<'o>(
    built: Node<'_>,
    other: Node<'o>,
    key: Option<Node<'o>>,
    steps: &[String],
    value: Option<&str>,
) -> Option<Like<'o>> {
    let Some((step, rest)) = steps.split_first() else {
        let is_equal = match value {
            Some(value) => other.text() == Some(value),
            None => true,
        };
        return Some(Like { node: other, key, is_equal });
    };
    let index = step.parse::<usize>().ok().filter(|_| built.is_sequence());
    let Some(index) = index else {
        let (k, next) = other.entry(step)?;
        return walk(built.get(step)?, next, Some(k), rest, value);
    };
    let item = built.items().nth(index)?;
    let is_same = |o: &Node<'_>| {
        ["name", "host", "number", "port", "containerPort"].iter().any(|k| {
            let own = item.get(k).and_then(|n| n.text());
            own.is_some() && own == o.get(k).and_then(|n| n.text())
        })
    };
    let all: Vec<Node<'o>> = other.items().take(MAX_ITEMS).collect();
    let same = all.iter().filter(|o| is_same(o));
    let mut first = None;
    for candidate in same.chain(all.get(index)).chain(&all) {
        match walk(item, *candidate, None, rest, value) {
            Some(like) if like.is_equal => return Some(like),
            Some(like) => first = first.or(Some(like)),
            None => {}
        }
    }
    first
}
