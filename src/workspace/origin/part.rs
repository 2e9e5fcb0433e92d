//! Parts of a text that stands in a value: a line of `helm.values: |`, of a ConfigMap's `values.yaml: |`.
//!
//! A text is handed on as a whole, by programs that write it in another style and put values in: its lines stay its
//! lines. So a part is a range of bytes of the value's text, and is found again in another writing of it by its line.

use std::ops::Range;

use super::super::embedded::body;
use crate::source::Span;
use crate::yaml::{Node, Style};

/// A line of a scalar: its bytes in the scalar's text, and in the source. They differ where it is written with escapes,
/// or holds a variable.
struct Line {
    text: Range<usize>,
    raw: Span,
}

/// The part of a scalar's text that a place in the source is; `None` where it is all of it, or has no lines of its own.
pub(super) fn at(node: Node<'_>, span: Span) -> Option<Range<usize>> {
    if node.span() == span {
        return None;
    }
    let (text, source) = (node.text()?, node.source_text());
    let line = lines(node)?.into_iter().find(|l| l.raw.start <= span.start && span.start <= l.raw.end)?;
    if !source[line.raw.range()].ends_with(&text[line.text.clone()]) {
        return Some(line.text);
    }
    // Counted from the end: the indentation is no part of the text.
    let back = |at: u32| line.text.end.saturating_sub(line.raw.end.saturating_sub(at) as usize).max(line.text.start);
    Some(back(span.start)..back(span.end))
}

/// Where a part of `text` stands in a scalar that holds the same lines.
pub(super) fn place(text: &str, part: &Range<usize>, node: Node<'_>) -> Span {
    let all = || node.span();
    let (Some(own), Some(lines)) = (node.text(), lines(node)) else { return all() };
    let Some(before) = text.get(..part.start) else { return all() };
    if own.lines().count() != text.lines().count() {
        return all();
    }
    let number = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let Some(line) = lines.get(number) else { return all() };
    let raw = &node.source_text()[line.raw.range()];
    if !raw.ends_with(&text[start..end]) {
        // With a variable in it: the value, or the line.
        return value(raw, &text[start..end], part.start - start, line.raw);
    }
    let column = |at: usize| line.raw.end - (end - at.min(end)) as u32;
    Span::new(column(part.start), column(part.end))
}

/// The value of `key: value` in a line, where the part began as that of the other line.
fn value(raw: &str, other: &str, from: usize, span: Span) -> Span {
    let blank = (raw.len() - raw.trim_start().len()) as u32;
    let line = Span::new(span.start + blank, span.start + raw.trim_end().len() as u32);
    let Some(key) = other.get(..from).map(str::trim_start).filter(|k| k.ends_with([' ', '"', '\''])) else {
        return line;
    };
    match raw.trim_start().strip_prefix(key) {
        Some(rest) if !rest.is_empty() => Span::new(line.start + key.len() as u32, line.end),
        _ => line,
    }
}

/// The lines of a scalar, where each is written as a line, or all of it is one text in quotes with escapes.
fn lines(node: Node<'_>) -> Option<Vec<Line>> {
    let (text, source) = (node.text()?, node.source_text());
    let raw: Vec<Span> = match node.style() {
        Style::Literal => {
            let body = body(source, node)?;
            ranges(&source[body.range()], "\n").map(|r| shifted(r, body.start, source)).collect()
        }
        Style::Double => {
            let span = node.span();
            let inner = Span::new(span.start + 1, span.end.saturating_sub(1).max(span.start + 1));
            let written = &source[inner.range()];
            // Line ends in quotes fold, and a backslash may be escaped itself.
            if written.contains('\n') || written.contains("\\\\n") {
                return None;
            }
            ranges(written, "\\n").map(|r| shifted(r, inner.start, source)).collect()
        }
        _ => return None,
    };
    Some(ranges(text, "\n").zip(raw).map(|(text, raw)| Line { text, raw }).collect())
}

fn ranges<'t>(text: &'t str, separator: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let mut start = 0;
    text.split(separator).map(move |part| {
        let range = start..start + part.len();
        start = range.end + separator.len();
        range
    })
}

/// A range of what begins at `start`, without a carriage return at its end.
fn shifted(range: Range<usize>, start: u32, source: &str) -> Span {
    let span = Span::new(start + range.start as u32, start + range.end as u32);
    if source[span.range()].ends_with('\r') { Span::new(span.start, span.end - 1) } else { span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    /// What `part` of the value of `a` in one text leads to in the value of `a` in another.
    fn found(from: &str, part: &str, to: &str) -> String {
        let (one, two) = (parse(from), parse(to));
        let value = |stream: &crate::yaml::Stream| stream.documents[0].tree.root().and_then(|r| r.get("a")).is_some();
        assert!(value(&one) && value(&two));
        let node = one.documents[0].tree.root().unwrap().get("a").unwrap();
        let start = from.find(part).unwrap() as u32;
        let inner = at(node, Span::new(start, start + part.len() as u32)).unwrap();
        let other = two.documents[0].tree.root().unwrap().get("a").unwrap();
        to[place(node.text().unwrap(), &inner, other).range()].to_string()
    }

    #[test]
    fn a_part_is_found_again_by_its_line() {
        let block = "a: |\n  x: 1\n\n  y:\n    z: v9 # c\nb: 1\n";
        for to in [
            "a: |-\n      x: 1\n\n      y:\n        z: v9 # c\n",
            "a: \"x: 1\\n\\ny:\\n  z: v9 # c\\n\"\n",
            "a: |2\r\n  x: 1\r\n\r\n  y:\r\n    z: v9 # c\r\n",
        ] {
            assert_eq!(found(block, "v9", to), "v9", "{to}");
        }
        assert_eq!(found("a: \"x: 1\\ny: v9\\n\"\n", "v9", "a: |\n  x: 1\n  y: v9\n"), "v9");
    }

    #[test]
    fn a_line_with_a_variable_is_found_by_its_key() {
        assert_eq!(found("a: |\n  x: 1\n  y: v9\n", "v9", "a: |\n    x: 1\n    y: ${V}\n"), "${V}");
        assert_eq!(found("a: |\n  x: 1\n  k v9\n", "v9", "a: |\n    x: 1\n    l ${V}\n"), "l ${V}");
    }

    #[test]
    fn other_texts_are_shown_as_a_whole() {
        assert_eq!(found("a: |\n  x: 1\n  y: v9\n", "v9", "a: text\n"), "text");
        assert_eq!(found("a: |\n  x: 1\n  y: v9\n", "v9", "a: \"x\\\\n\\ny\"\n"), "\"x\\\\n\\ny\"");
    }
}
