//! What the parser found wrong.

use granit_parser::{ErrorKind, ScanError};

use super::escape::bad_escape;
use super::lines::{find_tab, no_colon, not_a_key, not_an_item, stray_colon, unclosed_bracket};
use super::refused::{second_document, tab, too_deep};
use super::{Context, QUOTE_TEXT, QUOTE_VALUE, at, character, error, rest_of_line, short, word};
use crate::yaml::SyntaxError;

/// What the parser found wrong at a byte.
pub(in crate::yaml) fn scan_error(context: &Context<'_>, byte: usize, failure: &ScanError) -> SyntaxError {
    use ErrorKind as E;
    if let Some(bracket) = unclosed_bracket(context, byte) {
        return unclosed(context, bracket);
    }
    let here = character(context, byte);
    let first = &context.text[here.range()];
    match failure.kind() {
        E::RecursionLimitExceeded => too_deep(context, byte),
        E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabAtBlockScalarStart
        | E::TabInIndentation
        | E::TabInPlainScalar
        | E::InvalidBlockEntryWhitespace
        | E::InvalidMappingValueWhitespace => tab(context, find_tab(context, byte)),
        E::UnclosedFlowCollection { .. } => unclosed(context, byte),
        E::MismatchedFlowCollectionEnd { open, close } => {
            error(context, here, format!("`{open}` is closed with `{close}`"), None)
        }
        E::MisplacedFlowCollectionEnd => {
            error(context, here, format!("`{first}` closes nothing"), Some(QUOTE_VALUE.into()))
        }
        E::UnclosedQuotedScalar => {
            error(context, here, format!("unclosed {}", quote(first)), Some("close the quote".into()))
        }
        E::DocumentIndicatorInQuotedScalar => {
            let message = format!("unclosed {} before the `...` that ends the document", quote(first));
            error(context, here, message, Some("close the quote".into()))
        }
        E::InvalidTrailingSingleQuotedScalar => after_quote(context, byte, "'"),
        E::InvalidTrailingDoubleQuotedScalar => after_quote(context, byte, "\""),
        E::UnknownQuotedScalarEscape
        | E::InvalidQuotedScalarHexEscape
        | E::InvalidLowSurrogateHexEscape
        | E::InvalidLowSurrogate
        | E::MissingLowSurrogate
        | E::UnpairedLowSurrogate
        | E::InvalidUnicodeEscape => bad_escape(context, byte),
        E::SimpleKeyExpected | E::InvalidSimpleKey => no_colon(context, byte),
        E::MappingValueNotAllowed | E::InvalidColonPlacement => stray_colon(context, byte),
        E::FlowMappingValueAdjacentCollection => {
            at(context, here, "no space between `:` and the value", "put a space after the `:`")
        }
        E::ExpectedBlockMappingKey => not_a_key(context, byte),
        E::ExpectedBlockSequenceEntry => not_an_item(context, byte),
        E::ExpectedFlowMappingSeparator => {
            at(context, word(context, byte), "expected `,` or `}` before this", "separate entries with `,`")
        }
        E::ExpectedFlowSequenceSeparator => {
            at(context, word(context, byte), "expected `,` or `]` before this", "separate items with `,`")
        }
        E::BlockEntryInFlowCollection | E::PlainScalarStartsWithDashFlowIndicator => {
            at(context, here, "a `-` list item within brackets or braces", "separate items with `,`, without `-`")
        }
        E::BlockSequenceEntryNotAllowed => {
            at(context, here, "a list item cannot begin here", "put `- ` at the start of a line of its own")
        }
        E::MappingKeyNotAllowed => at(context, here, "a `? ` key cannot begin here", QUOTE_VALUE),
        E::ZeroBlockScalarIndent => {
            let message = format!("the digit after `{first}` says how deep the text is indented: it cannot be 0");
            error(context, here, message, None)
        }
        E::InvalidBlockScalarHeader => {
            let help = format!("the text begins on the line after the `{first}`");
            error(context, here, format!("text on the line of a `{first}`"), Some(help))
        }
        E::InvalidBlockScalarIndent => {
            let help = "indent all lines of the text alike; the first ones have more spaces, though nothing else";
            at(context, rest_of_line(context, byte), "this line is indented less than the text it is part of", help)
        }
        E::BomInsideDocument => {
            at(context, here, "a byte order mark in the middle of the text", "delete the invisible character")
        }
        E::UnexpectedCharacter { character } => unexpected(context, byte, *character),
        E::CommentInterceptedScalar => {
            at(context, rest_of_line(context, byte), "a comment within a value of several lines", "move the comment up")
        }
        E::CommentNotSeparated => {
            let help = "put a space before the `#`; quote the whole value if the `#` is part of it";
            at(context, here, "no space before the `#` of a comment", help)
        }
        E::UnknownAnchor => unknown_anchor(context, byte),
        E::MissingAnchorOrAliasName => {
            let message = format!("a value that starts with `{first}` and no name after it");
            error(context, here, message, Some(QUOTE_TEXT.into()))
        }
        E::InvalidDocumentEnd => at(context, rest_of_line(context, byte), "text after `...`", ""),
        E::MissingDocumentEndBeforeDirective | E::ExpectedDocumentStart => second_document(context, here),
        E::ExpectedTagBang
        | E::InvalidGlobalTagCharacter
        | E::InvalidTagTerminator
        | E::MissingTagUri
        | E::UnclosedVerbatimTag
        | E::InvalidTagEscape
        | E::InvalidTagUtf8LeadingByte
        | E::InvalidTagUtf8TrailingByte
        | E::InvalidTagUtf8
        | E::UndeclaredTagHandle => {
            let message = "a value that starts with `!` is read as a tag, and this is not a valid one";
            at(context, word(context, byte), message, QUOTE_TEXT)
        }
        _ => no_value(context, byte),
    }
}

