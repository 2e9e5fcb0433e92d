//! Any YAML to a [`Tree`](super::Tree), through the events of `granit-parser`.

use std::borrow::Cow;
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};
use memchr::memchr;
use rustc_hash::FxHashMap;

use super::explain::{self, Context};
use super::gap::{Gap, Tabs, bad_tab};
use super::keys::Keys;
use super::scalar::{self, Scalar};
use super::tree::{Builder, Shape, Style, Tag};
use super::{Document, DuplicateKey, SyntaxError, base64};
use crate::source::Span;

/// The deepest nesting that is read.
pub(super) const MAX_DEPTH: usize = 250;

/// Reads the document at `span` of `text`; `None` where it holds nothing but comments.
pub(super) fn document(text: &Arc<str>, span: Span) -> Result<Option<Document>, SyntaxError> {
    if let Some(error) = explain::directive(text, span) {
        return Err(error);
    }
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let part = &text[span.range()];
    let mut loader = Loader::new(text, span);
    for next in Parser::new_from_str_with_options(part, options) {
        match next {
            Ok((event, at)) => {
                let bytes = at.byte_range().unwrap_or_default();
                let here = Span::new(span.start + bytes.start as u32, span.start + bytes.end as u32);
                loader.event(event, here)?;
            }
            Err(error) => {
                let byte = error.marker().byte_offset().unwrap_or(part.len()).min(part.len());
                return Err(explain::scan_error(&loader.context(), span.start as usize + byte, &error));
            }
        }
    }
    loader.finish()
}

struct Frame {
    mapping: bool,
    flow: bool,
    expect_key: bool,
    merge: Merge,
    /// Where it starts, for the column of a block.
    start: u32,
}

/// What `<<` asks of the next values.
#[derive(Clone, Copy, PartialEq)]
enum Merge {
    Nothing,
    /// The next value has to be a mapping, or a sequence of them.
    Value,
    /// Each item has to be a mapping.
    Items,
}

struct Loader<'s> {
    text: &'s str,
    span: Span,
    out: Builder,
    frames: Vec<Frame>,
    anchors: FxHashMap<usize, u32>,
    keys: Keys<'s>,
    duplicates: Vec<DuplicateKey>,
    documents: u32,
    /// Where the last node or bracket ends: from here to the next one there are only indicators.
    gap: u32,
    /// Where the last node starts, if it is a scalar without quotes, else where it ends.
    suspect: u32,
    /// After an unquoted scalar: where the block around it starts, whose column says where a tab may stand.
    after_plain: Option<u32>,
    has_tab: bool,
    /// Whether Kubernetes may read the document as JSON, whose escapes are not those of its YAML reader.
    json: bool,
}

impl<'s> Loader<'s> {
    fn new(text: &'s Arc<str>, span: Span) -> Self {
        Self {
            text,
            span,
            out: Builder::of(Arc::clone(text)),
            frames: Vec::new(),
            anchors: FxHashMap::default(),
            keys: Keys::default(),
            duplicates: Vec::new(),
            documents: 0,
            gap: span.start,
            suspect: span.start,
            after_plain: None,
            json: text[span.range()].trim_ascii_start().starts_with('{'),
            has_tab: memchr(b'\t', text[span.range()].as_bytes()).is_some(),
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            text: self.text,
            span: self.span,
            read: self.gap,
            suspect: self.suspect,
            blocks: self.frames.iter().filter(|f| !f.flow).map(|f| f.start).collect(),
            bracket: self.bracket(),
        }
    }

    /// The innermost open bracket or brace; `[a: b]` has a mapping that has none.
    fn bracket(&self) -> Option<u32> {
        let mut flow = self.frames.iter().rev().take_while(|f| f.flow).map(|f| f.start);
        flow.find(|&start| matches!(self.text.as_bytes().get(start as usize), Some(b'[' | b'{')))
    }

