//! What a scalar means to Kubernetes: YAML 1.1 as sigs.k8s.io/yaml reads it.

use super::tree::{Node, Style, Tag};

/// A scalar's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'s> {
    /// `null`, `~`, nothing at all.
    Null,
    /// `true`, but also `yes` and `on`.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(&'s str),
}

/// Reads a scalar node's value.
pub(super) fn resolve<'s>(node: &Node<'s>) -> Scalar<'s> {
    let text = node.text().unwrap_or_default();
    match (node.style(), node.tag()) {
        (_, Tag::Str | Tag::Binary) => Scalar::Str(text),
        (Style::Plain, _) => plain(text),
        (_, Tag::Int | Tag::Float | Tag::Bool | Tag::Null) => plain(text),
        _ => Scalar::Str(text),
    }
}

/// Reads the text of a plain scalar.
pub fn plain(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" | "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "false" | "False" | "FALSE" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        _ => {}
    }
    let Some(first) = text.bytes().next() else {
        return Scalar::Str(text);
    };
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return Scalar::Str(text);
    }
    number(text).unwrap_or(Scalar::Str(text))
}

fn number(text: &str) -> Option<Scalar<'static>> {
    let clean = text.replace('_', "");
    let (sign, digits) = match clean.strip_prefix('-') {
        Some(rest) => (-1i128, rest),
        None => (1, clean.strip_prefix('+').unwrap_or(&clean)),
    };
    let whole = |digits: &str, radix| {
        (!digits.starts_with(['-', '+'])).then(|| i128::from_str_radix(digits, radix).ok()).flatten()
    };
    let int = if let Some(hex) = digits.strip_prefix("0x") {
        whole(hex, 16)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        whole(binary, 2)
    } else if let Some(octal) = digits.strip_prefix("0o") {
        whole(octal, 8)
    } else if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
        whole(digits, 8)
    } else {
        whole(digits, 10)
    };
    if let Some(n) = int {
        return Some(Scalar::Int(sign * n));
    }
    let body = digits.strip_prefix('.').unwrap_or(digits);
    let float = body.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if float {
        let value: f64 = clean.parse().ok()?;
        return value.is_finite().then_some(Scalar::Float(value));
    }
    None
}
