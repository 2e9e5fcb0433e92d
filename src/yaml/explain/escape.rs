//! Escapes in double-quoted texts.

use super::{Context, at, character, error};
use crate::source::Span;
use crate::yaml::SyntaxError;

/// What YAML, or Kubernetes' reader of it, has against an escape.
enum BadEscape {
    Unknown,
    TooShort,
    NoCharacter,
    /// Valid in JSON and in newer YAML.
    OnlyJson,
}

/// The bad escapes of the double-quoted text that starts at a byte, with their places.
fn bad_escapes<'s>(context: &Context<'s>, byte: usize) -> impl Iterator<Item = (Span, BadEscape)> + use<'s> {
    let text = &context.text[..context.span.end as usize];
    let bytes = text.as_bytes();
    let mut next = byte + 1;
    std::iter::from_fn(move || {
        while next < bytes.len() && bytes[next] != b'"' {
            let start = next;
            next += 1;
            if bytes[start] != b'\\' {
                continue;
            }
            let letter = text[next..].chars().next()?;
            next += letter.len_utf8();
            let digits = match letter {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                '/' => return Some((Span::new(start as u32, next as u32), BadEscape::OnlyJson)),
                c if "0abt\tnvfre \"\\N_LP\n\r".contains(c) => continue,
                _ => return Some((Span::new(start as u32, next as u32), BadEscape::Unknown)),
            };
            let code = |at: usize| {
                let hex =
                    bytes[at.min(bytes.len())..].iter().take(digits).take_while(|b| b.is_ascii_hexdigit()).count();
                (hex, u32::from_str_radix(text.get(at..at + hex).unwrap_or_default(), 16).unwrap_or(u32::MAX))
            };
            let (length, high) = code(next);
            next += length;
            if length < digits {
                return Some((Span::new(start as u32, next as u32), BadEscape::TooShort));
            }
            if char::from_u32(high).is_some() {
                continue;
            }
            let follows = digits == 4 && (0xd800..0xdc00).contains(&high) && text[next..].starts_with("\\u");
            if follows && matches!(code(next + 2), (4, 0xdc00..0xe000)) {
                next += 6;
                return Some((Span::new(start as u32, next as u32), BadEscape::OnlyJson));
            }
            return Some((Span::new(start as u32, next as u32), BadEscape::NoCharacter));
        }
        None
    })
}

/// The escape at which the parser failed, in the double-quoted text that starts at a byte.
pub(super) fn bad_escape(context: &Context<'_>, byte: usize) -> SyntaxError {
    let bad = bad_escapes(context, byte).find(|(_, bad)| !matches!(bad, BadEscape::OnlyJson));
    let Some((span, bad)) = bad else {
        return at(context, character(context, byte), "an escape in this text is none that YAML knows", "");
    };
    let written = context.text[span.range()].trim_end();
    let (message, help) = match bad {
        BadEscape::TooShort => (
            format!("`{written}` is followed by too few digits"),
            "write the backslash twice, if it is part of the text",
        ),
        BadEscape::NoCharacter => (format!("`{written}` stands for no character"), "write the character itself"),
        _ => (
            format!("`{written}` is not an escape that YAML knows"),
            "write the backslash twice, or put the text in single quotes",
        ),
    };
    error(context, span, message, Some(help.into()))
}

/// An escape that Kubernetes takes in JSON only.
///
/// Source: `yaml_parser_scan_flow_scalar` of go.yaml.in/yaml/v2.
pub(in crate::yaml) fn json_escape(context: &Context<'_>, here: Span) -> Result<(), SyntaxError> {
    match bad_escapes(context, here.start as usize).next() {
        Some((span, _)) => {
            let message =
                format!("`{}` is an escape of JSON, which Kubernetes refuses in YAML", &context.text[span.range()]);
            Err(error(context, span, message, Some("write the character itself".into())))
        }
        None => Ok(()),
    }
}
