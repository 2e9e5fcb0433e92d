//! Which of the layers of a built document has set a value.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use super::{At, Layer, Via, generated, part, template};
use crate::source::{Place, Span};
use crate::workspace::Workspace;
use crate::yaml::{Node, pointer_steps};

/// The most items of a list that are looked at for one that is like another.
const MAX_ITEMS: usize = 500;

/// A node of a built document.
pub(super) struct Built<'s> {
    pub(super) root: Node<'s>,
    pub(super) pointer: String,
    /// The node itself.
    node: Node<'s>,
    /// The place is that of its key.
    is_key: bool,
    /// The part of its text that is meant, where it is not all of it.
    part: Option<Range<usize>>,
    span: Span,
}

/// One step back.
pub(super) struct Step {
    pub(super) place: Place,
    pub(super) via: Vec<Via>,
}

/// A node that is like the one that was built.
pub(super) struct Like<'s> {
    pub(super) node: Node<'s>,
    key: Option<Node<'s>>,
    pub(super) is_equal: bool,
}

impl<'s> Built<'s> {
    pub(super) fn of(root: Node<'s>, span: Span) -> Self {
        let pointer = root.pointer_to(span);
        let node = root.at_pointer(&pointer).unwrap_or(root);
        let is_key = !node.span().contains(span) && !pointer.is_empty();
        let part = if is_key { None } else { part::at(node, span) };
        Self { root, pointer, node, is_key, part, span }
    }

    /// The text that is meant as the program printed it, before variables were put in.
    pub(super) fn raw(&self) -> &'s str {
        let span = if self.part.is_some() { self.span } else { self.node.span() };
        if self.node.text().is_some() { &self.node.source_text()[span.range()] } else { "" }
    }

    /// The scalar before variables were put in, without quotes.
    pub(super) fn scalar(&self) -> Option<&'s str> {
        let text = self.node.text()?;
        let raw = &self.node.source_text()[self.node.span().range()];
        let bare = raw.trim_matches(['"', '\'']);
        Some(if bare.contains("${") { bare } else { text })
    }

    pub(super) fn steps(&self) -> Vec<String> {
        pointer_steps(&self.pointer).collect()
    }

    pub(super) fn last_key(&self) -> Option<String> {
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
                    let set = self.set_by(workspace, at, folder, object);
                    let Some(place) = set.or_else(|| self.generated_by(workspace, at, folder)) else { continue };
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
                Layer::Text { at, parameters } => {
                    let node = workspace.node(at)?;
                    let span = part::place(self.node.source_text(), &self.span.range(), node);
                    return Some(filled(Place::new(at.source, span), node, parameters));
                }
                Layer::Generated { templates, parameters } => {
                    let exact = templates.iter().find_map(|at| Some((at, self.below(workspace, at)?)));
                    let own = || templates.last().and_then(|at| Some((at, workspace.node(at)?)));
                    let (at, node) = exact.or_else(own)?;
                    let span = self.part_in(node).unwrap_or(node.span());
                    return Some(filled(Place::new(at.source, span), node, parameters));
                }
            }
        }
        fallback
    }

    /// The node at the same pointer below another one.
    fn below<'w>(&self, workspace: &'w Workspace, at: &At) -> Option<Node<'w>> {
        workspace.node(at)?.at_pointer(&self.pointer)
    }

    /// The part that is meant, in another scalar that holds the same lines.
    fn part_in(&self, other: Node<'_>) -> Option<Span> {
        Some(part::place(self.node.text()?, self.part.as_ref()?, other))
    }

    /// Where a generator of a kustomization takes the value from.
    fn generated_by(&self, workspace: &Workspace, at: &At, folder: &Path) -> Option<Place> {
        let steps = self.steps();
        let [section, key] = &steps[..] else { return None };
        let value = (self.node.text().unwrap_or_default(), self.part.as_ref());
        let is_data = matches!(section.as_str(), "data" | "stringData" | "binaryData");
        is_data.then(|| generated::source(workspace, at, folder, self.root, key, value))?
    }

    fn is_item(&self) -> bool {
        self.steps().last().is_some_and(|s| s.parse::<usize>().is_ok())
    }

    pub(super) fn span_of(&self, like: &Like<'_>) -> Span {
        if self.is_key {
            return like.key.unwrap_or(like.node).span();
        }
        self.part_in(like.node).unwrap_or(like.node.span())
    }

    /// The node below `root` that is like this one, as another document has it.
    pub(super) fn like<'o>(&self, root: Node<'o>) -> Option<Like<'o>> {
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
}

fn plain(place: Place) -> Step {
    Step { place, via: Vec::new() }
}

/// A place in a template that parameters are put in: the value of the one that stands there, or the place itself.
fn filled(place: Place, node: Node<'_>, parameters: &BTreeMap<String, Place>) -> Step {
    let text = node.source_text().get(place.span.range()).filter(|t| t.contains("{{"));
    let stands = |name: &String| {
        text.is_some_and(|t| t.contains(name.as_str()) || indexed(name).is_some_and(|index| t.contains(&index)))
    };
    // The longest name that stands there: `path.basename` before `path`.
    let found = parameters.iter().filter(|(n, _)| stands(n)).max_by_key(|(n, _)| n.len());
    match found {
        Some((name, value)) => {
            let message = format!("`{name}` of the ApplicationSet's template stands here");
            Step { place: *value, via: vec![Via { place, message }] }
        }
        None => plain(place),
    }
}

/// `path.segments[1]` as `index .path.segments 1` has it.
fn indexed(name: &str) -> Option<String> {
    let (list, index) = name.strip_suffix(']')?.split_once('[')?;
    Some(format!("{list} {index}"))
}

/// Walks two documents side by side: what stands in `other` where `steps` lead in `built`. In lists, the item that is
/// the same one by its name counts before the one at the same index, and any that leads to an equal value before both.
pub(super) fn walk<'o>(
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
