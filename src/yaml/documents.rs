//! Splitting a stream into documents before anything is parsed, as Kubernetes' reader does.

use std::sync::LazyLock;

use memchr::{memchr, memmem};

use super::SyntaxError;
use crate::source::Span;

static SEPARATOR: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"\n---"));

const BOM: &str = "\u{feff}";

/// The places of a text's documents, without the `---` lines between them. Empty documents are kept out.
pub fn split(text: &str) -> Vec<Span> {
    documents(text).0
}

/// The places of a text's documents, and the `---` lines that are none to Kubernetes.
///
/// Source: `YAMLReader` of k8s.io/apimachinery, which takes a line that starts with `---` for a separator and refuses
/// the file where more than a comment follows. The text around such a line is read all the same.
pub(super) fn documents(text: &str) -> (Vec<Span>, Vec<SyntaxError>) {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    let mut errors = Vec::new();
    let mut start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let first = bytes[start..].starts_with(b"---").then_some(start);
    let others = SEPARATOR.find_iter(bytes).map(|newline| newline + 1);
    for line in first.into_iter().chain(others) {
        let end = memchr(b'\n', &bytes[line..]).map_or(bytes.len(), |i| line + i + 1);
        push(text, start, line, &mut spans);
        start = end;
        let rest = text[line + 3..end].trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            errors.push(separator_error(line, rest));
        }
    }
    push(text, start, bytes.len(), &mut spans);
    (spans, errors)
}

fn push(text: &str, mut start: usize, end: usize, spans: &mut Vec<Span>) {
    if text[start..end].starts_with(BOM) {
        start += BOM.len();
    }
    if !text[start..end].trim_ascii().is_empty() {
        spans.push(Span::new(start as u32, end as u32));
    }
}

fn separator_error(line: usize, rest: &str) -> SyntaxError {
    // `rest` may be long: only its beginning is shown.
    let mut length = rest.find(['\n', '\r']).unwrap_or(rest.len()).min(40);
    while !rest.is_char_boundary(length) {
        length -= 1;
    }
    SyntaxError {
        span: Span::new(line as u32, line as u32 + 3),
        message: format!("`{}` after a `---` that separates documents", &rest[..length]),
        help: Some("leave `---` alone on its line: Kubernetes refuses the file otherwise".into()),
        template: rest.contains("{{"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|s| &text[s.range()]).collect()
    }

    #[test]
    fn documents_stand_between_separators() {
        assert_eq!(texts("a: 1\n---\nb: 2\n--- # c\nc: 3"), ["a: 1\n", "b: 2\n", "c: 3"]);
        assert_eq!(texts("---\n---  \n\n---\na: 1\r\n---\r\nb: 2\r\n"), ["a: 1\r\n", "b: 2\r\n"]);
        assert_eq!(texts(""), [""; 0]);
        assert_eq!(texts("---"), [""; 0]);
        assert_eq!(texts("a: |\n  ---\n -- -\n"), ["a: |\n  ---\n -- -\n"]);
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_a_document() {
        assert_eq!(texts("\u{feff}a: 1\n---\n\u{feff}b: 2\n"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(texts("\u{feff}---\na: 1\n"), ["a: 1\n"]);
    }

    #[test]
    fn a_separator_with_text_is_an_error_and_separates() {
        let text = "a: 1\n--- foo\nb: 2\n---foo: 1\nc: 3\n----\n";
        assert_eq!(texts(text), ["a: 1\n", "b: 2\n", "c: 3\n"]);
        let errors = documents(text).1;
        assert_eq!(errors.iter().map(|e| e.span.start).collect::<Vec<_>>(), [5, 18, 33]);
        assert_eq!(errors[0].message, "`foo` after a `---` that separates documents");
    }
}
