//! Text from files on its way to a terminal: nothing in it may steer that terminal.

use std::borrow::Cow;

/// Whether a character would be acted on, or reorder what is shown around it, where it should be seen.
pub(super) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text with each such character made visible, as `\n`, `\t` or `\u{1b}`.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(clean("a\x1b[31mb\nc\u{202e}d é 日"), "a\\u{1b}[31mb\\nc\\u{202e}d é 日");
        assert_eq!(clean("plain"), "plain");
    }
}
