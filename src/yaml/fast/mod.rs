//! The short way for what nearly all manifests are: blocks, plain and quoted scalars, block scalars, brackets, comments.
//!
//! It makes exactly the tree that [`load`](super::load) makes, some ten times faster, and gives up on everything that
//! it is not sure of: anchors, tags, tabs, and whatever looks like an error. So it never has to explain anything, and
//! `load` stays the one place that says what is YAML. Tests and a fuzz target hold the two against each other.

mod block;
mod flow;
mod quoted;
mod screen;
mod text;

use std::borrow::Cow;
use std::sync::Arc;

use memchr::memchr;

use super::keys::Keys;
use super::scalar;
use super::tree::{Builder, Style, Tag};
use super::{Document, DuplicateKey};
use crate::source::Span;

/// The deepest nesting that is read here, for the sake of the stack.
const MAX_DEPTH: usize = 64;

/// The longest key: beyond 1024 characters it would be none.
const MAX_KEY: usize = 1000;

/// The column where no line follows.
const END: isize = -1;

/// Not sure that this is read as `load` would: it has to.
pub(super) struct Unsure;

type Sure<T> = Result<T, Unsure>;

/// A scalar that has been read, but not yet added to the tree.
struct Scalar {
    span: Span,
    style: Style,
    decoded: Option<Box<str>>,
}

/// Reads documents of one text, one after the other.
pub(super) struct Reader<'s> {
    text: &'s str,
    /// The text up to the end of the document.
    bytes: &'s [u8],
    /// Where reading goes on.
    at: usize,
    /// Between lines: the column of what stands at `at`, which is the first thing on its line.
    column: isize,
    depth: usize,
    /// Whether tabs may stand between tokens: only where no block is open.
    tabs: bool,
    out: Builder,
    keys: Keys<'s>,
    duplicates: Vec<DuplicateKey>,
    /// A scalar that is being put together.
    buffer: String,
}

