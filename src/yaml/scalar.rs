//! What a scalar means to Kubernetes: YAML 1.1 as sigs.k8s.io/yaml reads it.
//!
//! Source: `resolve` of go.yaml.in/yaml/v2, and `convertToJSONableObject` of sigs.k8s.io/yaml for keys.

use std::borrow::Cow;

use super::node::Node;
use super::tree::{Style, Tag};

/// A scalar's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'s> {
    /// `null`, `~`, nothing at all.
    Null,
    /// `true`, but also `yes` and `on`.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(&'s str),
}

/// Reads a scalar node's value.
pub(super) fn resolve<'s>(node: &Node<'s>) -> Scalar<'s> {
    value(node.text().unwrap_or_default(), node.style(), node.tag())
}

/// Reads a scalar of this text, style and tag.
pub(super) fn value(text: &str, style: Style, tag: Tag) -> Scalar<'_> {
    match tag {
        Tag::Str | Tag::Binary => Scalar::Str(text),
        Tag::None if style == Style::Plain => plain(text),
        Tag::None => Scalar::Str(text),
        Tag::Float => match plain(text) {
            Scalar::Int(n) => Scalar::Float(n as f64),
            other => other,
        },
        Tag::Int | Tag::Bool | Tag::Null => plain(text),
    }
}

/// Whether a scalar of this text can have this tag: `!!int abc` cannot.
pub(super) fn suits(text: &str, tag: Tag) -> bool {
    match tag {
        Tag::None | Tag::Str | Tag::Binary => true,
        Tag::Int => matches!(plain(text), Scalar::Int(_)),
        Tag::Float => matches!(plain(text), Scalar::Int(_) | Scalar::Float(_)),
        Tag::Bool => matches!(plain(text), Scalar::Bool(_)),
        Tag::Null => matches!(plain(text), Scalar::Null),
    }
}

/// Whether a plain scalar is text, and not `<<`, for a reason that is quickly seen; most are.
#[inline]
pub(super) fn is_surely_text(text: &str) -> bool {
    match text.as_bytes() {
        [] | [b'0'..=b'9' | b'+' | b'-' | b'.' | b'~' | b'<', ..] => false,
        [b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O', ..] => text.len() > "false".len(),
        _ => true,
    }
}

/// Reads the text of a plain scalar.
#[inline]
pub fn plain(text: &str) -> Scalar<'_> {
    let Some(&first) = text.as_bytes().first() else {
        return Scalar::Null;
    };
    match first {
        b'0'..=b'9' => number(text).unwrap_or(Scalar::Str(text)),
        b'+' | b'-' | b'.' => infinite(text).or_else(|| number(text)).unwrap_or(Scalar::Str(text)),
        b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => word(text),
        _ => Scalar::Str(text),
    }
}

#[inline]
fn word(text: &str) -> Scalar<'_> {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" | "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Scalar::Bool(true),
        "false" | "False" | "FALSE" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        _ => Scalar::Str(text),
    }
}

fn infinite(text: &str) -> Option<Scalar<'static>> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(Scalar::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => Some(Scalar::Float(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => Some(Scalar::Float(f64::NAN)),
        _ => None,
    }
}

fn number(text: &str) -> Option<Scalar<'static>> {
    // Nearly all numbers are ports, weights and counts.
    if let bytes @ [b'1'..=b'9', ..] = text.as_bytes()
        && bytes.len() < 9
        && bytes.iter().all(u8::is_ascii_digit)
    {
        return Some(Scalar::Int(bytes.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0')).into()));
    }
    // A text that starts with a point is taken as it is, without removing underscores.
    if text.starts_with('.') {
        return float(text);
    }
    let clean: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    let (negative, digits) = match clean.as_bytes() {
        [b'-', ..] => (true, &clean[1..]),
        [b'+', ..] => (false, &clean[1..]),
        _ => (false, &*clean),
    };
    if let Some(n) = whole(digits) {
        // A sign makes it a signed number of 64 bits, without one it may also be an unsigned one.
        let signed = clean.len() != digits.len();
        let limit = if negative { 1 << 63 } else { i128::from(if signed { i64::MAX as u64 } else { u64::MAX }) };
        if n <= limit {
            return Some(Scalar::Int(if negative { -n } else { n }));
        }
    }
    float(&clean).or_else(|| {
        // Go's reader takes a second sign after `0b`.
        let bits = clean.strip_prefix("0b")?;
        let n = i64::from_str_radix(bits, 2).ok()?;
        Some(Scalar::Int(n.into()))
    })
}

/// A whole number without a sign: `1`, `0x1f`, `0o17`, `017`, `0b11`.
fn whole(digits: &str) -> Option<i128> {
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // Rust would take a sign here.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().map(i128::from)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, if it is not too large for a float.
fn float(text: &str) -> Option<Scalar<'static>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    // Rust's reader takes the same texts, and words such as `inf`.
    if !unsigned.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Scalar::Float(value))
}

