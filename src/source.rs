//! Sources: the texts that were read, by id, with places in them.
//!
//! A place is a byte range of one source. Lines and columns are computed only when a place is shown.

use std::sync::{Arc, OnceLock};

/// A half-open range of bytes in one source's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`, in bytes.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The range as indices of a string.
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies within this range.
    pub const fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A value and where it stands in its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// Names a source in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A line and a column, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// One text that was read, under the name that people know it by.
#[derive(Debug)]
pub struct Source {
    /// The file, relative to the directory that the program was started in, with `/`.
    pub path: String,
    text: Arc<str>,
    lines: OnceLock<Vec<u32>>,
}

impl Source {
    /// A source of this name and text.
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into(), lines: OnceLock::new() }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, to be shared.
    pub fn shared_text(&self) -> &Arc<str> {
        &self.text
    }

    /// The byte at which each line starts. A line ends with `\n`, or with a `\r` that no `\n` follows.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for (i, &b) in bytes.iter().enumerate() {
                if b == b'\n' || (b == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                    starts.push(i as u32 + 1);
                }
            }
            starts
        })
    }

    /// The line and column of a byte; a byte past the end is taken as the end.
    pub fn position(&self, byte: u32) -> Position {
        let byte = (byte as usize).min(self.text.len());
        let starts = self.line_starts();
        let line = starts.partition_point(|&s| s as usize <= byte) - 1;
        let start = starts[line] as usize;
        let mut at = byte;
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let column = self.text[start..at.max(start)].chars().count();
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// The bytes of a line (counted from 1) without its line end.
    pub fn line(&self, line: u32) -> Span {
        let starts = self.line_starts();
        let index = (line.max(1) as usize - 1).min(starts.len() - 1);
        let start = starts[index];
        let end = starts.get(index + 1).copied().unwrap_or(self.text.len() as u32);
        let text = &self.text[start as usize..end as usize];
        Span::new(start, start + text.trim_end_matches(['\n', '\r']).len() as u32)
    }
}

/// All texts of a run.
#[derive(Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    /// With room for that many.
    pub fn with_capacity(count: usize) -> Self {
        Self { all: Vec::with_capacity(count) }
    }

    /// Adds a source and returns its id.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.all.push(source);
        SourceId(self.all.len() as u32 - 1)
    }

    /// The source of that id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0 as usize]
    }

    /// Each source with its id, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.all.iter().enumerate().map(|(i, s)| (SourceId(i as u32), s))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// A place in one of the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which source.
    pub source: SourceId,
    /// Which bytes of it.
    pub span: Span,
}

impl Place {
    /// A place in a source.
    pub const fn new(source: SourceId, span: Span) -> Self {
        Self { source, span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let s = Source::new("a.yaml", "a: é€x\r\nb: 1\n");
        assert_eq!(s.position(0), Position { line: 1, column: 1 });
        assert_eq!(s.position(8), Position { line: 1, column: 6 });
        assert_eq!(s.position(11), Position { line: 2, column: 1 });
        assert_eq!(s.position(999), Position { line: 3, column: 1 });
        assert_eq!(s.line(1), Span::new(0, 9));
    }

    #[test]
    fn a_lone_carriage_return_ends_a_line() {
        let s = Source::new("a.yaml", "a: 1\rb: 2");
        assert_eq!(s.position(5), Position { line: 2, column: 1 });
    }
}