impl<'s> Reader<'s> {
    /// A reader of documents of this text.
    pub(super) fn new(text: &'s Arc<str>) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            column: END,
            depth: 0,
            tabs: false,
            out: Builder::of(Arc::clone(text)),
            keys: Keys::default(),
            duplicates: Vec::new(),
            buffer: String::new(),
        }
    }

    /// Reads the document at `span`; `None` in it where it holds nothing but comments.
    pub(super) fn document(&mut self, span: Span) -> Sure<Option<Document>> {
        self.bytes = &self.text.as_bytes()[..span.end as usize];
        let bytes = &self.bytes[span.start as usize..];
        if !screen::is_harmless(bytes) {
            return Err(Unsure);
        }
        // About as many nodes as there are in manifests; a long text may be one scalar.
        self.out.reserve((bytes.len() / 8).min(1 << 16));
        match self.root(span) {
            Ok(true) => {
                let duplicates = std::mem::take(&mut self.duplicates).into();
                Ok(Some(Document { span, tree: self.out.take(), duplicates }))
            }
            Ok(false) => Ok(None),
            Err(unsure) => {
                self.out.clear();
                self.keys.clear();
                self.duplicates.clear();
                self.depth = 0;
                Err(unsure)
            }
        }
    }

    /// Whether there is anything.
    fn root(&mut self, span: Span) -> Sure<bool> {
        self.lines(span.start as usize)?;
        if self.column == END {
            return Ok(false);
        }
        self.tabs = matches!(self.byte(self.at), b'{' | b'[');
        match self.byte(self.at) {
            b'{' | b'[' => {
                self.flow()?;
                self.end_line()?;
            }
            b'-' if self.is_blank(self.at + 1) => self.sequence(self.column)?,
            _ => {
                let key = self.key()?;
                self.mapping(self.column, key)?;
            }
        }
        if self.column == END { Ok(true) } else { Err(Unsure) }
    }

    /// The byte at `i`; past the end, a line end.
    #[inline]
    fn byte(&self, i: usize) -> u8 {
        self.bytes.get(i).copied().unwrap_or(b'\n')
    }

    /// Whether a space or a line end stands at `i`. Tabs are not expected anywhere where this is asked.
    #[inline]
    fn is_blank(&self, i: usize) -> bool {
        matches!(self.byte(i), b' ' | b'\n' | b'\r' | b'\t')
    }

    /// The first byte from `i` on that is no space.
    #[inline]
    fn skip_spaces(&self, mut i: usize) -> usize {
        // Eight at a time.
        while let Some(&eight) = self.bytes.get(i..).and_then(|rest| rest.first_chunk::<8>()) {
            let others = u64::from_le_bytes(eight) ^ u64::from_le_bytes([b' '; 8]);
            if others != 0 {
                return i + others.trailing_zeros() as usize / 8;
            }
            i += 8;
        }
        while self.byte(i) == b' ' {
            i += 1;
        }
        i
    }

    /// The start of the line after the one of `i`.
    fn next_line(&self, i: usize) -> usize {
        memchr(b'\n', &self.bytes[i.min(self.bytes.len())..]).map_or(self.bytes.len(), |n| i + n + 1)
    }

    /// The start of the line after the line end at `i`.
    #[inline]
    fn after_line_end(&self, i: usize) -> usize {
        (i + 1 + usize::from(self.byte(i) == b'\r')).min(self.bytes.len())
    }

    /// Ends a line of which only spaces and a comment may be left, and goes to the next thing.
    fn end_line(&mut self) -> Sure<()> {
        let i = self.skip_spaces(self.at);
        match self.byte(i) {
            b'\n' | b'\r' => self.lines(self.after_line_end(i)),
            b'#' if i > self.at => self.lines(self.next_line(i)),
            _ => Err(Unsure),
        }
    }

    /// Goes to the first thing from the line that starts at `line` on that is neither white nor a comment.
    fn lines(&mut self, line: usize) -> Sure<()> {
        self.lines_from(line, self.skip_spaces(line))
    }

    /// As `lines`, where it is known that there are only spaces before `i`.
    fn lines_from(&mut self, mut line: usize, mut i: usize) -> Sure<()> {
        loop {
            match self.bytes.get(i) {
                Some(b'\n' | b'\r') => line = self.after_line_end(i),
                Some(b'#') => line = self.next_line(i),
                Some(b'\t') => return Err(Unsure),
                Some(_) => {
                    if i == line && self.is_marker(i) {
                        return Err(Unsure);
                    }
                    self.at = i;
                    self.column = (i - line) as isize;
                    return Ok(());
                }
                None => {
                    self.at = self.bytes.len();
                    self.column = END;
                    return Ok(());
                }
            }
            i = self.skip_spaces(line);
        }
    }

    /// Whether something like `...` or `---` starts at `i`, the start of a line.
    fn is_marker(&self, i: usize) -> bool {
        let rest = &self.bytes[i.min(self.bytes.len())..];
        rest.starts_with(b"...") || rest.starts_with(b"---")
    }

    /// Enters a collection.
    fn descend(&mut self) -> Sure<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Unsure) } else { Ok(()) }
    }

    fn absent(&mut self, at: usize) {
        let at = at as u32;
        self.out.scalar(Span::new(at, at), Style::Plain, Tag::None, None);
    }

    #[inline]
    fn add(&mut self, scalar: Scalar) {
        self.out.scalar(scalar.span, scalar.style, Tag::None, scalar.decoded);
    }

    #[inline]
    fn add_key(&mut self, key: Scalar) -> Sure<()> {
        let written = &self.text[key.span.range()];
        let name: Cow<'s, str> = match (&key.decoded, key.style) {
            (None, Style::Plain) if scalar::is_surely_text(written) => written.into(),
            (Some(decoded), _) => decoded.to_string().into(),
            (None, Style::Plain) if written == "<<" => return Err(Unsure),
            (None, Style::Plain) => scalar::key_name(written).ok_or(Unsure)?,
            (None, _) => written[1..written.len() - 1].into(),
        };
        if let Some(first) = self.keys.insert(name, key.span) {
            self.duplicates.push(DuplicateKey { first, last: key.span });
            self.out.repeats();
        }
        self.add(key);
        Ok(())
    }
}
