//! What stands between two nodes: indicators, anchors, tags, comments and white space.
//!
//! The third-party parser gives places of nodes only; the `-` of a list item or the `|` of a block scalar is found here.

/// The tokens between two nodes by their first bytes and where they stand, comments left out.
pub(super) struct Gap<'s> {
    bytes: &'s [u8],
    at: usize,
    end: usize,
}

impl<'s> Gap<'s> {
    /// The tokens of `bytes[at..end]`; `at` must not be within a node.
    pub(super) fn new(bytes: &'s [u8], at: usize, end: usize) -> Self {
        Self { bytes, at, end: end.min(bytes.len()) }
    }
}

impl Iterator for Gap<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.end {
            let at = self.at;
            let byte = self.bytes[at];
            self.at += 1;
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => {}
                b'#' => self.skip_to(|b| matches!(b, b'\n' | b'\r')),
                b'!' if self.bytes.get(self.at) == Some(&b'<') => {
                    self.skip_to(|b| b == b'>' || b.is_ascii_whitespace());
                    self.at += 1;
                    return Some((at, byte));
                }
                b'&' | b'!' => {
                    self.skip_to(|b| b.is_ascii_whitespace() || matches!(b, b',' | b'[' | b']' | b'{' | b'}'));
                    return Some((at, byte));
                }
                _ => return Some((at, byte)),
            }
        }
        None
    }
}

impl Gap<'_> {
    fn skip_to(&mut self, end: impl Fn(u8) -> bool) {
        while self.at < self.end && !end(self.bytes[self.at]) {
            self.at += 1;
        }
    }
}

/// Where Kubernetes' reader lets a tab stand in the gap after a node.
#[derive(Clone, Copy)]
pub(super) enum Tabs {
    /// Anywhere: within brackets and braces.
    Anywhere,
    /// Only between two things on one line.
    Within,
    /// As `Within`, and on white lines that follow an unquoted scalar, from this column on.
    AfterPlain(usize),
}

/// The first tab in `bytes[at..end]` that Kubernetes' reader refuses.
///
/// Source: `yaml_parser_scan_to_next_token` and `yaml_parser_scan_plain_scalar` of go.yaml.in/yaml/v2.
pub(super) fn bad_tab(bytes: &[u8], at: usize, end: usize, tabs: Tabs) -> Option<usize> {
    if matches!(tabs, Tabs::Anywhere) {
        return None;
    }
    let mut column_allowed = match tabs {
        Tabs::AfterPlain(column) => Some(column),
        _ => None,
    };
    let mut line = bytes[..at].iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(0, |i| i + 1);
    // A tab may follow what begins no block: not a line's start, not `-` and `?`.
    let mut allowed = line != at;
    let mut i = at;
    while i < end {
        match bytes[i] {
            b' ' => {}
            b'\t' if allowed || column_allowed.is_some_and(|c| i - line >= c) => {}
            b'\t' => return Some(i),
            b'\n' | b'\r' => {
                line = i + 1;
                allowed = false;
            }
            b'#' => {
                while i < end && !matches!(bytes[i], b'\n' | b'\r') {
                    i += 1;
                }
                column_allowed = None;
                continue;
            }
            b'-' | b'?' => {
                allowed = false;
                column_allowed = None;
            }
            _ => {
                allowed = true;
                column_allowed = None;
            }
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_the_rest_of_properties_are_no_tokens() {
        let text = b" : # - a | b\n  &a-b !<x|y> !c - | ";
        let tokens: Vec<_> = Gap::new(text, 0, text.len()).map(|(_, b)| b as char).collect();
        assert_eq!(tokens, [':', '&', '!', '!', '-', '|']);
    }

    #[test]
    fn tabs_may_not_indent() {
        let check = |text: &str, tabs| bad_tab(text.as_bytes(), 1, text.len(), tabs);
        assert_eq!(check("a:\t\n  ", Tabs::Within), None);
        assert_eq!(check("a\t# x\ty\n", Tabs::Within), None);
        assert_eq!(check("a:\n\t", Tabs::Within), Some(3));
        assert_eq!(check("a:\n  -\t", Tabs::Within), Some(6));
        assert_eq!(check("a\n\t\n", Tabs::AfterPlain(1)), Some(2));
        assert_eq!(check("a\n \t\n", Tabs::AfterPlain(1)), None);
        assert_eq!(check("a\n \t\n", Tabs::Within), Some(3));
        assert_eq!(check("a\n\t", Tabs::Anywhere), None);
    }
}