fn unclosed(context: &Context<'_>, bracket: usize) -> SyntaxError {
    let here = character(context, bracket);
    let open = &context.text[here.range()];
    let close = if open == "[" { ']' } else { '}' };
    let help = format!("close it with `{close}`, or quote the value if the `{open}` is part of a text");
    error(context, here, format!("unclosed `{open}`"), Some(help))
}

fn quote(quote: &str) -> String {
    if quote == "'" { "`'`".into() } else { "`\"`".into() }
}

fn after_quote(context: &Context<'_>, byte: usize, quote: &str) -> SyntaxError {
    let message = format!("text after the closing `{quote}`");
    let help = match quote {
        "'" => "quote the whole value; a `'` within it is written `''`",
        _ => "quote the whole value; a `\"` within it is written `\\\"`",
    };
    error(context, word(context, byte), message, Some(help.into()))
}

fn unexpected(context: &Context<'_>, byte: usize, what: char) -> SyntaxError {
    // The parser may give the place of the scalar in which it stands.
    let rest = &context.text[byte.min(context.span.end as usize)..context.span.end as usize];
    let here = character(context, byte + rest.find(what).unwrap_or(0));
    if what.is_control() || !what.is_ascii() {
        let message = format!("the character U+{:04X} may not stand in YAML", u32::from(what));
        return error(context, here, message, Some("delete it, or write it as an escape in double quotes".into()));
    }
    error(context, here, format!("a value cannot begin with `{what}`"), Some(QUOTE_VALUE.into()))
}

fn unknown_anchor(context: &Context<'_>, byte: usize) -> SyntaxError {
    let span = word(context, byte);
    let written = &context.text[span.range()];
    let name = written.trim_start_matches('*');
    let (written, name) = (short(written), short(name));
    let message = format!("`{written}` is read as an alias, and no `&{name}` stands before it in this document");
    error(context, span, message, Some(format!("write \"{written}\" if it is a text")))
}

fn no_value(context: &Context<'_>, byte: usize) -> SyntaxError {
    let span = word(context, byte);
    let message = match &context.text[span.range()] {
        "" => "the document ends where a value should stand".to_string(),
        "\n" | "\r" | " " => "a value should stand here".to_string(),
        found => format!("`{}` where a value should stand", short(found)),
    };
    let help = if context.bracket.is_some() {
        "quote texts that contain brackets, braces, commas or colons"
    } else {
        QUOTE_VALUE
    };
    at(context, span, &message, help)
}
