//! Any YAML to a [`Tree`], through the events of `granit-parser`.

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};
use rustc_hash::FxHashMap;

use super::tree::{Builder, Shape, Style, Tag};
use super::{Document, DuplicateKey, MAX_EXPANDED_NODES, SyntaxError};
use crate::source::Span;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 250;

struct Frame {
    mapping: bool,
    expect_key: bool,
    flow: bool,
    keys: FxHashMap<String, Span>,
}

/// Reads the document at `span` of `text`; `None` where it holds nothing but comments.
pub(super) fn document(text: &str, span: Span) -> Result<Option<Document>, SyntaxError> {
    let part = &text[span.range()];
    let base = span.start;
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut out = Builder::default();
    let mut frames: Vec<Frame> = Vec::new();
    let mut anchors: FxHashMap<usize, u32> = FxHashMap::default();
    let mut duplicates = Vec::new();
    let mut documents = 0;
    for next in Parser::new_from_str_with_options(part, options) {
        let (event, at) = next.map_err(|e| {
            let byte = e.marker().byte_offset().unwrap_or(part.len());
            syntax_error(text, span, base + byte.min(part.len()) as u32, &e.info())
        })?;
        let bytes = at.byte_range().unwrap_or(0..0);
        let here = Span::new(base + bytes.start as u32, base + bytes.end as u32);
        // Is this node a mapping's key?
        let starts_node =
            matches!(event, Event::Scalar(..) | Event::Alias(..) | Event::MappingStart(..) | Event::SequenceStart(..));
        let is_key = starts_node && frames.last().is_some_and(|f| f.mapping && f.expect_key);
        if starts_node && let Some(f) = frames.last_mut().filter(|f| f.mapping) {
            f.expect_key = !f.expect_key;
        }
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err(SyntaxError {
                        span: here,
                        message: "a second document without a `---` line before it".into(),
                        help: Some("put `---` on a line of its own between documents".into()),
                        template: false,
                    });
                }
            }
            Event::Alias(id) => {
                let target = anchors.get(&id).copied().unwrap_or(0);
                if is_key {
                    return Err(key_error(text, here));
                }
                if out.is_open(target) {
                    return Err(SyntaxError {
                        span: here,
                        message: format!("alias `{}` stands inside the value that it names", &text[here.range()]),
                        help: None,
                        template: false,
                    });
                }
                out.alias(here, target);
            }
            Event::Scalar(value, style, anchor, tag) => {
                if anchor > 0 {
                    anchors.insert(anchor, out.next_index());
                }
                let tag = tag.map_or(Tag::None, |t| tag_of(&t.to_string()));
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                    _ => Style::Plain,
                };
                let mut place = here;
                if matches!(style, Style::Literal | Style::Folded) {
                    place = block_scalar_place(text, base, here);
                }
                let empty = style == Style::Plain && value == "~" && text.get(place.range()) != Some("~");
                if empty {
                    place.end = place.start;
                }
                if is_key && let Some(f) = frames.last_mut() {
                    if value == "<<" && style == Style::Plain {
                        out.merges();
                    } else if let Some(first) = f.keys.insert(value.to_string(), place) {
                        duplicates.push(DuplicateKey { first, last: place });
                    }
                }
                let same = !empty && text.get(place.range()) == Some(&*value);
                let decoded = if same || empty { None } else { Some(value.into_owned().into_boxed_str()) };
                out.scalar(place, style, tag, decoded);
            }
            Event::SequenceStart(style, anchor, _) | Event::MappingStart(style, anchor, _) if is_key => {
                let _ = (style, anchor);
                return Err(key_error(text, here));
            }
            Event::SequenceStart(style, anchor, _) => {
                if anchor > 0 {
                    anchors.insert(anchor, out.next_index());
                }
                let flow = style == StructureStyle::Flow;
                out.open(Shape::Sequence, if flow { Style::Flow } else { Style::Plain }, here.start);
                frames.push(Frame { mapping: false, expect_key: false, flow, keys: FxHashMap::default() });
            }
            Event::MappingStart(style, anchor, _) => {
                if anchor > 0 {
                    anchors.insert(anchor, out.next_index());
                }
                let flow = style == StructureStyle::Flow;
                out.open(Shape::Mapping, if flow { Style::Flow } else { Style::Plain }, here.start);
                frames.push(Frame { mapping: true, expect_key: true, flow, keys: FxHashMap::default() });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let flow = frames.pop().is_some_and(|f| f.flow);
                let end = if flow { here.end } else { out.last_end(here.start) };
                out.close(end);
            }
            _ => {}
        }
    }
    let tree = out.finish();
    if tree.is_empty() {
        return Ok(None);
    }
    if tree.expands_beyond(MAX_EXPANDED_NODES) {
        return Err(SyntaxError {
            span: Span::new(span.start, span.start),
            message: "the document's aliases expand to an excessive number of values".into(),
            help: Some("write the repeated parts out; Kubernetes refuses such a document, too".into()),
            template: false,
        });
    }
    Ok(Some(Document { span, tree, duplicates }))
}

fn key_error(text: &str, span: Span) -> SyntaxError {
    // `name: {{ .Values.name }}` reads as a mapping within a mapping's key.
    let template = text[span.start as usize..].starts_with('{') && text[..span.start as usize].ends_with('{');
    if template {
        return template_error(span, "a value in `{{ … }}` is no YAML before it is rendered".into());
    }
    SyntaxError {
        span,
        message: "a mapping's key has to be a scalar".into(),
        help: Some("quote the key".into()),
        template: false,
    }
}

fn template_error(span: Span, message: String) -> SyntaxError {
    let help = "this looks like a template: render it first (`helm template … | meshlint -`)";
    SyntaxError { span, message, help: Some(help.into()), template: true }
}

fn tag_of(tag: &str) -> Tag {
    match tag.rsplit([':', '!']).next().unwrap_or_default() {
        "str" | "" => Tag::Str,
        "int" => Tag::Int,
        "float" => Tag::Float,
        "bool" => Tag::Bool,
        "null" => Tag::Null,
        "binary" => Tag::Binary,
        _ => Tag::None,
    }
}

/// A block scalar's place with its `|` or `>`, without the line end after its last line.
fn block_scalar_place(text: &str, base: u32, content: Span) -> Span {
    let before = &text[base as usize..content.start as usize];
    let start = before.rfind(['|', '>']).map_or(content.start, |i| base + i as u32);
    let inner = &text[content.range()];
    Span::new(start, content.start + inner.trim_end_matches(['\n', '\r', ' ']).len() as u32)
}

/// Whether the text around a syntax error looks like a Go template (Helm), which is no YAML until it is rendered.
fn syntax_error(text: &str, span: Span, byte: u32, info: &str) -> SyntaxError {
    let part = &text[span.range()];
    let template = part.contains("{{") && part.contains("}}");
    let mut at = byte as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let end = at + text[at..span.end as usize].chars().next().map_or(0, char::len_utf8);
    let span = Span::new(at as u32, end as u32);
    let message = info.lines().next().unwrap_or("not YAML").to_string();
    if template {
        return template_error(span, message);
    }
    SyntaxError { span, message, help: None, template: false }
}