    fn event(&mut self, event: Event<'s>, here: Span) -> Result<(), SyntaxError> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 { Err(explain::second_document(&self.context(), here)) } else { Ok(()) }
            }
            Event::Alias(id) => {
                let target = self.anchors.get(&id).copied().unwrap_or(0);
                self.alias(here, target)
            }
            Event::Scalar(value, style, anchor, tag) => {
                self.anchor(anchor);
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                    _ => Style::Plain,
                };
                let tag = tag.map_or(Tag::None, |t| tag_of(t.handle(), t.suffix(), style));
                self.scalar(value, style, tag, here)
            }
            Event::SequenceStart(style, anchor, _) => self.open(Shape::Sequence, style, anchor, here),
            Event::MappingStart(style, anchor, _) => self.open(Shape::Mapping, style, anchor, here),
            Event::SequenceEnd | Event::MappingEnd => self.close(here),
            _ => Ok(()),
        }
    }

    fn anchor(&mut self, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, self.out.next_index());
        }
    }

    /// Takes the gap up to a node that starts at `end`.
    fn cross_gap(&mut self, end: u32) -> Result<(), SyntaxError> {
        if !self.has_tab || end <= self.gap {
            return Ok(());
        }
        let tabs = match (self.frames.last(), self.after_plain) {
            (Some(f), _) if f.flow => Tabs::Anywhere,
            (_, Some(block)) => {
                let line = explain::line_start(self.text, block as usize).max(self.span.start as usize);
                Tabs::AfterPlain(block as usize - line + 1)
            }
            _ => Tabs::Within,
        };
        match bad_tab(self.text.as_bytes(), self.gap as usize, end as usize, tabs) {
            Some(tab) => Err(explain::tab(&self.context(), tab)),
            None => Ok(()),
        }
    }

    /// Whether the next node is a key of a mapping; and counts it.
    fn count_node(&mut self) -> bool {
        match self.frames.last_mut() {
            Some(f) if f.mapping => {
                f.expect_key = !f.expect_key;
                !f.expect_key
            }
            _ => false,
        }
    }

    /// Whether `<<` asks something of the node that comes next.
    fn take_merge(&mut self) -> Merge {
        match self.frames.last_mut() {
            Some(f) if f.merge == Merge::Value => std::mem::replace(&mut f.merge, Merge::Nothing),
            Some(f) => f.merge,
            None => Merge::Nothing,
        }
    }

    fn alias(&mut self, here: Span, target: u32) -> Result<(), SyntaxError> {
        self.cross_gap(here.start)?;
        let is_key = self.count_node();
        let shape = self.out.shape(target);
        if self.out.is_open(target) {
            return Err(explain::alias_within_itself(&self.context(), here));
        }
        if is_key {
            if shape != Some(Shape::Scalar) {
                return Err(explain::key_not_scalar(&self.context(), here));
            }
        } else if self.take_merge() != Merge::Nothing && shape != Some(Shape::Mapping) {
            return Err(explain::bad_merge(&self.context(), here));
        }
        self.out.alias(here, target);
        self.gap = here.end;
        self.after_plain = None;
        Ok(())
    }

    fn scalar(&mut self, value: Cow<'s, str>, style: Style, tag: Tag, here: Span) -> Result<(), SyntaxError> {
        let absent = style == Style::Plain && value == "~" && self.text.get(here.range()) != Some("~");
        let place = match style {
            _ if absent => self.place_of_absent(here),
            Style::Literal | Style::Folded => self.place_of_block_scalar(here),
            _ => here,
        };
        self.cross_gap(place.start)?;
        self.check_written(style, place, here)?;
        let value = match tag {
            _ if absent => Cow::Borrowed(""),
            Tag::Binary => match base64::decode(&value) {
                Some(decoded) => Cow::Owned(decoded),
                None => return Err(explain::bad_base64(&self.context(), place)),
            },
            _ => value,
        };
        if !scalar::suits(&value, tag) {
            return Err(explain::bad_tag(&self.context(), place));
        }
        if self.count_node() {
            self.key(value.clone(), style, tag, place)?;
        } else if self.take_merge() != Merge::Nothing {
            return Err(explain::bad_merge(&self.context(), place));
        } else if matches!(scalar::value(&value, style, tag), Scalar::Float(f) if !f.is_finite()) {
            return Err(explain::not_finite(&self.context(), place));
        }
        let written = match style {
            Style::Single | Style::Double => self.text.get(place.start as usize + 1..place.end as usize - 1),
            _ => self.text.get(place.range()),
        };
        let decoded = if written == Some(&*value) { None } else { Some(value.into_owned().into_boxed_str()) };
        self.out.scalar(place, style, tag, decoded);
        self.gap = self.gap.max(place.end);
        self.suspect = if style == Style::Plain { place.start } else { place.end };
        let block = self.frames.iter().rfind(|f| !f.flow).map(|f| f.start);
        self.after_plain = block.filter(|_| style == Style::Plain && !absent);
        Ok(())
    }

    /// What Kubernetes' reader minds in the spelling of a scalar, and the parser does not.
    fn check_written(&self, style: Style, place: Span, here: Span) -> Result<(), SyntaxError> {
        let bytes = self.text.as_bytes();
        let in_flow = self.frames.last().is_some_and(|f| f.flow);
        match style {
            Style::Literal | Style::Folded => {
                let header = &bytes[place.start as usize + 1..];
                let counted = header.iter().take(2).any(u8::is_ascii_digit);
                match bytes.get(here.start as usize) {
                    Some(b'\t') if !counted => Err(explain::tab(&self.context(), here.start as usize)),
                    _ => Ok(()),
                }
            }
            Style::Plain if in_flow => explain::question_mark(&self.context(), place),
            Style::Double if !self.json => explain::json_escape(&self.context(), place),
            _ => Ok(()),
        }
    }

    /// A key in braces has to stand on one line with its `:`, unless a `? ` stands before it.
    fn check_flow_key(&self, place: Span) -> Result<(), SyntaxError> {
        let bytes = self.text.as_bytes();
        let next = Gap::new(bytes, place.end as usize, self.span.end as usize).next();
        let Some((colon, b':')) = next else { return Ok(()) };
        let key = &bytes[place.start as usize..colon];
        let explicit = || Gap::new(bytes, self.gap as usize, place.start as usize).any(|(_, b)| b == b'?');
        if key.iter().any(|b| matches!(b, b'\n' | b'\r')) && !explicit() {
            return Err(explain::split_key(&self.context(), colon));
        }
        Ok(())
    }

    fn key(&mut self, value: Cow<'s, str>, style: Style, tag: Tag, place: Span) -> Result<(), SyntaxError> {
        if self.frames.last().is_some_and(|f| f.flow) {
            self.check_flow_key(place)?;
        }
        if value == "<<" && style == Style::Plain && tag == Tag::None {
            self.out.merges();
            if let Some(f) = self.frames.last_mut() {
                f.merge = Merge::Value;
            }
            return Ok(());
        }
        let name = match value {
            Cow::Borrowed(v) => scalar::name_of(scalar::value(v, style, tag), v),
            Cow::Owned(v) => scalar::name_of(scalar::value(&v, style, tag), &v).map(|n| n.into_owned().into()),
        };
        let Some(name) = name else {
            return Err(explain::bad_key(&self.context(), place));
        };
        if let Some(first) = self.keys.insert(name, place) {
            self.duplicates.push(DuplicateKey { first, last: place });
            self.out.repeats();
        }
        Ok(())
    }

    fn open(&mut self, shape: Shape, style: StructureStyle, anchor: usize, here: Span) -> Result<(), SyntaxError> {
        let flow = style == StructureStyle::Flow;
        let mapping = shape == Shape::Mapping;
        let mut start = here.start;
        let in_block_mapping = self.frames.last().is_some_and(|f| f.mapping && !f.flow);
        if in_block_mapping && !mapping && !flow {
            // A list that is not indented is said to start after its first dash.
            let mut gap = Gap::new(self.text.as_bytes(), self.gap as usize, here.start as usize);
            start = gap.find(|&(_, b)| b == b'-').map_or(start, |(i, _)| i as u32);
        }
        if self.count_node() {
            return Err(explain::key_not_scalar(&self.context(), here));
        }
        let merge = match self.take_merge() {
            Merge::Items if !mapping => return Err(explain::bad_merge(&self.context(), here)),
            Merge::Value if !mapping => Merge::Items,
            _ => Merge::Nothing,
        };
        if self.frames.len() >= MAX_DEPTH {
            return Err(explain::too_deep(&self.context(), here.start as usize));
        }
        self.anchor(anchor);
        if flow {
            self.cross_gap(here.start)?;
            self.gap = here.end;
            self.after_plain = None;
        }
        if mapping {
            self.keys.open();
        }
        self.out.open(shape, if flow { Style::Flow } else { Style::Plain }, start);
        self.frames.push(Frame { mapping, flow, expect_key: mapping, merge, start });
        Ok(())
    }

    fn close(&mut self, here: Span) -> Result<(), SyntaxError> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        if frame.mapping {
            self.keys.close();
        }
        if frame.flow {
            self.out.close(here.end);
            self.gap = here.end;
            self.after_plain = None;
        } else {
            self.out.close_block();
        }
        Ok(())
    }

    /// An absent value stands right after its `:` or `-`.
    fn place_of_absent(&self, here: Span) -> Span {
        let bytes = self.text.as_bytes();
        let in_block_sequence = self.frames.last().is_some_and(|f| !f.mapping && !f.flow);
        let is_key = self.frames.last().is_some_and(|f| f.mapping && f.expect_key);
        let at = if bytes.get(here.start as usize) == Some(&b':') && !is_key {
            here.start + 1
        } else if in_block_sequence {
            let dashes = Gap::new(bytes, self.gap as usize, here.start as usize).filter(|&(_, b)| b == b'-');
            dashes.last().map_or(here.start, |(i, _)| i as u32 + 1)
        } else {
            here.start
        };
        Span::new(at, at)
    }

    /// A block scalar's place with its `|` or `>`, without the white space after its last line; `content` is what the
    /// parser takes for its place: the lines, or only the `|` where there are none.
    fn place_of_block_scalar(&self, content: Span) -> Span {
        let bytes = self.text.as_bytes();
        let mut gap = Gap::new(bytes, self.gap as usize, content.start as usize + 1);
        let start = gap.find(|&(_, b)| matches!(b, b'|' | b'>')).map_or(content.start, |(i, _)| i as u32);
        block_scalar_place(bytes, start as usize, content.start as usize, content.end as usize)
    }

    fn finish(mut self) -> Result<Option<Document>, SyntaxError> {
        self.cross_gap(self.span.end)?;
        let tree = std::mem::take(&mut self.out).finish();
        if tree.is_empty() {
            return Ok(None);
        }
        if tree.excessive_aliasing() {
            return Err(explain::alias_bomb(&self.context()));
        }
        Ok(Some(Document { span: self.span, tree, duplicates: self.duplicates.into() }))
    }
}

