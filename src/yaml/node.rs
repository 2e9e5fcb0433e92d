//! Reading a [`Tree`]: nodes with aliases followed, and lookups that follow Kubernetes' reader.

use std::borrow::Cow;
use std::collections::HashSet;

use super::ends::Ends;
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
    pub(super) fn new(tree: &'s Tree, index: u32) -> Self {
        Self { tree, index }
    }

    #[inline]
    fn raw(&self) -> &'s Raw {
        &self.tree.nodes[self.index as usize]
    }

    #[inline]
    fn at(&self, index: u32) -> Node<'s> {
        Node { index, ..*self }
    }

    #[inline]
    fn follow(mut self) -> Node<'s> {
        // An alias's target stands before the alias, so this ends.
        while self.raw().shape == Shape::Alias {
            self.index = self.raw().link;
        }
        self
    }

    /// Mapping, sequence or scalar.
    #[inline]
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
        &self.tree.text
    }

    /// A scalar's text, unquoted and unescaped, but otherwise as spelled; `None` for collections.
    #[inline]
    pub fn text(&self) -> Option<&'s str> {
        let raw = self.raw();
        (raw.shape == Shape::Scalar).then(|| self.tree.scalar_text(raw))
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
    #[inline]
    pub fn is_null(&self) -> bool {
        let raw = self.raw();
        // Nothing, `~`, `null`: nearly all scalars have another length.
        raw.shape == Shape::Scalar
            && (raw.may_read(0) || raw.may_read(1) || raw.may_read(4))
            && matches!(scalar::resolve(self), Scalar::Null)
    }

    /// Whether it is a scalar that reads as text, for a reason that is quickly seen.
    pub fn is_surely_text(&self) -> bool {
        match (self.style(), self.tag()) {
            (Style::Plain, Tag::None) => self.text().is_some_and(scalar::is_surely_text),
            (_, Tag::None) => self.shape() == Shape::Scalar,
            _ => false,
        }
    }

    /// A scalar's value as Kubernetes reads it; `None` for collections.
    pub fn value(&self) -> Option<Scalar<'s>> {
        (self.shape() == Shape::Scalar).then(|| scalar::resolve(self))
    }

    /// The value of a key of this mapping. Where there are several, it is the one that Kubernetes' reader keeps: the
    /// last as written, what `<<` brings in standing where the `<<` stands.
    #[inline]
    pub fn get(&self, key: &str) -> Option<Node<'s>> {
        if self.is_as_written() {
            return self.own_position(key).map(|(_, value)| self.at(value).follow());
        }
        self.merged_entry(key, MAX_MERGES).map(|(_, v)| v)
    }

    /// The key and value of a key of this mapping: see [`Node::get`].
    #[inline]
    pub fn entry(&self, key: &str) -> Option<(Node<'s>, Node<'s>)> {
        if self.is_as_written() {
            return self.own_position(key).map(|(key, value)| (self.at(key).follow(), self.at(value).follow()));
        }
        self.merged_entry(key, MAX_MERGES)
    }

    fn merged_entry(&self, key: &str, depth: u8) -> Option<(Node<'s>, Node<'s>)> {
        if self.is_as_written() {
            return self.entry(key);
        }
        let merges = self.has(MERGES);
        let mut found = None;
        for (k, v) in self.own_entries() {
            if merges && k.is_merge() {
                let depth = depth.checked_sub(1)?;
                // Of several mappings the first one that has the key wins.
                let merged = match v.is_sequence() {
                    true => v.items().find_map(|m| m.merged_entry(key, depth)),
                    false => v.merged_entry(key, depth),
                };
                found = merged.or(found);
            } else if k.text() == Some(key) {
                found = Some((k, v));
            }
        }
        found
    }

    /// The indices of the first key of that name as written in this mapping, and of its value. This is what a run does
    /// most: most keys are told apart by their length, without a look at the text.
    fn own_position(&self, key: &str) -> Option<(u32, u32)> {
        let raw = self.raw();
        if raw.shape != Shape::Mapping {
            return None;
        }
        let nodes = &self.tree.nodes[..raw.link as usize];
        let wanted = Ends::of(key);
        let mut index = self.index + 1;
        while let Some(k) = nodes.get(index as usize) {
            let value = k.next(index);
            let is_it = match k.plain_length() {
                Some(length) if length as usize != key.len() => false,
                Some(_) => {
                    let text = &self.tree.text.as_bytes()[Span::new(k.start, k.end).range()];
                    Ends::of_bytes(text) == wanted && (wanted.are_all() || text == key.as_bytes())
                }
                None => self.at(index).follow().text() == Some(key),
            };
            if is_it {
                return Some((index, value));
            }
            index = nodes[value as usize].next(value);
        }
        None
    }

    fn has(&self, flag: u8) -> bool {
        self.raw().flags & flag != 0
    }

    /// Whether a mapping's keys are those that are written in it, each once: then [`Node::own_entries`] are all.
    #[inline]
    pub fn is_as_written(&self) -> bool {
        !self.has(MERGES | REPEATS)
    }

    fn is_merge(&self) -> bool {
        self.style() == Style::Plain && self.tag() == Tag::None && self.text() == Some("<<")
    }

    /// Which lengths the keys of this mapping have, in bytes: a bit for each, see [`Node::length_bit`]. All bits where
    /// there may be keys that are not written in it, or not as they read; none where it is no mapping.
    pub fn key_lengths(&self) -> u64 {
        let raw = self.raw();
        if raw.shape != Shape::Mapping {
            return 0;
        }
        if !self.is_as_written() {
            return u64::MAX;
        }
        let nodes = &self.tree.nodes[..raw.link as usize];
        let (mut index, mut all) = (self.index + 1, 0);
        while let Some(key) = nodes.get(index as usize) {
            all |= key.plain_length().map_or(u64::MAX, |length| Self::length_bit(length as usize));
            let value = key.next(index);
            index = nodes[value as usize].next(value);
        }
        all
    }

    /// The bit of [`Node::key_lengths`] for keys of that length.
    #[inline]
    pub const fn length_bit(length: usize) -> u64 {
        1 << (length % 64)
    }

    /// The value under a path of keys.
    pub fn at_path(&self, path: &[&str]) -> Option<Node<'s>> {
        path.iter().try_fold(*self, |n, key| n.get(key))
    }

    /// Keys and values as written in this mapping, `<<` not expanded; nothing for other nodes.
    #[inline]
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

    /// The same as [`Node::entries`], without a list where it needs none.
    pub fn each_entry(&self) -> impl Iterator<Item = (Node<'s>, Node<'s>)> + use<'s> {
        let (own, all) = match self.is_as_written() {
            true => (Some(self.own_entries()), None),
            false => (None, Some(self.entries())),
        };
        own.into_iter().flatten().chain(all.into_iter().flatten())
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
    #[inline]
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
