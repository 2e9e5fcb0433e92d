//! The tree of one YAML document: an arena of 24-byte nodes in document order, text borrowed from the source.
//!
//! A mapping's children are key, value, key, value …; a node's subtree is contiguous. Spans are bytes of the source.

use crate::source::{Span, Spanned};

/// What a node is, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Shape {
    /// A plain, quoted or block scalar.
    Scalar,
    /// A mapping.
    Mapping,
    /// A sequence.
    Sequence,
    /// `*name`: stands for the node that the anchor names.
    Alias,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Style {
    /// A scalar without quotes (also: an absent value), or a collection in block style.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A collection in brackets or braces.
    Flow,
}

/// A tag that changes how a scalar is read; other tags are ignored, as Kubernetes' reader ignores them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// No tag, or one that does not matter.
    None,
    /// `!!str`, and `!`.
    Str,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!bool`
    Bool,
    /// `!!null`
    Null,
    /// `!!binary`
    Binary,
}

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Raw {
    start: u32,
    end: u32,
    /// One past the last node of this subtree.
    next: u32,
    /// Scalar: index into `decoded`, or NONE where the text is the source's own. Alias: the node it stands for.
    extra: u32,
    shape: Shape,
    style: Style,
    tag: Tag,
    /// Mapping: one of the keys is `<<`.
    merges: bool,
}

/// The nodes of one document.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: Vec<Raw>,
    decoded: Vec<Box<str>>,
}

impl Tree {
    /// The number of nodes, aliases not expanded.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the document holds nothing at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The document's root, reading from the text that the tree was made of.
    pub fn root<'s>(&'s self, text: &'s str) -> Option<Node<'s>> {
        (!self.nodes.is_empty()).then_some(Node { tree: self, text, index: 0 })
    }

    /// Puts `replace(text)` in the place of each scalar for which it gives one: placeholders with known values.
    pub fn substitute(&mut self, text: &str, replace: &dyn Fn(&str) -> Option<String>) {
        for i in 0..self.nodes.len() {
            let node = self.nodes[i];
            if node.shape != Shape::Scalar {
                continue;
            }
            let old = match node.extra {
                NONE => &text[Span::new(node.start, node.end).range()],
                n => &self.decoded[n as usize],
            };
            if let Some(new) = replace(old) {
                self.nodes[i].extra = self.decoded.len() as u32;
                self.decoded.push(new.into_boxed_str());
            }
        }
    }

    /// Whether the document, with all aliases expanded, has more nodes than `limit`.
    pub fn expands_beyond(&self, limit: u64) -> bool {
        if !self.nodes.iter().any(|n| n.shape == Shape::Alias) {
            return self.nodes.len() as u64 > limit;
        }
        // From the back: an alias's target stands before it, so sizes of aliases are sums over what is before them.
        let mut prefix = vec![0u64; self.nodes.len() + 1];
        let mut size_of = vec![0u64; self.nodes.len()];
        // In order: the size of a subtree is a difference of prefix sums once its last node has been counted.
        for (i, n) in self.nodes.iter().enumerate() {
            let own = match n.shape {
                Shape::Alias => {
                    let target = n.extra as usize;
                    if size_of[target] == 0 {
                        let end = (self.nodes[target].next as usize).min(i);
                        size_of[target] = prefix[end] - prefix[target];
                    }
                    size_of[target]
                }
                _ => 1,
            };
            prefix[i + 1] = prefix[i].saturating_add(own);
            if prefix[i + 1] > limit {
                return true;
            }
        }
        false
    }
}

/// Makes a [`Tree`], node by node in document order.
#[derive(Debug, Default)]
pub struct Builder {
    tree: Tree,
    open: Vec<u32>,
}

impl Builder {
    /// The index that the next node will have, for anchors.
    pub fn next_index(&self) -> u32 {
        self.tree.nodes.len() as u32
    }

    /// Whether the node at this index is still open: an alias to it would contain itself.
    pub fn is_open(&self, index: u32) -> bool {
        self.open.contains(&index)
    }

    fn push(&mut self, span: Span, shape: Shape, style: Style, tag: Tag, extra: u32) -> u32 {
        let index = self.next_index();
        let raw = Raw { start: span.start, end: span.end, next: index + 1, extra, shape, style, tag, merges: false };
        self.tree.nodes.push(raw);
        index
    }

    /// A scalar; `decoded` where its value is not the source's text of that span.
    pub fn scalar(&mut self, span: Span, style: Style, tag: Tag, decoded: Option<Box<str>>) {
        let extra = match decoded {
            None => NONE,
            Some(text) => {
                self.tree.decoded.push(text);
                self.tree.decoded.len() as u32 - 1
            }
        };
        self.push(span, Shape::Scalar, style, tag, extra);
    }

    /// An alias for the node of that index.
    pub fn alias(&mut self, span: Span, target: u32) {
        self.push(span, Shape::Alias, Style::Plain, Tag::None, target);
    }

    /// Opens a mapping or a sequence.
    pub fn open(&mut self, shape: Shape, style: Style, start: u32) {
        let index = self.push(Span::new(start, start), shape, style, Tag::None, NONE);
        self.open.push(index);
    }

    /// Says of the innermost open mapping that one of its keys is `<<`.
    pub fn merges(&mut self) {
        if let Some(&i) = self.open.last() {
            self.tree.nodes[i as usize].merges = true;
        }
    }

    /// Closes the innermost open collection; `end` is one past its last byte (of a block: of its last child).
    pub fn close(&mut self, end: u32) {
        if let Some(index) = self.open.pop() {
            let next = self.next_index();
            let node = &mut self.tree.nodes[index as usize];
            node.next = next;
            node.end = end.max(node.start);
        }
    }

    /// How many collections are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The end of the last node so far that has one, else `default`.
    pub fn last_end(&self, default: u32) -> u32 {
        self.tree.nodes.last().map_or(default, |n| n.end)
    }

    /// The finished tree.
    pub fn finish(self) -> Tree {
        let mut tree = self.tree;
        tree.nodes.shrink_to_fit();
        tree
    }
}

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
    fn raw(&self) -> &'s Raw {
        &self.tree.nodes[self.index as usize]
    }

    fn at(&self, index: u32) -> Node<'s> {
        Node { index, ..*self }
    }

    fn follow(mut self) -> Node<'s> {
        // An alias's target stands before the alias, so this ends.
        while self.raw().shape == Shape::Alias {
            self.index = self.raw().extra;
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
        if raw.shape != Shape::Scalar {
            return None;
        }
        Some(match raw.extra {
            NONE => &self.text[self.span().range()],
            n => &self.tree.decoded[n as usize],
        })
    }

    /// A scalar's text with its place; `None` for collections and for null.
    pub fn spanned(&self) -> Option<Spanned<&'s str>> {
        let text = self.text()?;
        if self.is_null() { None } else { Some(Spanned::new(text, self.span())) }
    }

    /// Whether it is a scalar that reads as null.
    pub fn is_null(&self) -> bool {
        self.shape() == Shape::Scalar && matches!(super::scalar::resolve(self), super::scalar::Scalar::Null)
    }

    /// A scalar's value as Kubernetes reads it; `None` for collections.
    pub fn value(&self) -> Option<super::scalar::Scalar<'s>> {
        (self.shape() == Shape::Scalar).then(|| super::scalar::resolve(self))
    }

    /// The value of a key of this mapping, its own before merged ones (`<<`); the last one where it is written twice.
    pub fn get(&self, key: &str) -> Option<Node<'s>> {
        self.entry(key).map(|(_, v)| v)
    }

    /// The key and value of a key of this mapping: see [`Node::get`].
    pub fn entry(&self, key: &str) -> Option<(Node<'s>, Node<'s>)> {
        self.entry_within(key, 16)
    }

    fn entry_within(&self, key: &str, depth: u8) -> Option<(Node<'s>, Node<'s>)> {
        let raw = self.raw();
        if raw.shape != Shape::Mapping || depth == 0 {
            return None;
        }
        let mut found = None;
        for (k, v) in self.own_entries() {
            if k.text() == Some(key) {
                found = Some((k, v));
            }
        }
        if found.is_none() && raw.merges {
            for (k, v) in self.own_entries() {
                if k.text() != Some("<<") || k.style() != Style::Plain {
                    continue;
                }
                if v.is_sequence() {
                    if let Some(hit) = v.items().find_map(|m| m.entry_within(key, depth - 1)) {
                        return Some(hit);
                    }
                } else if let Some(hit) = v.entry_within(key, depth - 1) {
                    return Some(hit);
                }
            }
        }
        found
    }

    /// The value under a path of keys.
    pub fn at_path(&self, path: &[&str]) -> Option<Node<'s>> {
        path.iter().try_fold(*self, |n, key| n.get(key))
    }

    /// Keys and values as written in this mapping, `<<` not expanded; nothing for other nodes.
    pub fn own_entries(&self) -> impl Iterator<Item = (Node<'s>, Node<'s>)> + use<'s> {
        let me = *self;
        let raw = self.raw();
        let end = if raw.shape == Shape::Mapping { raw.next } else { self.index + 1 };
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            if index >= end {
                return None;
            }
            let key = me.at(index);
            let value = me.at(key.raw().next);
            index = value.raw().next;
            Some((key.follow(), value.follow()))
        })
    }

    /// Keys and values of this mapping with merged ones (`<<`) after its own, each key once; nothing for other nodes.
    pub fn entries(&self) -> Vec<(Node<'s>, Node<'s>)> {
        let mut all = Vec::new();
        self.collect_entries(&mut all, 16);
        all
    }

    fn collect_entries(&self, all: &mut Vec<(Node<'s>, Node<'s>)>, depth: u8) {
        if depth == 0 {
            return;
        }
        let merges = self.shape() == Shape::Mapping && self.raw().merges;
        let is_merge = |k: &Node<'_>| merges && k.text() == Some("<<") && k.style() == Style::Plain;
        let before = all.len();
        all.extend(self.own_entries().filter(|(k, _)| !is_merge(k)));
        if merges {
            let mut merged = Vec::new();
            for (_, v) in self.own_entries().filter(|(k, _)| is_merge(k)) {
                if v.is_sequence() {
                    v.items().for_each(|m| m.collect_entries(&mut merged, depth - 1));
                } else {
                    v.collect_entries(&mut merged, depth - 1);
                }
            }
            for (k, v) in merged {
                if !all[before..].iter().any(|(o, _)| o.text() == k.text()) {
                    all.push((k, v));
                }
            }
        }
    }

    /// The items of this sequence; nothing for other nodes.
    pub fn items(&self) -> impl Iterator<Item = Node<'s>> + use<'s> {
        let me = *self;
        let raw = self.raw();
        let end = if raw.shape == Shape::Sequence { raw.next } else { self.index + 1 };
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            if index >= end {
                return None;
            }
            let item = me.at(index);
            index = item.raw().next;
            Some(item.follow())
        })
    }

    /// The JSON pointer (RFC 6901) of the innermost node below this one whose place contains `span`.
    pub fn pointer_to(&self, span: Span) -> String {
        let mut out = String::new();
        let mut node = *self;
        'down: loop {
            for (k, v) in node.own_entries() {
                if v.span().contains(span) || k.span().contains(span) {
                    out.push('/');
                    out.push_str(&k.text().unwrap_or_default().replace('~', "~0").replace('/', "~1"));
                    if k.span().contains(span) {
                        break 'down;
                    }
                    node = v;
                    continue 'down;
                }
            }
            for (i, v) in node.items().enumerate() {
                if v.span().contains(span) {
                    out.push('/');
                    out.push_str(&i.to_string());
                    node = v;
                    continue 'down;
                }
            }
            break;
        }
        out
    }
}
