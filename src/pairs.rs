//! Which findings of a run are those of a list: each on the list stands for as many as it counts, and for none twice.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Pairs of what is on a list and what was found, made in passes: the surest ones first.
pub(crate) struct Pairs {
    /// How many findings each entry of the list can still stand for.
    pub(crate) left: Vec<u32>,
    /// Which of the findings have an entry.
    pub(crate) paired: Vec<bool>,
}

impl Pairs {
    /// Of a list whose entries count that much, with that many findings.
    pub(crate) fn new(list: impl IntoIterator<Item = u32>, findings: usize) -> Self {
        Self { left: list.into_iter().collect(), paired: vec![false; findings] }
    }

    /// Pairs what has no pair yet and the same key, the first with the first. Findings without a key are for other
    /// passes.
    pub(crate) fn pass<K: Hash + Eq>(&mut self, entry: impl Fn(usize) -> K, finding: impl Fn(usize) -> Option<K>) {
        let mut free: FxHashMap<K, Vec<usize>> = FxHashMap::default();
        for i in (0..self.left.len()).rev().filter(|i| self.left[*i] > 0) {
            free.entry(entry(i)).or_default().push(i);
        }
        for (i, paired) in self.paired.iter_mut().enumerate().filter(|(_, paired)| !**paired) {
            let Some(entries) = finding(i).and_then(|key| free.get_mut(&key)) else { continue };
            let Some(first) = entries.last() else { continue };
            let left = &mut self.left[*first];
            *left -= 1;
            *paired = true;
            if *left == 0 {
                entries.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stands_for_as_many_as_it_counts_and_sure_pairs_come_first() {
        let (list, found) = (["ax", "ay", "bx"], ["ay", "az", "aw", "bx", "ax"]);
        let mut pairs = Pairs::new([2, 1, 1], found.len());
        pairs.pass(|e| list[e], |f| Some(found[f]));
        assert_eq!((&*pairs.paired, &*pairs.left), (&[true, false, false, true, true][..], &[1, 0, 0][..]));
        pairs.pass(|e| &list[e][..1], |f| Some(&found[f][..1]));
        assert_eq!((&*pairs.paired, &*pairs.left), (&[true, true, false, true, true][..], &[0, 0, 0][..]));
    }
}