/// The name of a plain key as Kubernetes reads it; `None` where it can be none.
#[inline]
pub(super) fn key_name(text: &str) -> Option<Cow<'_, str>> {
    name_of(plain(text), text)
}

/// The name of a key of that value; `None` where it can be none.
pub(super) fn name_of<'s>(value: Scalar<'_>, text: &'s str) -> Option<Cow<'s, str>> {
    Some(match value {
        Scalar::Str(_) => Cow::Borrowed(text),
        Scalar::Bool(b) => Cow::Borrowed(if b { "true" } else { "false" }),
        Scalar::Int(n) => Cow::Owned(i64::try_from(n).ok()?.to_string()),
        Scalar::Float(f) => Cow::Owned(float_name(f)),
        Scalar::Null => return None,
    })
}

/// Go's `strconv.FormatFloat(f, 'g', -1, 32)`, in which sigs.k8s.io/yaml writes keys.
fn float_name(f: f64) -> String {
    let f = f as f32;
    if f.is_nan() {
        return ".nan".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let scientific = format!("{f:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{f}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_read_as_kubernetes_reads_them() {
        use Scalar::{Bool, Float, Int, Null, Str};
        for (text, value) in [
            ("", Null),
            ("~", Null),
            ("NULL", Null),
            ("nUll", Str("nUll")),
            ("y", Bool(true)),
            ("On", Bool(true)),
            ("oN", Str("oN")),
            ("N", Bool(false)),
            ("0", Int(0)),
            ("-0", Int(0)),
            ("00", Int(0)),
            ("0755", Int(493)),
            ("0o17", Int(15)),
            ("08", Float(8.0)),
            ("1_000", Int(1000)),
            ("0x_1F", Int(31)),
            ("-0x10", Int(-16)),
            ("0b101", Int(5)),
            ("-0b101", Int(-5)),
            ("+12", Int(12)),
            ("18446744073709551615", Int(u64::MAX.into())),
            ("+18446744073709551615", Float(18446744073709551615.0)),
            ("-9223372036854775808", Int(i64::MIN.into())),
            ("0xfffffffffffffffff", Str("0xfffffffffffffffff")),
            ("1e3", Float(1000.0)),
            ("1.", Float(1.0)),
            (".5", Float(0.5)),
            ("._5", Str("._5")),
            ("1_0.5", Float(10.5)),
            ("1e400", Str("1e400")),
            (".", Str(".")),
            ("-", Str("-")),
            ("+", Str("+")),
            ("1e", Str("1e")),
            ("--1", Str("--1")),
            ("1.2.3", Str("1.2.3")),
            ("0x", Str("0x")),
            ("12:30:45", Str("12:30:45")),
            ("2001-01-01", Str("2001-01-01")),
            ("10.0.0.1", Str("10.0.0.1")),
            ("infinity", Str("infinity")),
            ("-.inf", Float(f64::NEG_INFINITY)),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
        assert!(matches!(plain(".NaN"), Float(f) if f.is_nan()));
    }

    #[test]
    fn keys_become_text() {
        for (text, name) in [
            ("on", "true"),
            ("0x10", "16"),
            ("1.50", "1.5"),
            ("1e25", "1e+25"),
            ("123456.0", "123456"),
            ("1234567.0", "1.234567e+06"),
            ("-2.50", "-2.5"),
            ("0.00001", "1e-05"),
            (".inf", ".inf"),
            ("name", "name"),
        ] {
            assert_eq!(key_name(text).as_deref(), Some(name), "{text}");
        }
        assert_eq!(key_name("~"), None);
        assert_eq!(key_name("18446744073709551615"), None);
    }
}
