//! Errors of lines: their indentation, and where a `:` stands.

use super::{Context, QUOTE_VALUE, at, character, line_end, line_start, rest_of_line};
use crate::source::Span;
use crate::yaml::SyntaxError;

/// The bracket that is to blame for an error at a byte: the line has the indentation of the line with the bracket, or
/// less, and looks like a `key:` or an item.
pub(super) fn unclosed_bracket(context: &Context<'_>, byte: usize) -> Option<usize> {
    let bracket = context.bracket? as usize;
    let line = line_start(context.text, byte);
    let opened = line_start(context.text, bracket).max(context.span.start as usize);
    if line <= bracket || byte >= context.span.end as usize {
        return None;
    }
    let indentation = |at: usize| context.text[at..].len() - context.text[at..].trim_start_matches(' ').len();
    let rest = context.text[line..line_end(context.text, line)].trim();
    let is_block = rest.starts_with("- ") || rest.ends_with(':') || rest.contains(": ");
    (is_block && indentation(line) <= indentation(opened)).then_some(bracket)
}

/// The first tab that indents a line, from the line of that byte on.
pub(super) fn find_tab(context: &Context<'_>, byte: usize) -> usize {
    let start = line_start(context.text, byte);
    let mut indenting = true;
    let lines = context.text.as_bytes()[start..context.span.end as usize].iter();
    lines
        .enumerate()
        .find_map(|(i, &b)| {
            match b {
                b'\n' | b'\r' => indenting = true,
                b'\t' if indenting => return Some(start + i),
                b' ' | b'-' | b'?' => {}
                _ => indenting = false,
            }
            None
        })
        .unwrap_or(byte)
}

pub(super) fn no_colon(context: &Context<'_>, byte: usize) -> SyntaxError {
    let span = rest_of_line(context, byte);
    let line = &context.text[span.range()];
    let help = match line.find(':') {
        Some(i) if !line[i + 1..].is_empty() && !line[i + 1..].starts_with([' ', '\t']) => "put a space after the `:`",
        _ => "write `key: value`, or indent the line if it continues the value above it",
    };
    at(context, span, "no `: ` on a line that should hold a key and its value", help)
}

pub(super) fn stray_colon(context: &Context<'_>, byte: usize) -> SyntaxError {
    let line = line_start(context.text, byte).max(context.span.start as usize);
    let before = context.text[line..byte].trim_end();
    if before.contains(": ") || before.ends_with(':') {
        let message = "a second `:` on one line: the value has to be quoted";
        return at(context, character(context, byte), message, QUOTE_VALUE);
    }
    if before.len() > 1000 {
        return at(context, character(context, byte), "a key of more than 1024 characters", "");
    }
    let message = "a key cannot stand here: the line continues the value above it";
    let above = context.text[context.span.start as usize..line].trim_end().lines().next_back().unwrap_or_default();
    let joined = !above.contains(": ") && above.contains(':') && !above.ends_with(':');
    let help = if joined { "put a space after the `:` of the line above" } else { "indent it like the keys beside it" };
    at(context, character(context, byte), message, help)
}

/// Something in a mapping that is no key of it.
pub(super) fn not_a_key(context: &Context<'_>, byte: usize) -> SyntaxError {
    let line = line_start(context.text, byte).max(context.span.start as usize);
    let before = &context.text[line..byte];
    // Of an item, the place is that of what follows the dash.
    if let Some(dash) = before.rfind('-').filter(|_| before.trim_matches([' ', '\t', '-']).is_empty()) {
        let span = Span::new((line + dash) as u32, (line + dash + 1) as u32);
        return at(context, span, "a list item between the keys of a mapping", &indentation_help(context, line + dash));
    }
    if before.trim().is_empty() {
        let message = "this line's indentation fits no level above it";
        return at(context, rest_of_line(context, byte), message, &indentation_help(context, byte));
    }
    at(context, rest_of_line(context, byte), "text after the value", QUOTE_VALUE)
}

pub(super) fn not_an_item(context: &Context<'_>, byte: usize) -> SyntaxError {
    let line = line_start(context.text, byte).max(context.span.start as usize);
    if context.text[line..byte].trim().is_empty() {
        let message = "neither an item of the list above nor indented like anything before it";
        return at(context, rest_of_line(context, byte), message, &indentation_help(context, byte));
    }
    at(context, rest_of_line(context, byte), "text after the value", QUOTE_VALUE)
}

/// How the lines around are indented.
fn indentation_help(context: &Context<'_>, byte: usize) -> String {
    let column = |at: usize| at - line_start(context.text, at).max(context.span.start as usize);
    let mut columns: Vec<usize> = context.blocks.iter().map(|&b| column(b as usize)).collect();
    // The block that the line has just ended.
    let last = &context.text[line_start(context.text, context.read as usize)..];
    columns.push(last.len() - last.trim_start_matches([' ', '-']).len());
    columns.sort_unstable();
    columns.dedup();
    let levels: Vec<String> = columns.iter().map(usize::to_string).collect();
    match levels.split_last() {
        Some((last, [])) => format!("it has {} spaces, the level above has {last}", column(byte)),
        Some((last, rest)) => {
            format!("it has {} spaces, the levels above have {} or {last}", column(byte), rest.join(", "))
        }
        None => String::new(),
    }
}
