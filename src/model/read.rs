//! Small readers from YAML nodes to the model's fields.

use crate::source::{Span, Spanned};
use crate::yaml::{Node, Scalar};

/// Text with its place.
pub type Text<'s> = Spanned<&'s str>;

/// A port number with its place; `None` where what is written is no number (a placeholder).
pub type Number = Spanned<Option<u32>>;

/// Labels or annotations, as written.
pub type Labels<'s> = Vec<(Text<'s>, Text<'s>)>;

/// A scalar under `key`; `None` where it is absent or null.
pub fn text<'s>(node: Node<'s>, key: &str) -> Option<Text<'s>> {
    node.get(key)?.spanned()
}

/// A whole number under `key`.
pub fn number(node: Node<'_>, key: &str) -> Option<Number> {
    let n = node.get(key)?;
    if n.is_null() {
        return None;
    }
    let value = match n.value()? {
        Scalar::Int(i) => u32::try_from(i).ok(),
        Scalar::Float(f) if f.fract() == 0.0 && (0.0..1e9).contains(&f) => Some(f as u32),
        Scalar::Str(s) => s.parse().ok(),
        _ => None,
    };
    Some(Spanned::new(value, n.span()))
}

/// A boolean under `key`.
pub fn boolean(node: Node<'_>, key: &str) -> Option<bool> {
    match node.get(key)?.value()? {
        Scalar::Bool(b) => Some(b),
        Scalar::Str("true") => Some(true),
        Scalar::Str("false") => Some(false),
        _ => None,
    }
}

/// Collects without room to spare: a fleet has hundreds of thousands of short lists.
pub fn exact<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = items.collect();
    all.shrink_to_fit();
    all
}

/// Moves a long list to where it has no room to spare: told to shrink, it may keep up to half of the room.
pub fn moved<T>(list: Vec<T>) -> Vec<T> {
    let mut exact = Vec::with_capacity(list.len());
    exact.extend(list);
    exact
}

/// The scalars of a list under `key`; empty where it is absent.
pub fn strings<'s>(node: Node<'s>, key: &str) -> Vec<Text<'s>> {
    node.get(key).map(|n| exact(n.items().filter_map(|i| i.spanned()))).unwrap_or_default()
}

/// The items of a list under `key`.
pub fn items<'s>(node: Node<'s>, key: &str) -> impl Iterator<Item = Node<'s>> + use<'s> {
    node.items_of(key)
}

/// The scalar entries of a mapping under `key`: labels, annotations.
pub fn labels<'s>(node: Node<'s>, key: &str) -> Labels<'s> {
    node.get(key).map(labels_of).unwrap_or_default()
}

/// The scalar entries of a mapping.
pub fn labels_of(node: Node<'_>) -> Labels<'_> {
    exact(
        node.entries()
            .into_iter()
            .filter_map(|(k, v)| Some((Spanned::new(k.text()?, k.span()), Spanned::new(v.text()?, v.span())))),
    )
}

/// The label of that name.
pub fn label<'a, 's>(labels: &'a Labels<'s>, name: &str) -> Option<&'a Text<'s>> {
    labels.iter().find(|(k, _)| k.value == name).map(|(_, v)| v)
}

/// The place of the value under `key`, or of the whole node where it is absent.
pub fn span_of(node: Node<'_>, key: &str) -> Span {
    node.get(key).map_or(node.span(), |n| n.span())
}

/// The place of the key itself, or of the whole node where it is absent.
pub fn key_span(node: Node<'_>, key: &str) -> Span {
    node.entry(key).map_or(node.span(), |(k, _)| k.span())
}

/// Whether every one of `wanted` is among `labels`. An unresolved placeholder equals anything: it contradicts nothing.
pub fn selects(wanted: &[(Text<'_>, Text<'_>)], labels: &Labels<'_>) -> bool {
    wanted.iter().all(|(k, v)| {
        labels
            .iter()
            .any(|(lk, lv)| lk.value == k.value && (lv.value == v.value || unknown(lv.value) || unknown(v.value)))
    })
}

/// Whether a text holds a placeholder that nothing has resolved: it is unknown, equals nothing and contradicts nothing.
pub fn unknown(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Nearly all texts have none of the bytes that a placeholder begins with.
    if !bytes.iter().any(|b| matches!(b, b'$' | b'{' | b'<' | b'R' | b'C')) {
        return false;
    }
    for (i, b) in bytes.iter().enumerate() {
        match b {
            b'$' if matches!(bytes.get(i + 1), Some(b'{' | b'(')) => return true,
            // A whole value `$NAME`.
            b'$' if i == 0 && bytes.len() > 1 && bytes[1..].iter().all(|b| b.is_ascii_uppercase() || *b == b'_') => {
                return true;
            }
            b'{' if bytes.get(i + 1) == Some(&b'{') => return true,
            b'<' if i == 0 && bytes.len() > 2 && bytes.last() == Some(&b'>') => return true,
            b'R' if text[i..].starts_with("REPLACE_") || text[i..].starts_with("REPLACEME") => return true,
            b'C' if text[i..].starts_with("CHANGE_ME") || text[i..].starts_with("CHANGEME") => return true,
            _ => {}
        }
    }
    false
}

/// The names of the variables that a text's placeholders stand for: `${NAME}`, `${NAME:=default}`, `$(NAME)`.
pub fn placeholder_names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        let close = match rest.bytes().next() {
            Some(b'{') => '}',
            Some(b'(') => ')',
            _ => continue,
        };
        let inner = &rest[1..];
        let end = inner.find(close).unwrap_or(inner.len());
        let name_end =
            inner[..end].find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(end);
        if name_end > 0 {
            names.push(&inner[..name_end]);
        }
        rest = &inner[end..];
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_unknown() {
        for text in ["${A}", "x-${A:=1}", "$(A)", "{{ .Values.x }}", "REPLACE_ME", "<gateway-ip>", "$GW_ADDR"] {
            assert!(unknown(text), "{text}");
        }
        for text in ["", "reviews", "a$b", "^foo$", "$1", "a<b", "R", "^/(.*)$"] {
            assert!(!unknown(text), "{text}");
        }
    }

    #[test]
    fn names_of_placeholders() {
        assert_eq!(placeholder_names("a ${X} ${Y:=${Z}} $(W)"), ["X", "Y", "W"]);
    }
}
