//! Finding keys that a mapping has twice, for all mappings that are open at a time.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::source::Span;

/// How many keys a mapping may have before they are hashed instead of compared one by one.
const FEW: usize = 24;

/// The keys of the open mappings.
#[derive(Debug, Default)]
pub(super) struct Keys<'s> {
    /// Keys of the mappings that have few, the innermost one's last.
    entries: Vec<Entry<'s>>,
    open: Vec<Frame<'s>>,
}

#[derive(Debug)]
struct Entry<'s> {
    /// Differs for nearly all texts that differ; saves the comparison.
    signature: u64,
    name: Cow<'s, str>,
    span: Span,
}

#[derive(Debug)]
struct Frame<'s> {
    first: usize,
    /// Takes the entries' place once they are more than a few. It hashes with a random key: no text makes it slow.
    many: Option<HashMap<Cow<'s, str>, Span>>,
}

impl<'s> Keys<'s> {
    pub(super) fn open(&mut self) {
        self.open.push(Frame { first: self.entries.len(), many: None });
    }

    pub(super) fn close(&mut self) {
        if let Some(frame) = self.open.pop() {
            self.entries.truncate(frame.first);
        }
    }

    /// Adds a key of the innermost mapping. If it has that key already: where.
    pub(super) fn insert(&mut self, name: Cow<'s, str>, span: Span) -> Option<Span> {
        let frame = self.open.last_mut()?;
        if let Some(many) = &mut frame.many {
            return many.insert(name, span);
        }
        let signature = signature(name.as_bytes());
        let few = &mut self.entries[frame.first..];
        if let Some(same) = few.iter_mut().find(|e| e.signature == signature && e.name == name) {
            return Some(std::mem::replace(&mut same.span, span));
        }
        let count = few.len();
        self.entries.push(Entry { signature, name, span });
        if count == FEW {
            frame.many = Some(self.entries.drain(frame.first..).map(|e| (e.name, e.span)).collect());
        }
        None
    }
}

fn signature(name: &[u8]) -> u64 {
    let (a, b) = match (name.first_chunk::<8>(), name.last_chunk::<8>(), name) {
        (Some(&head), Some(&tail), _) => (u64::from_le_bytes(head), u64::from_le_bytes(tail)),
        _ => name.iter().fold((0, 0), |(a, b), &c| (a << 8 | u64::from(c), b)),
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
        assert_eq!(keys.insert("a".into(), at(3)), Some(at(2)));
        keys.close();
        assert_eq!(keys.insert("a".into(), at(4)), Some(at(0)));
        assert_eq!(keys.insert("abcdefgh-1-ijklmnop".into(), at(5)), None);
        assert_eq!(keys.insert("abcdefgh-2-ijklmnop".into(), at(6)), None);
    }

    #[test]
    fn many_keys_are_found_as_well() {
        let mut keys = Keys::default();
        keys.open();
        for round in 0..3 {
            for i in 0..100u32 {
                let before = keys.insert(format!("key-{i}").into(), Span::new(round, i));
                assert_eq!(before, round.checked_sub(1).map(|r| Span::new(r, i)));
            }
        }
    }
}
