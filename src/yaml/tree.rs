//! The tree of one YAML document: an arena of 16-byte nodes in document order, text borrowed from the source.
//!
//! A mapping's children are key, value, key, value …; a node's subtree is contiguous. Spans are bytes of the source.

use std::sync::Arc;

use super::node::Node;
use crate::source::Span;

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

/// A tag that changes how a scalar is read. Kubernetes' reader takes a scalar with any other tag for text, and ignores
/// the tags of collections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// No tag, or one that does not matter.
    None,
    /// `!!str`, and tags that Kubernetes does not know.
    Str,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!bool`
    Bool,
    /// `!!null`
    Null,
    /// `!!binary`; the node's text is what it decodes to.
    Binary,
}

pub(super) const NONE: u32 = u32::MAX;

/// Mapping: one of the keys is `<<`.
pub(super) const MERGES: u8 = 1;
/// Mapping: a key is written more than once.
pub(super) const REPEATS: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Scalar: index into `decoded`, or NONE where the text is the source's own (between the quotes, if there are
    /// any). Alias: the node it stands for. Collection: one past the last node of its subtree.
    pub(super) link: u32,
    pub(super) shape: Shape,
    pub(super) style: Style,
    pub(super) tag: Tag,
    pub(super) flags: u8,
}

impl Raw {
    /// One past the last node of this one's subtree; `index` is its own.
    #[inline]
    pub(super) fn next(&self, index: u32) -> u32 {
        match self.shape {
            Shape::Mapping | Shape::Sequence => self.link,
            Shape::Scalar | Shape::Alias => index + 1,
        }
    }

    /// The length of its text in bytes, where it is a scalar that stands in the source as it reads.
    #[inline]
    pub(super) fn plain_length(&self) -> Option<u32> {
        let is_plain = self.shape == Shape::Scalar && self.link == NONE && self.style == Style::Plain;
        is_plain.then(|| self.end - self.start)
    }

    /// Whether its text may have that many bytes.
    #[inline]
    pub(super) fn may_read(&self, bytes: usize) -> bool {
        self.plain_length().is_none_or(|length| length as usize == bytes)
    }
}

/// The nodes of one document.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The text of the whole source. A [`Node`] is a tree and an index then, which fit into two registers: nodes are
    /// what a run hands around most.
    pub(super) text: Arc<str>,
    pub(super) nodes: Box<[Raw]>,
    pub(super) decoded: Box<[Box<str>]>,
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

    /// The document's root.
    pub fn root(&self) -> Option<Node<'_>> {
        (!self.nodes.is_empty()).then(|| Node::new(self, 0))
    }

    #[inline]
    pub(super) fn scalar_text(&self, raw: &Raw) -> &str {
        match raw.link {
            NONE => {
                let written = &self.text[Span::new(raw.start, raw.end).range()];
                match raw.style {
                    Style::Single | Style::Double => written.get(1..written.len() - 1).unwrap_or_default(),
                    _ => written,
                }
            }
            n => &self.decoded[n as usize],
        }
    }

    /// Puts `replace(text)` in the place of each scalar for which it gives one: placeholders with known values.
    pub fn substitute(&mut self, replace: &dyn Fn(&str) -> Option<String>) {
        let mut decoded = std::mem::take(&mut self.decoded).into_vec();
        for i in 0..self.nodes.len() {
            let node = self.nodes[i];
            if node.shape != Shape::Scalar {
                continue;
            }
            let text = match node.link {
                NONE => self.scalar_text(&node),
                n => &decoded[n as usize],
            };
            if let Some(new) = replace(text) {
                self.nodes[i].link = decoded.len() as u32;
                decoded.push(new.into_boxed_str());
            }
        }
        self.decoded = decoded.into();
    }

    /// Whether the document, with all aliases expanded, has more nodes than `limit`.
    pub fn expands_beyond(&self, limit: u64) -> bool {
        let mut count = 0;
        !self.walk_expanded(|_| {
            count += 1;
            count <= limit
        })
    }

    /// Whether so much of the document comes from its aliases that Kubernetes' reader refuses it.
    ///
    /// Source: `unmarshal` and `allowedAliasRatio` of go.yaml.in/yaml/v2.
    pub(super) fn excessive_aliasing(&self) -> bool {
        const LOW: u32 = 400_000;
        const HIGH: u32 = 4_000_000;
        if !self.nodes.iter().any(|n| n.shape == Shape::Alias) {
            return false;
        }
        let (mut all, mut aliased) = (1u32, 0u32);
        !self.walk_expanded(|within_alias| {
            all += 1;
            aliased += u32::from(within_alias);
            let allowed = match all {
                ..=LOW => 0.99,
                HIGH.. => 0.10,
                _ => 0.99 - 0.89 * f64::from(all - LOW) / f64::from(HIGH - LOW),
            };
            aliased <= 100 || all <= 1000 || f64::from(aliased) / f64::from(all) <= allowed
        })
    }

    /// Visits all nodes in document order, aliases and what they stand for, as long as `visit` (which is told whether
    /// the node is part of an alias) says so. Whether it came to the end.
    fn walk_expanded(&self, mut visit: impl FnMut(bool) -> bool) -> bool {
        let mut index = 0;
        let mut end = self.nodes.len();
        // Where to go on after an alias's target. An alias never stands inside its target, so this ends.
        let mut back: Vec<(usize, usize)> = Vec::new();
        loop {
            if index == end {
                let Some(outer) = back.pop() else { return true };
                (index, end) = outer;
                continue;
            }
            if !visit(!back.is_empty()) {
                return false;
            }
            let node = &self.nodes[index];
            index += 1;
            if node.shape == Shape::Alias {
                back.push((index, end));
                index = node.link as usize;
                end = self.nodes[index].next(node.link) as usize;
            }
        }
    }
}

/// How many nodes are copied to where they stay, so that one memory serves for many documents.
const COPIED: usize = 1 << 16;

/// Makes a [`Tree`], node by node in document order.
#[derive(Debug, Default)]
pub struct Builder {
    text: Arc<str>,
    nodes: Vec<Raw>,
    decoded: Vec<Box<str>>,
    open: Vec<u32>,
    /// Where the last node ends that was added or closed.
    last_end: u32,
}

impl Builder {
    /// Of trees of this text.
    pub fn of(text: Arc<str>) -> Self {
        Self { text, ..Self::default() }
    }

    /// The index that the next node will have, for anchors.
    pub fn next_index(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// Whether the node at this index is still open: an alias to it would contain itself.
    pub fn is_open(&self, index: u32) -> bool {
        self.open.contains(&index)
    }

    /// What the node at this index is.
    pub(super) fn shape(&self, index: u32) -> Option<Shape> {
        self.nodes.get(index as usize).map(|n| n.shape)
    }

    #[inline]
    fn push(&mut self, span: Span, shape: Shape, style: Style, tag: Tag, link: u32) -> u32 {
        let index = self.next_index();
        let raw = Raw { start: span.start, end: span.end, link, shape, style, tag, flags: 0 };
        self.nodes.push(raw);
        self.last_end = span.end;
        index
    }

    /// A scalar; `decoded` where its value is not the source's text of that span (of a quoted one: between the quotes).
    #[inline]
    pub fn scalar(&mut self, span: Span, style: Style, tag: Tag, decoded: Option<Box<str>>) {
        let link = match decoded {
            None => NONE,
            Some(text) => {
                self.decoded.push(text);
                self.decoded.len() as u32 - 1
            }
        };
        self.push(span, Shape::Scalar, style, tag, link);
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

    fn flag(&mut self, flag: u8) {
        if let Some(&i) = self.open.last() {
            self.nodes[i as usize].flags |= flag;
        }
    }

    /// Says of the innermost open mapping that one of its keys is `<<`.
    pub fn merges(&mut self) {
        self.flag(MERGES);
    }

    /// Says of the innermost open mapping that it has a key twice.
    pub fn repeats(&mut self) {
        self.flag(REPEATS);
    }

    /// Closes the innermost open collection; `end` is one past its last byte (of a block: of its last child).
    pub fn close(&mut self, end: u32) {
        if let Some(index) = self.open.pop() {
            let next = self.next_index();
            let node = &mut self.nodes[index as usize];
            node.link = next;
            node.end = end.max(node.start);
            self.last_end = node.end;
        }
    }

    /// Closes the innermost open collection where its last child ends.
    pub(super) fn close_block(&mut self) {
        self.close(self.last_end);
    }

    /// How many collections are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The end of the last node so far that has one, else `default`.
    pub fn last_end(&self, default: u32) -> u32 {
        if self.nodes.is_empty() { default } else { self.last_end }
    }

    /// The finished tree.
    pub fn finish(self) -> Tree {
        Tree { text: self.text, nodes: self.nodes.into(), decoded: self.decoded.into() }
    }

    /// Makes room for that many nodes.
    pub(super) fn reserve(&mut self, nodes: usize) {
        self.nodes.reserve(nodes);
        self.open.reserve(16);
    }

    /// The tree so far; the builder starts afresh and keeps its memory for the next document.
    pub(super) fn take(&mut self) -> Tree {
        let nodes = match self.nodes.len() {
            ..=COPIED => self.nodes.as_slice().into(),
            // Too large to have it twice.
            _ => std::mem::take(&mut self.nodes).into(),
        };
        let decoded = std::mem::take(&mut self.decoded).into();
        let tree = Tree { text: Arc::clone(&self.text), nodes, decoded };
        self.clear();
        tree
    }

    /// Forgets the tree so far.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.decoded.clear();
        self.open.clear();
    }
}
