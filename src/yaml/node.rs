//! Reading a [`Tree`]: nodes with aliases followed, and lookups that follow Kubernetes' reader.

use std::borrow::Cow;
use std::collections::HashSet;

use super::scalar::{self, Scalar};
use super::tree::{MERGES, REPEATS, Raw, Shape, Style, Tag, Tree};
use crate::source::{Span, Spanned};

/// How deep `<<` may lead from mapping to mapping; lookups end there. Documents whose aliases multiply are refused
/// before ([`Tree::expands_beyond`]), this only bounds the stack.
const MAX_MERGES: u8 = 64;

/// A node of a [`Tree`]. Aliases are followed: a `Node` is never an alias itself, except that [`Node::span`] of a value
/// got through an alias is the span of the node it stands for.
#[derive(Clone, Copy)]
pub struct Node<'s> {
    tree: &'s Tree,
    text: &'s str,
    index: u32,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.shape() {
            Shape::Mapping => f.debug_map().entries(self.entries()).finish(),
            Shape::Sequence => f.debug_list().entries(self.items()).finish(),
            _ => write!(f, "{:?}", self.text().unwrap_or_default()),
        }
    }
}

impl<'s> Node<'s> {
    pub(super) fn new(tree: &'s Tree, text: &'s str, index: u32) -> Self {
        Self { tree, text, index }
    }

