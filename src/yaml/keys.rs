//! Finding keys that a mapping has twice, for all mappings that are open at a time.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::source::Span;

/// How many keys a mapping may have before they are hashed instead of compared one by one.
const FEW: usize = 24;

/// The keys of the open mappings.
#[derive(Debug, Default)]
pub(super) struct Keys<'s> {
    /// A number for each key of the mappings that have few, the innermost one's last. It differs for nearly all names
    /// that differ, so most names never have to be compared.
    signatures: Vec<u64>,
    /// The keys of these numbers.
    entries: Vec<(Name<'s>, Span)>,
    /// The first key of the innermost mapping.
    first: usize,
    /// The first keys of the mappings around it.
    outer: Vec<usize>,
    /// The mappings that have more than a few keys: which one it is, counted from outside, and its keys. They are
    /// hashed with a random key, so no text makes that slow.
    large: Vec<(usize, HashMap<Cow<'s, str>, Span>)>,
    /// Names that are not in the text. There are hardly any, so they are kept until the end.
    owned: Vec<Box<str>>,
}

/// A name in the text, or the number of one that is not: nothing that has to be dropped when a mapping ends.
type Name<'s> = Result<&'s str, usize>;

impl<'s> Keys<'s> {
    /// Enters a mapping.
    pub(super) fn open(&mut self) {
        if self.outer.is_empty() {
            self.signatures.reserve(FEW);
            self.entries.reserve(FEW);
            self.outer.reserve(FEW);
        }
        self.outer.push(self.first);
        self.first = self.entries.len();
    }

    /// Leaves the innermost mapping.
    pub(super) fn close(&mut self) {
        if self.large.last().is_some_and(|(depth, _)| *depth == self.outer.len()) {
            self.large.pop();
        }
        self.signatures.truncate(self.first);
        self.entries.truncate(self.first);
        self.first = self.outer.pop().unwrap_or_default();
    }

    /// Leaves all mappings.
    pub(super) fn clear(&mut self) {
        self.signatures.clear();
        self.entries.clear();
        self.first = 0;
        self.outer.clear();
        self.large.clear();
        self.owned.clear();
    }

    /// Adds a key of the innermost mapping. If it has that key already: where.
    #[inline]
    pub(super) fn insert(&mut self, name: Cow<'s, str>, span: Span) -> Option<Span> {
        let signature = signature(name.as_bytes());
        let same = self.signatures[self.first..].iter().position(|&s| s == signature);
        if same.is_some() || !self.large.is_empty() || self.entries.len() - self.first == FEW {
            return self.insert_slowly(name, signature, span);
        }
        self.push(name, signature, span);
        None
    }

    #[inline]
    fn push(&mut self, name: Cow<'s, str>, signature: u64, span: Span) {
        let name = match name {
            Cow::Borrowed(name) => Ok(name),
            Cow::Owned(name) => {
                self.owned.push(name.into());
                Err(self.owned.len() - 1)
            }
        };
        self.signatures.push(signature);
        self.entries.push((name, span));
    }

    #[cold]
    fn insert_slowly(&mut self, name: Cow<'s, str>, signature: u64, span: Span) -> Option<Span> {
        let depth = self.outer.len();
        if let Some((_, keys)) = self.large.last_mut().filter(|(d, _)| *d == depth) {
            return keys.insert(name, span);
        }
        let owned = &self.owned;
        let is_same = |n: &Name<'s>| n.unwrap_or_else(|i| &*owned[i]) == &*name;
        if let Some((_, at)) = self.entries[self.first..].iter_mut().find(|(n, _)| is_same(n)) {
            return Some(std::mem::replace(at, span));
        }
        if self.entries.len() - self.first < FEW {
            self.push(name, signature, span);
            return None;
        }
        let name_of = |n: Name<'s>| n.map_or_else(|i| Cow::from(owned[i].to_string()), Cow::from);
        let mut keys: HashMap<_, _> = self.entries.drain(self.first..).map(|(n, at)| (name_of(n), at)).collect();
        self.signatures.truncate(self.first);
        keys.insert(name, span);
        self.large.push((depth, keys));
        None
    }
}

#[inline]
fn signature(name: &[u8]) -> u64 {
    let (a, b) = if let (Some(&head), Some(&tail)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        (u64::from_le_bytes(head), u64::from_le_bytes(tail))
    } else if let (Some(&head), Some(&tail)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        (u64::from(u32::from_le_bytes(head)), u64::from(u32::from_le_bytes(tail)))
    } else {
        name.iter().fold((0, 0), |(a, b), &c| (a << 8 | u64::from(c), b))
    };
    (a ^ b.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ name.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mapping_has_its_own_keys() {
        let mut keys = Keys::default();
        let at = |i| Span::new(i, i + 1);
        keys.open();
        assert_eq!(keys.insert("a".into(), at(0)), None);
        keys.open();
        assert_eq!(keys.insert("a".into(), at(1)), None);
        assert_eq!(keys.insert("a".into(), at(2)), Some(at(1)));
        assert_eq!(keys.insert(String::from("a").into(), at(3)), Some(at(2)));
        keys.close();
        assert_eq!(keys.insert("a".into(), at(4)), Some(at(0)));
        assert_eq!(keys.insert("abcdefgh-1-ijklmnop".into(), at(5)), None);
        assert_eq!(keys.insert("abcdefgh-2-ijklmnop".into(), at(6)), None);
        assert_eq!(keys.insert(String::from("b").into(), at(7)), None);
        assert_eq!(keys.insert("b".into(), at(8)), Some(at(7)));
    }

    #[test]
    fn many_keys_are_found_as_well() {
        let mut keys = Keys::default();
        keys.open();
        for round in 0..3 {
            for i in 0..100u32 {
                let before = keys.insert(format!("key-{i}").into(), Span::new(round, i));
                assert_eq!(before, round.checked_sub(1).map(|r| Span::new(r, i)));
                // A small one within the large one.
                keys.open();
                assert_eq!(keys.insert("key-0".into(), Span::new(7, i)), None);
                assert_eq!(keys.insert("key-0".into(), Span::new(8, i)), Some(Span::new(7, i)));
                keys.close();
            }
        }
    }
}
