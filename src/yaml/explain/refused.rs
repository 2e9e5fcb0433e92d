//! What Kubernetes refuses, and the parser does not.

use super::{Context, QUOTE_TEXT, QUOTE_VALUE, at, character, error, line_end, rest_of_line, short};
use crate::source::Span;
use crate::yaml::SyntaxError;
use crate::yaml::load::MAX_DEPTH;

/// A `%` line, which makes Kubernetes refuse the document.
///
/// Source: a directive needs a `---` after it, and Kubernetes' reader takes that line for the end of the document.
pub(in crate::yaml) fn directive(text: &str, span: Span) -> Option<SyntaxError> {
    let mut start = span.start as usize;
    for line in text[span.range()].split_inclusive('\n') {
        let content = line.trim_ascii();
        if line.starts_with('%') {
            let place = Span::new(start as u32, (start + content.len()) as u32);
            let message = "a `%` line is a YAML directive, which Kubernetes refuses".to_string();
            return Some(SyntaxError {
                span: place,
                message,
                help: Some("leave the line out".into()),
                template: false,
            });
        }
        if !content.is_empty() && !content.starts_with('#') {
            return None;
        }
        start += line.len();
    }
    None
}

/// A tab where only spaces may stand.
pub(in crate::yaml) fn tab(context: &Context<'_>, byte: usize) -> SyntaxError {
    let help = "use spaces: YAML does not take tabs for indentation";
    at(context, character(context, byte), "a tab used for indentation", help)
}

/// A list or mapping where a key should be.
pub(in crate::yaml) fn key_not_scalar(context: &Context<'_>, here: Span) -> SyntaxError {
    let start = here.start as usize;
    let rest = &context.text[start..context.span.end as usize];
    // `{{ … }}` is a mapping whose key is a mapping, which nobody writes on purpose.
    if rest.starts_with('{') && context.text[..start].ends_with('{') {
        let length = rest.find('}').map_or(1, |i| if rest[i..].starts_with("}}") { i + 2 } else { i + 1 });
        let end = (start + length).min(line_end(context.text, start).max(start + 1));
        let message = "`{{ … }}` without quotes: YAML reads a mapping whose key is a mapping";
        return at(context, Span::new(here.start - 1, end as u32), message, QUOTE_VALUE);
    }
    let message = "a key of a mapping has to be a plain value, not a list or a mapping";
    at(context, character(context, start), message, "quote the key, if it is a text")
}

/// A key that cannot be a text.
pub(in crate::yaml) fn bad_key(context: &Context<'_>, here: Span) -> SyntaxError {
    let place = if here.start == here.end { character(context, here.start as usize) } else { here };
    at(context, place, "a key of a mapping cannot be empty or `null`", "quote the key, if it is a text")
}

/// A value of `<<` that has no keys.
pub(in crate::yaml) fn bad_merge(context: &Context<'_>, here: Span) -> SyntaxError {
    let message = "`<<` takes over the keys of a mapping, or of a list of mappings, and this is neither";
    at(context, character(context, here.start as usize), message, "quote the `<<`, if it is a text")
}

/// A tag such as `!!int` before a value that is none.
pub(in crate::yaml) fn bad_tag(context: &Context<'_>, here: Span) -> SyntaxError {
    at(context, here, "the tag before this value does not suit it", "leave the tag out")
}

/// `!!binary` before what is not base64.
pub(in crate::yaml) fn bad_base64(context: &Context<'_>, here: Span) -> SyntaxError {
    at(context, here, "`!!binary` stands before this value, which is not base64", "leave the tag out, if it is a text")
}

/// An alias of what it is a part of.
pub(in crate::yaml) fn alias_within_itself(context: &Context<'_>, here: Span) -> SyntaxError {
    let message = format!("alias `{}` stands inside the value that it names", short(&context.text[here.range()]));
    error(context, here, message, None)
}

/// Infinity and the like.
pub(in crate::yaml) fn not_finite(context: &Context<'_>, here: Span) -> SyntaxError {
    let message = format!("`{}` is not a finite number, and Kubernetes takes no other", &context.text[here.range()]);
    error(context, here, message, Some(QUOTE_TEXT.into()))
}

/// A `?` in an unquoted value within brackets, which only Kubernetes' reader minds.
///
/// Source: `yaml_parser_scan_plain_scalar` of go.yaml.in/yaml/v2.
pub(in crate::yaml) fn question_mark(context: &Context<'_>, here: Span) -> Result<(), SyntaxError> {
    match context.text[here.range()].find('?') {
        Some(i) => {
            let message = "an unquoted `?` within brackets or braces, which Kubernetes reads as the start of a key";
            Err(at(context, character(context, here.start as usize + i), message, QUOTE_VALUE))
        }
        None => Ok(()),
    }
}

/// A key in braces whose `:` stands on another line.
///
/// Source: `yaml_simple_key_is_valid` of go.yaml.in/yaml/v2.
pub(in crate::yaml) fn split_key(context: &Context<'_>, colon: usize) -> SyntaxError {
    let message = "a `:` on another line than the start of its key, which Kubernetes refuses";
    at(context, character(context, colon), message, "write the key and its `:` on one line")
}

/// Nesting beyond the bound.
pub(in crate::yaml) fn too_deep(context: &Context<'_>, byte: usize) -> SyntaxError {
    let message = format!("nested more than {MAX_DEPTH} levels deep");
    error(context, character(context, byte), message, None)
}

/// More aliases than Kubernetes expands.
pub(in crate::yaml) fn alias_bomb(context: &Context<'_>) -> SyntaxError {
    let start = context.span.start as usize;
    let rest = &context.text[context.span.range()];
    let content = start + rest.len() - rest.trim_start().len();
    let message = "the aliases of this document expand to far more values than are written";
    let help = "write repeated parts out: Kubernetes refuses such a document";
    at(context, rest_of_line(context, content), message, help)
}

/// Content after the end of the only document that Kubernetes' reader takes from a piece between `---` lines.
pub(in crate::yaml) fn second_document(context: &Context<'_>, here: Span) -> SyntaxError {
    let span = rest_of_line(context, here.start as usize);
    if context.text[span.range()].starts_with("---") {
        let message = "a `---` after a lone carriage return, which Kubernetes does not see: it ignores what follows";
        return at(context, Span::new(span.start, span.start + 3), message, "end the lines with a line feed");
    }
    let message = "this does not belong to the document above it; Kubernetes ignores it, and all that follows";
    let mut lines = context.text[context.span.range()].lines();
    let is_indented =
        lines.find(|l| !l.trim().is_empty() && !l.trim().starts_with('#')).is_some_and(|l| l.starts_with(' '));
    let help = match is_indented {
        true => "indent it like the first lines, or put `---` on a line of its own between documents",
        false => "put `---` on a line of its own between documents",
    };
    at(context, span, message, help)
}
