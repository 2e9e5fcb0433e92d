//! Plain scalars and block scalars.

use super::{Reader, Scalar, Sure, Unsure};
use crate::source::Span;
use crate::yaml::load::block_scalar_place;
use crate::yaml::scalar;
use crate::yaml::tree::Style;

/// What ends a plain scalar on a line.
pub(super) enum Stop {
    /// A `:` that makes it a key, and where.
    Colon(usize),
    /// A comment.
    Comment,
    /// The end of the line, and where.
    Line(usize),
}

enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Reader<'_> {
    /// Whether a plain scalar may start with what stands at `i`.
    #[inline]
    pub(super) fn starts_plain(&self, i: usize) -> bool {
        match self.byte(i) {
            b'-' | b'?' | b':' => !self.is_blank(i + 1),
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@'
            | b'`' | b' ' | b'\t' | b'\n' | b'\r' => false,
            _ => true,
        }
    }

    /// Where the plain scalar that starts or goes on at `start` ends on its line, and why.
    #[inline]
    pub(super) fn plain_line(&self, start: usize) -> Sure<(usize, Stop)> {
        let mut i = start;
        let stop = loop {
            i = self.next_special(i);
            match self.byte(i) {
                b':' if self.is_blank(i + 1) => break Stop::Colon(i),
                b'#' if i > start && self.bytes[i - 1] == b' ' => break Stop::Comment,
                b':' | b'#' => i += 1,
                b'\n' | b'\r' => break Stop::Line(i),
                _ => return Err(Unsure),
            }
        };
        while i > start && self.bytes[i - 1] == b' ' {
            i -= 1;
        }
        Ok((i, stop))
    }

    /// The first `:`, `#`, line end or tab from `i` on, or the end.
    #[inline]
    fn next_special(&self, mut i: usize) -> usize {
        // Eight at a time: in the byte of the first hit, and perhaps in later ones, the highest bit is set.
        const EACH: u64 = u64::from_le_bytes([1; 8]);
        let below = |word: u64, limit: u8| word.wrapping_sub(EACH * u64::from(limit)) & !word;
        while let Some(&eight) = self.bytes.get(i..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_le_bytes(eight);
            let control = below(word, b'\r' + 1);
            let colon = below(word ^ (EACH * u64::from(b':')), 1);
            let hash = below(word ^ (EACH * u64::from(b'#')), 1);
            let hits = (control | colon | hash) & (EACH << 7);
            if hits != 0 {
                return i + hits.trailing_zeros() as usize / 8;
            }
            i += 8;
        }
        while i < self.bytes.len() && !matches!(self.bytes[i], b':' | b'#' | b'\n' | b'\r' | b'\t') {
            i += 1;
        }
        i
    }

    /// A plain scalar within a collection at `column`.
    pub(super) fn plain(&mut self, column: isize) -> Sure<()> {
        let start = self.at;
        if !self.starts_plain(start) {
            return Err(Unsure);
        }
        let (end, stop) = self.plain_line(start)?;
        self.plain_after(column, start, end, &stop)
    }

    /// A plain scalar within a collection at `column`, after its first line.
    pub(super) fn plain_after(&mut self, column: isize, start: usize, end: usize, stop: &Stop) -> Sure<()> {
        let span = Span::new(start as u32, end as u32);
        self.at = end;
        match stop {
            Stop::Colon(_) => Err(Unsure),
            Stop::Comment => {
                self.add_plain(span)?;
                self.end_line()
            }
            Stop::Line(line_end) => self.plain_lines(column, span, self.after_line_end(*line_end)),
        }
    }

    /// A plain scalar of which the first line is read; `line` is the start of the next one.
    fn plain_lines(&mut self, column: isize, mut span: Span, mut line: usize) -> Sure<()> {
        let mut breaks = 0;
        let mut joined = false;
        let after = loop {
            let i = self.skip_spaces(line);
            match self.bytes.get(i) {
                Some(b'\n' | b'\r') => {
                    line = self.after_line_end(i);
                    breaks += 1;
                }
                Some(b'\t') => return Err(Unsure),
                Some(byte) if (i - line) as isize > column && *byte != b'#' => {
                    let (end, stop) = self.plain_line(i)?;
                    if !joined {
                        self.buffer.clear();
                        self.buffer.push_str(&self.text[span.range()]);
                        joined = true;
                    }
                    match breaks {
                        0 => self.buffer.push(' '),
                        _ => self.buffer.extend(std::iter::repeat_n('\n', breaks)),
                    }
                    self.buffer.push_str(&self.text[i..end]);
                    span.end = end as u32;
                    breaks = 0;
                    match stop {
                        Stop::Colon(_) => return Err(Unsure),
                        Stop::Line(line_end) => line = self.after_line_end(line_end),
                        Stop::Comment => {
                            self.at = end;
                            self.add_joined(span);
                            return self.end_line();
                        }
                    }
                }
                _ => break i,
            }
        };
        match joined {
            true => self.add_joined(span),
            false => self.add_plain(span)?,
        }
        self.lines_from(line, after)
    }

    pub(super) fn add_plain(&mut self, span: Span) -> Sure<()> {
        // Infinity is an error to the slow way.
        if matches!(span.end - span.start, 4 | 5)
            && matches!(scalar::plain(&self.text[span.range()]), scalar::Scalar::Float(f) if !f.is_finite())
        {
            return Err(Unsure);
        }
        self.add(Scalar { span, style: Style::Plain, decoded: None });
        Ok(())
    }

    fn add_joined(&mut self, span: Span) {
        let decoded = Some(Box::from(self.buffer.as_str()));
        self.add(Scalar { span, style: Style::Plain, decoded });
    }

    /// A block scalar within a collection at `column`.
    pub(super) fn block_scalar(&mut self, column: isize) -> Sure<()> {
        let start = self.at;
        let literal = self.byte(start) == b'|';
        let (chomping, digit, header) = self.block_header(start + 1)?;
        // After spaces, there may be a comment.
        self.at = header;
        let i = self.skip_spaces(header);
        match self.byte(i) {
            b'\n' | b'\r' => {}
            b'#' if i > header => {}
            _ => return Err(Unsure),
        }
        let mut line = self.next_line(i);
        let mut breaks = 0;
        let mut widest = 0;
        let given = digit.map(|d| column as usize + d);
        // White lines first.
        let mut i = loop {
            let i = self.skip_indentation(line, given.unwrap_or(usize::MAX));
            widest = widest.max(i - line);
            match self.bytes.get(i) {
                Some(b'\n' | b'\r') => {
                    line = self.next_line(i);
                    breaks += 1;
                }
                Some(b'\t') | None => return Err(Unsure),
                Some(_) => break i,
            }
        };
        let indent = given.unwrap_or(widest.max((column + 1) as usize));
        self.buffer.clear();
        let content = i;
        if i - line < indent {
            // No line belongs to it.
            if (i - line) as isize > column {
                return Err(Unsure);
            }
        } else {
            let mut spaced = false;
            let mut first = true;
            while i < self.bytes.len() && i - line == indent {
                let next = self.next_line(i);
                let end = match &self.bytes[i..next] {
                    [.., b'\r', b'\n'] => next - 2,
                    [.., b'\n'] => next - 1,
                    _ => next,
                };
                let starts_spaced = matches!(self.bytes[i], b' ' | b'\t');
                if !first && (literal || spaced || starts_spaced) {
                    self.buffer.push('\n');
                } else if !first && breaks == 0 {
                    self.buffer.push(' ');
                }
                self.buffer.extend(std::iter::repeat_n('\n', breaks));
                self.buffer.push_str(&self.text[i..end]);
                spaced = starts_spaced;
                first = false;
                breaks = 0;
                line = next;
                i = self.skip_indentation(line, indent);
                while matches!(self.bytes.get(i), Some(b'\n' | b'\r')) {
                    breaks += 1;
                    line = self.next_line(i);
                    i = self.skip_indentation(line, indent);
                }
            }
            // The last line ends, even if the text does not say so.
            if !matches!(chomping, Chomping::Strip) {
                self.buffer.push('\n');
            }
        }
        if matches!(chomping, Chomping::Keep) {
            self.buffer.extend(std::iter::repeat_n('\n', breaks));
        }
        let span = block_scalar_place(self.bytes, start, content, i);
        let style = if literal { Style::Literal } else { Style::Folded };
        let written = &self.text[span.range()] == self.buffer.as_str();
        let decoded = (!written).then(|| Box::from(self.buffer.as_str()));
        self.add(Scalar { span, style, decoded });
        self.lines(line)
    }

    /// The indicators after `|` or `>`: how to end, how deep, and where they end.
    fn block_header(&self, start: usize) -> Sure<(Chomping, Option<usize>, usize)> {
        let chomping = |byte| match byte {
            b'-' => Some(Chomping::Strip),
            b'+' => Some(Chomping::Keep),
            _ => None,
        };
        let digit = |byte: u8| matches!(byte, b'1'..=b'9').then(|| usize::from(byte - b'0'));
        let (first, second) = (self.byte(start), self.byte(start + 1));
        Ok(match (chomping(first), digit(first)) {
            (Some(c), _) => match digit(second) {
                Some(d) => (c, Some(d), start + 2),
                None => (c, None, start + 1),
            },
            (_, Some(d)) => match chomping(second) {
                Some(c) => (c, Some(d), start + 2),
                None => (Chomping::Clip, Some(d), start + 1),
            },
            _ => (Chomping::Clip, None, start),
        })
    }

    /// Past the spaces from `line` on, but not past `most` of them.
    #[inline]
    fn skip_indentation(&self, line: usize, most: usize) -> usize {
        let mut i = line;
        while i - line < most && self.bytes.get(i) == Some(&b' ') {
            i += 1;
        }
        i
    }
}