/// The place of the block scalar whose indicator stands at `start` and whose lines are within `content..end`.
pub(super) fn block_scalar_place(bytes: &[u8], start: usize, content: usize, end: usize) -> Span {
    let is_space = |b: &u8| matches!(b, b' ' | b'\n' | b'\r');
    let mut header = start + 1;
    while matches!(bytes.get(header), Some(b'+' | b'-' | b'1'..=b'9')) {
        header += 1;
    }
    let from = content.max(header);
    let lines = &bytes[from..end.max(from)];
    let end = lines.iter().rposition(|b| !is_space(b)).map_or(header, |last| from + last + 1);
    Span::new(start as u32, end as u32)
}

fn tag_of(handle: &str, suffix: &str, style: Style) -> Tag {
    let core = match handle {
        "tag:yaml.org,2002:" => suffix,
        "" => suffix.strip_prefix("tag:yaml.org,2002:").unwrap_or_default(),
        _ => "",
    };
    match core {
        "int" => Tag::Int,
        "float" => Tag::Float,
        "bool" => Tag::Bool,
        "null" => Tag::Null,
        "binary" => Tag::Binary,
        // `!` alone says of a plain scalar that it is what it looks like.
        _ if handle.is_empty() && suffix == "!" && style == Style::Plain => Tag::None,
        _ => Tag::Str,
    }
}
