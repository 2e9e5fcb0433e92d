//! Placeholders with known values: `${NAME}`, `${NAME:=default}`, `$(NAME)`, and `$NAME` as a whole value.

use std::collections::BTreeMap;

/// Values of placeholders, by name.
pub(super) type Variables = BTreeMap<String, String>;

/// The deepest nesting of defaults that is resolved: `${A:=${B:=c}}`.
const MAX_DEPTH: u8 = 8;

/// The text with known placeholders replaced; `None` where there is none. Unknown ones stay as they are.
pub(super) fn resolve(text: &str, variables: &Variables) -> Option<String> {
    if !text.as_bytes().contains(&b'$') {
        return None;
    }
    let resolved = expand(text, variables, MAX_DEPTH);
    (resolved != text).then_some(resolved)
}

fn expand(text: &str, variables: &Variables, depth: u8) -> String {
    if let Some(value) = text.strip_prefix('$').filter(|n| is_name(n)).and_then(|n| variables.get(n)) {
        return value.clone();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let bytes = rest.as_bytes();
        let (open, close) = match bytes.get(1) {
            Some(b'{') => (b'{', b'}'),
            Some(b'(') => (b'(', b')'),
            // `$$` stands for a dollar sign that is meant.
            Some(b'$') => {
                let run = bytes.iter().take_while(|b| **b == b'$').count();
                out.push_str(&rest[..run]);
                rest = &rest[run..];
                continue;
            }
            _ => {
                out.push('$');
                rest = &rest[1..];
                continue;
            }
        };
        let Some(end) = closing(bytes, open, close) else {
            out.push('$');
            rest = &rest[1..];
            continue;
        };
        let inner = &rest[2..end];
        match value_of(inner, open == b'{', variables, depth) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[..=end]),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

fn value_of(inner: &str, braces: bool, variables: &Variables, depth: u8) -> Option<String> {
    let operator = inner.find(":-").into_iter().chain(inner.find(":=")).min();
    let (name, default) = match operator {
        Some(at) if braces && is_name(&inner[..at]) => (&inner[..at], Some(&inner[at + 2..])),
        _ => (inner, None),
    };
    if let Some(value) = variables.get(name) {
        return Some(value.clone());
    }
    let default = default.filter(|_| depth > 0)?;
    Some(expand(default, variables, depth - 1))
}

/// The longest placeholder that is looked for, its default included.
const MAX_LENGTH: usize = 1024;

/// The index of the bracket that closes the one at index 1.
fn closing(bytes: &[u8], open: u8, close: u8) -> Option<usize> {
    let mut depth = 0u32;
    for (i, &b) in bytes.iter().enumerate().take(MAX_LENGTH).skip(1) {
        if b == open {
            depth += 1;
        } else if b == close {
            depth -= 1;
            if depth == 0 {
                return Some(i);
            }
        }
    }
    None
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Option<String> {
        let known = [("A", "1"), ("GW_ADDR", "192.0.2.1")].map(|(k, v)| (k.to_string(), v.to_string()));
        resolve(text, &Variables::from(known))
    }

    #[test]
    fn known_names_are_replaced() {
        for (text, expected) in [
            ("${A}", "1"),
            ("x-${A}-$(A)-${B}", "x-1-1-${B}"),
            ("$GW_ADDR", "192.0.2.1"),
            ("${A:-2}", "1"),
            ("${B:-2}", "2"),
            ("${B:=a:-b}", "a:-b"),
            ("${B:=${C:-${A}}}", "1"),
            ("${B:-}", ""),
            ("$(${A}", "$(1"),
            ("$$ ${A}", "$$ 1"),
        ] {
            assert_eq!(resolved(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_rest_stays() {
        for text in ["", "a", "${B}", "$(B)", "$$(A)", "$${A}", "$A-x", "${A", "^/(.*)$", "$1", "${B:2:3}", "$(B:-2)"] {
            assert_eq!(resolved(text), None, "{text}");
        }
    }

    #[test]
    fn deep_nesting_ends() {
        let deep = |n: usize| "${X:-".repeat(n) + &"}".repeat(n);
        assert_eq!(resolved(&deep(8)).as_deref(), Some(""));
        assert!(resolved(&deep(5_000)).is_some());
        assert!(resolved(&"${".repeat(5_000)).is_none());
    }
}
