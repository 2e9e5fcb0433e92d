//! Syntax errors in words for people who write manifests, at the exact place.

mod escape;
mod lines;
mod refused;
mod scan;

pub(in crate::yaml) use escape::json_escape;
pub(in crate::yaml) use refused::*;
pub(in crate::yaml) use scan::scan_error;

use super::{SyntaxError, template};
use crate::source::Span;

/// What is known of a document where reading it failed.
pub(in crate::yaml) struct Context<'s> {
    pub(in crate::yaml) text: &'s str,
    /// The document.
    pub(in crate::yaml) span: Span,
    /// Where the last node ends that was read.
    pub(in crate::yaml) read: u32,
    /// Where that node starts, if it is a scalar without quotes.
    pub(in crate::yaml) suspect: u32,
    /// Where the block collections start that are open.
    pub(in crate::yaml) blocks: Vec<u32>,
    /// Where the innermost open collection starts, if it stands in brackets or braces.
    pub(in crate::yaml) bracket: Option<u32>,
}

const QUOTE_VALUE: &str = "quote the whole value";
const QUOTE_TEXT: &str = "quote it, if it is a text";

/// An error of that place (its first line is shown) and words; about a template, if it looks like one.
pub(in crate::yaml) fn error(context: &Context<'_>, span: Span, message: String, help: Option<String>) -> SyntaxError {
    let template = template::is_at_fault(context, span);
    let line = line_end(context.text, span.start as usize) as u32;
    let span = if line > span.start { Span::new(span.start, span.end.min(line)) } else { span };
    let help = if template { Some(template::HELP.to_string()) } else { help };
    SyntaxError { span, message, help, template }
}

fn at(context: &Context<'_>, span: Span, message: &str, help: &str) -> SyntaxError {
    error(context, span, message.to_string(), (!help.is_empty()).then(|| help.to_string()))
}

/// The first byte of the line of that byte.
pub(in crate::yaml) fn line_start(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte].iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(0, |i| i + 1)
}

fn line_end(text: &str, byte: usize) -> usize {
    text.as_bytes()[byte..].iter().position(|b| matches!(b, b'\n' | b'\r')).map_or(text.len(), |i| byte + i)
}

/// The place of the character at a byte.
fn character(context: &Context<'_>, mut byte: usize) -> Span {
    byte = byte.min(context.span.end as usize);
    while !context.text.is_char_boundary(byte) {
        byte -= 1;
    }
    let rest = &context.text[byte..context.span.end as usize];
    Span::new(byte as u32, (byte + rest.chars().next().map_or(0, char::len_utf8)) as u32)
}

/// The place of the word at a byte: up to white space, a comma or a bracket, but at least one character.
fn word(context: &Context<'_>, byte: usize) -> Span {
    let first = character(context, byte);
    let rest = &context.text[first.end as usize..context.span.end as usize];
    let length = rest.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(rest.len());
    let starts_word = first.start < first.end && !context.text[first.range()].contains([',', '[', ']', '{', '}', '\n']);
    if starts_word { Span::new(first.start, first.end + length as u32) } else { first }
}

/// The rest of the line from a byte, without white space at its end.
fn rest_of_line(context: &Context<'_>, byte: usize) -> Span {
    let end = line_end(context.text, byte).min(context.span.end as usize);
    let rest = context.text[byte..end].trim_end();
    if rest.is_empty() { character(context, byte) } else { Span::new(byte as u32, (byte + rest.len()) as u32) }
}

/// The beginning of a text that may be long.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.len() < text.len() => format!("{line}…"),
        None => line.to_string(),
    }
}
