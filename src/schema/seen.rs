//! What a list has had before: names of ports, subsets, containers. Nearly all lists are short.

use std::hash::Hash;

use rustc_hash::FxHashSet;

/// How many are kept without a table.
const FEW: usize = 6;

/// Values that were there before.
#[derive(Debug)]
pub(super) struct Seen<T> {
    few: [Option<T>; FEW],
    more: FxHashSet<T>,
}

impl<T: Copy + Eq + Hash> Seen<T> {
    pub(super) fn new() -> Self {
        Self { few: [None; FEW], more: FxHashSet::default() }
    }

    /// Adds a value; whether it is new.
    pub(super) fn insert(&mut self, value: T) -> bool {
        for place in &mut self.few {
            match place {
                Some(before) if *before == value => return false,
                Some(_) => {}
                None => {
                    *place = Some(value);
                    return true;
                }
            }
        }
        self.more.insert(value)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn each_value_is_new_once() {
        let mut seen = Seen::new();
        for n in 0..20 {
            assert!(seen.insert(n));
        }
        for n in 0..20 {
            assert!(!seen.insert(n));
        }
    }
}