    fn raw(&self) -> &'s Raw {
        &self.tree.nodes[self.index as usize]
    }

    fn at(&self, index: u32) -> Node<'s> {
        Node { index, ..*self }
    }

    fn follow(mut self) -> Node<'s> {
        // An alias's target stands before the alias, so this ends.
        while self.raw().shape == Shape::Alias {
            self.index = self.raw().link;
        }
        self
    }

    /// Mapping, sequence or scalar.
    pub fn shape(&self) -> Shape {
        self.raw().shape
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        self.shape() == Shape::Mapping
    }

    /// Whether it is a sequence.
    pub fn is_sequence(&self) -> bool {
        self.shape() == Shape::Sequence
    }

    /// How it is written.
    pub fn style(&self) -> Style {
        self.raw().style
    }

    /// Its tag, where that decides how it is read.
    pub fn tag(&self) -> Tag {
        self.raw().tag
    }

    /// Where it stands: a scalar with its quotes; a collection from its first to its last byte.
    pub fn span(&self) -> Span {
        Span::new(self.raw().start, self.raw().end)
    }

    /// The text of the whole source that this node is from.
    pub fn source_text(&self) -> &'s str {
        self.text
    }

    /// A scalar's text, unquoted and unescaped, but otherwise as spelled; `None` for collections.
    pub fn text(&self) -> Option<&'s str> {
        let raw = self.raw();
        (raw.shape == Shape::Scalar).then(|| self.tree.scalar_text(raw, self.text))
    }

    /// A key's name as Kubernetes reads it: keys are text there, so `on` is `true` and `0x10` is `16`.
    pub fn key(&self) -> Cow<'s, str> {
        let text = self.text().unwrap_or_default();
        match (self.style(), self.tag()) {
            (Style::Plain, Tag::None) => scalar::key_name(text).unwrap_or(Cow::Borrowed(text)),
            (_, Tag::None | Tag::Str | Tag::Binary) => Cow::Borrowed(text),
            _ => scalar::name_of(scalar::resolve(self), text).unwrap_or(Cow::Borrowed(text)),
        }
    }

    /// A scalar's text with its place; `None` for collections and for null.
    pub fn spanned(&self) -> Option<Spanned<&'s str>> {
        let text = self.text()?;
        if self.is_null() { None } else { Some(Spanned::new(text, self.span())) }
    }

    /// Whether it is a scalar that reads as null.
    pub fn is_null(&self) -> bool {
        self.shape() == Shape::Scalar && matches!(scalar::resolve(self), Scalar::Null)
    }

    /// A scalar's value as Kubernetes reads it; `None` for collections.
    pub fn value(&self) -> Option<Scalar<'s>> {
        (self.shape() == Shape::Scalar).then(|| scalar::resolve(self))
    }

    /// The value of a key of this mapping. Where there are several, it is the one that Kubernetes' reader keeps: the
    /// last as written, what `<<` brings in standing where the `<<` stands.
    pub fn get(&self, key: &str) -> Option<Node<'s>> {
        self.entry(key).map(|(_, v)| v)
    }

    /// The key and value of a key of this mapping: see [`Node::get`].
    pub fn entry(&self, key: &str) -> Option<(Node<'s>, Node<'s>)> {
        self.entry_within(key, MAX_MERGES)
    }

    fn entry_within(&self, key: &str, depth: u8) -> Option<(Node<'s>, Node<'s>)> {
        if self.is_as_written() {
            return self.own_entries().find(|(k, _)| k.text() == Some(key));
        }
        let merges = self.has(MERGES);
        let mut found = None;
        for (k, v) in self.own_entries() {
            if merges && k.is_merge() {
                let depth = depth.checked_sub(1)?;
                // Of several mappings the first one that has the key wins.
                let merged = match v.is_sequence() {
                    true => v.items().find_map(|m| m.entry_within(key, depth)),
                    false => v.entry_within(key, depth),
                };
                found = merged.or(found);
            } else if k.text() == Some(key) {
                found = Some((k, v));
            }
        }
        found
    }

    fn has(&self, flag: u8) -> bool {
        self.raw().flags & flag != 0
    }

    /// Whether a mapping's keys are those that are written in it, each once: then [`Node::own_entries`] are all.
    pub fn is_as_written(&self) -> bool {
        !self.has(MERGES | REPEATS)
    }

    fn is_merge(&self) -> bool {
        self.style() == Style::Plain && self.tag() == Tag::None && self.text() == Some("<<")
    }

    /// The value under a path of keys.
    pub fn at_path(&self, path: &[&str]) -> Option<Node<'s>> {
        path.iter().try_fold(*self, |n, key| n.get(key))
    }

    /// Keys and values as written in this mapping, `<<` not expanded; nothing for other nodes.
    pub fn own_entries(&self) -> impl Iterator<Item = (Node<'s>, Node<'s>)> + use<'s> {
        let me = *self;
        let raw = self.raw();
        let end = if raw.shape == Shape::Mapping { raw.link } else { self.index + 1 };
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            if index >= end {
                return None;
            }
            let key = me.at(index);
            let value = me.at(key.raw().next(index));
            index = value.raw().next(value.index);
            Some((key.follow(), value.follow()))
        })
    }

    /// Keys and values of this mapping with those that `<<` brings in, each key once (see [`Node::get`]); nothing for
    /// other nodes.
    pub fn entries(&self) -> Vec<(Node<'s>, Node<'s>)> {
        let mut all = Vec::new();
        self.collect_entries(&mut all, MAX_MERGES);
        if self.has(MERGES | REPEATS) {
            let mut seen = HashSet::new();
            all.reverse();
            all.retain(|(k, _)| seen.insert(k.text()));
            all.reverse();
        }
        all
    }

    fn collect_entries(&self, all: &mut Vec<(Node<'s>, Node<'s>)>, depth: u8) {
        if !self.has(MERGES) {
            all.extend(self.own_entries());
            return;
        }
        for (k, v) in self.own_entries() {
            if !k.is_merge() {
                all.push((k, v));
            } else if let Some(depth) = depth.checked_sub(1) {
                // The first mapping wins, so it goes last.
                let mut mappings: Vec<_> = if v.is_sequence() { v.items().collect() } else { vec![v] };
                mappings.reverse();
                mappings.iter().for_each(|m| m.collect_entries(all, depth));
            }
        }
    }

    /// The items of this sequence; nothing for other nodes.
    pub fn items(&self) -> impl Iterator<Item = Node<'s>> + use<'s> {
        let me = *self;
        let raw = self.raw();
        let end = if raw.shape == Shape::Sequence { raw.link } else { self.index + 1 };
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            if index >= end {
                return None;
            }
            let item = me.at(index);
            index = item.raw().next(index);
            Some(item.follow())
        })
    }

    /// The items of the sequence under a key; nothing where there is none.
    pub fn items_of(&self, key: &str) -> impl Iterator<Item = Node<'s>> + use<'s> {
        self.get(key).into_iter().flat_map(|n| n.items())
    }

    /// One step of a JSON pointer, unescaped: an item of a sequence by its index, else the value of a key.
    pub fn child(&self, step: &str) -> Option<Node<'s>> {
        match step.parse::<usize>() {
            Ok(index) if self.is_sequence() => self.items().nth(index),
            _ => self.get(step),
        }
    }

    /// The node at a JSON pointer (RFC 6901): see [`Node::pointer_to`].
    pub fn at_pointer(&self, pointer: &str) -> Option<Node<'s>> {
        pointer_steps(pointer).try_fold(*self, |node, step| node.child(&step))
    }

    /// The JSON pointer (RFC 6901) of the innermost node below this one whose place contains `span`.
    pub fn pointer_to(&self, span: Span) -> String {
        let mut out = String::new();
        for step in self.way_to(span) {
            out.push('/');
            match step {
                Step::Key { key, .. } => out.push_str(&pointer_step(&key.key())),
                Step::Item { index, .. } => out.push_str(&index.to_string()),
            }
        }
        out
    }

    /// The steps to the innermost node below this one whose place contains `span`. A key counts as its value.
    pub(super) fn way_to(&self, span: Span) -> Vec<Step<'s>> {
        let mut way = Vec::new();
        let mut node = *self;
        loop {
            let is_there = |n: Node<'_>| n.span().contains(span);
            if let Some((key, value)) = node.own_entries().find(|(k, v)| is_there(*v) || is_there(*k)) {
                way.push(Step::Key { key, value });
                if is_there(key) {
                    return way;
                }
                node = value;
            } else if let Some((index, item)) = node.items().enumerate().find(|(_, v)| is_there(*v)) {
                way.push(Step::Item { index, item });
                node = item;
            } else {
                return way;
            }
        }
    }
}

/// A step from a node to one right below it.
#[derive(Clone, Copy)]
pub(super) enum Step<'s> {
    /// To the value of a key.
    Key { key: Node<'s>, value: Node<'s> },
    /// To an item of a list.
    Item { index: usize, item: Node<'s> },
}

/// A step of a JSON pointer, escaped.
pub(super) fn pointer_step(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

/// The steps of a JSON pointer, unescaped.
pub fn pointer_steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}
