//! Reading a mapping's fields for conditions: what is absent, and what a placeholder leaves unknown.

use crate::model::read::unknown;
use crate::yaml::{Node, Scalar};

/// A mapping, or the absence of one: then it has no field.
#[derive(Clone, Copy)]
pub(super) struct Map<'s> {
    /// The mapping; where it is absent, what it would be in.
    pub(super) node: Node<'s>,
    there: bool,
    /// Which lengths its keys have: most fields that are asked for are absent, and this shows it.
    lengths: u64,
}

impl<'s> Map<'s> {
    /// A node as a mapping.
    pub(super) fn of(node: Node<'s>) -> Self {
        Self { node, there: node.is_mapping(), lengths: node.key_lengths() }
    }

    /// The same place, with nothing in it.
    pub(super) fn absent(self) -> Self {
        Self { there: false, ..self }
    }

    /// The value of a field; `None` where it is absent or null.
    #[inline]
    pub(super) fn get(self, key: &str) -> Option<Node<'s>> {
        if !self.there || self.lengths & Node::length_bit(key.len()) == 0 {
            return None;
        }
        self.node.get(key).filter(|n| !n.is_null())
    }

    /// Whether a field is there and not null.
    pub(super) fn has(self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether a field is there and says something: no empty text, and no empty list or mapping.
    pub(super) fn is_set(self, key: &str) -> bool {
        self.get(key).is_some_and(|n| match n.text() {
            Some(text) => !text.is_empty(),
            None => n.items().next().is_some() || n.own_entries().next().is_some(),
        })
    }

    /// The mapping under a key.
    pub(super) fn map(self, key: &str) -> Option<Map<'s>> {
        self.get(key).filter(|n| n.is_mapping()).map(Map::of)
    }

    /// The items under a key that are not null.
    pub(super) fn items(self, key: &str) -> impl Iterator<Item = Node<'s>> + use<'s> {
        self.get(key).into_iter().flat_map(|n| n.items()).filter(|n| !n.is_null())
    }

    /// The items under a key that are mappings.
    pub(super) fn maps(self, key: &str) -> impl Iterator<Item = Map<'s>> + use<'s> {
        self.items(key).filter(|n| n.is_mapping()).map(Map::of)
    }

    /// Keys and values of the mapping under a key.
    pub(super) fn entries(self, key: &str) -> impl Iterator<Item = (Node<'s>, Node<'s>)> + use<'s> {
        self.get(key).into_iter().flat_map(|n| n.each_entry())
    }

    /// The texts of the list under a key whose values are known.
    pub(super) fn texts(self, key: &str) -> impl Iterator<Item = (Node<'s>, &'s str)> + use<'s> {
        self.items(key).filter_map(|n| Some((n, known(n)?)))
    }

    /// The text under a key, if it is there and its value is known.
    pub(super) fn text(self, key: &str) -> Option<(Node<'s>, &'s str)> {
        let node = self.get(key)?;
        Some((node, known(node)?))
    }

    /// The word under a key, or what it is when absent; `None` where it is a placeholder.
    pub(super) fn word(self, key: &str, absent: &'static str) -> Option<&'s str> {
        match self.get(key) {
            None => Some(absent),
            Some(node) => known(node),
        }
    }

    /// The number under a key, if it is there and its value is known.
    pub(super) fn number(self, key: &str) -> Option<(Node<'s>, f64)> {
        let node = self.get(key)?;
        match node.value()? {
            Scalar::Int(n) => Some((node, n as f64)),
            Scalar::Float(f) => Some((node, f)),
            _ => None,
        }
    }

    /// Whether the boolean under a key is `true`.
    pub(super) fn is_true(self, key: &str) -> bool {
        matches!(self.get(key).and_then(|n| n.value()), Some(Scalar::Bool(true)))
    }
}

/// A scalar's text, if its value is known.
pub(super) fn known(node: Node<'_>) -> Option<&str> {
    node.text().filter(|t| !unknown(t))
}
