//! Comparing names without a call for each: nearly all have 16 bytes at most, which two numbers hold.

/// A name's length, and its first and last eight bytes (four where it is shorter than eight).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    length: usize,
    first: u64,
    last: u64,
}

impl Ends {
    /// Of a name.
    #[inline]
    pub fn of(name: &str) -> Self {
        Self::of_bytes(name.as_bytes())
    }

    #[inline]
    pub(super) fn of_bytes(name: &[u8]) -> Self {
        let length = name.len();
        let (first, last) = if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
            (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
        } else if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
            (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
        } else if let (Some(first), Some(last)) = (name.first(), name.last()) {
            (u64::from(*first) | u64::from(name[length / 2]) << 8, (*last).into())
        } else {
            (0, 0)
        };
        Self { length, first, last }
    }

    /// Whether they are all of the name.
    #[inline]
    pub const fn are_all(&self) -> bool {
        self.length <= 16
    }

    /// A number that most names have alone.
    #[inline]
    pub const fn hash(&self) -> usize {
        let mixed = self.first.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.last.rotate_left(32) ^ self.length as u64;
        (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::Ends;

    #[test]
    fn short_names_differ_where_their_ends_do() {
        let names = ["", "a", "b", "ab", "ba", "aba", "abb", "bba", "aaaa", "aaab", "abcdefg", "abcdxfg", "abcdefgh"];
        let more = ["abcdefghi", "abcdefghj", "0123456789abcdef", "0123456X89abcdef", "01234567X9abcdef"];
        let all: Vec<&str> = names.into_iter().chain(more).collect();
        for a in &all {
            for b in &all {
                assert_eq!(Ends::of(a) == Ends::of(b), a == b, "{a} {b}");
            }
            assert!(Ends::of(a).are_all());
        }
        assert!(!Ends::of("0123456789abcdefg").are_all());
    }
}
