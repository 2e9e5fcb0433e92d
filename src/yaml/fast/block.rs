//! Mappings and lists in blocks.

use super::text::Stop;
use super::{MAX_KEY, Reader, Scalar, Sure, Unsure};
use crate::source::Span;
use crate::yaml::tree::{Shape, Style};

impl Reader<'_> {
    /// The mapping whose keys stand at `column`, after its first key.
    pub(super) fn mapping(&mut self, column: isize, first: Scalar) -> Sure<()> {
        self.descend()?;
        self.out.open(Shape::Mapping, Style::Plain, first.span.start);
        self.keys.open();
        self.add_key(first)?;
        self.value(column)?;
        while self.column == column {
            let key = self.key()?;
            self.add_key(key)?;
            self.value(column)?;
        }
        if self.column > column {
            return Err(Unsure);
        }
        self.keys.close();
        self.out.close_block();
        self.depth -= 1;
        Ok(())
    }

    /// The list whose dashes stand at `column`.
    pub(super) fn sequence(&mut self, column: isize) -> Sure<()> {
        self.descend()?;
        self.out.open(Shape::Sequence, Style::Plain, self.at as u32);
        loop {
            let dash = self.at;
            let i = self.skip_spaces(dash + 1);
            match self.byte(i) {
                b'\n' | b'\r' | b'#' => {
                    self.at = dash + 1;
                    self.end_line()?;
                    if self.column > column {
                        self.node(column, self.column)?;
                    } else {
                        self.absent(dash + 1);
                    }
                }
                _ => {
                    self.at = i;
                    self.node(column, column + (i - dash) as isize)?;
                }
            }
            // What is neither a further item nor less indented is no key of the mapping around either: that finds out.
            if self.column != column || self.byte(self.at) != b'-' || !self.is_blank(self.at + 1) {
                break;
            }
        }
        self.out.close_block();
        self.depth -= 1;
        Ok(())
    }

    /// A key up to and with its `:`.
    pub(super) fn key(&mut self) -> Sure<Scalar> {
        let start = self.at;
        let (key, colon) = match self.byte(start) {
            b'"' | b'\'' => {
                let (key, one_line) = self.quoted()?;
                if !one_line {
                    return Err(Unsure);
                }
                let colon = self.skip_spaces(self.at);
                if self.byte(colon) != b':' || !self.is_blank(colon + 1) {
                    return Err(Unsure);
                }
                (key, colon)
            }
            _ => {
                if !self.starts_plain(start) {
                    return Err(Unsure);
                }
                let (end, Stop::Colon(colon)) = self.plain_line(start)? else { return Err(Unsure) };
                let span = Span::new(start as u32, end as u32);
                (Scalar { span, style: Style::Plain, decoded: None }, colon)
            }
        };
        if colon - start > MAX_KEY {
            return Err(Unsure);
        }
        self.at = colon + 1;
        Ok(key)
    }

    /// What stands after a `:` of the mapping at `column`.
    fn value(&mut self, column: isize) -> Sure<()> {
        let after = self.at;
        let i = self.skip_spaces(after);
        match self.byte(i) {
            b'\n' | b'\r' | b'#' => {
                self.end_line()?;
                if self.column > column {
                    self.node(column, self.column)
                } else if self.column == column && self.byte(self.at) == b'-' && self.is_blank(self.at + 1) {
                    // A list that is not indented.
                    self.sequence(column)
                } else {
                    self.absent(after);
                    Ok(())
                }
            }
            _ => {
                self.at = i;
                self.inline(column)
            }
        }
    }

    /// What stands on the line of the key of the mapping at `column`, or alone on a line within it: no block.
    fn inline(&mut self, column: isize) -> Sure<()> {
        match self.byte(self.at) {
            b'"' | b'\'' => {
                let (scalar, _) = self.quoted()?;
                self.add(scalar);
                self.end_line()
            }
            b'[' | b'{' => {
                self.flow()?;
                self.end_line()
            }
            b'|' | b'>' => self.block_scalar(column),
            _ => self.plain(column),
        }
    }

    /// A node at `own` within a collection at `column`.
    fn node(&mut self, column: isize, own: isize) -> Sure<()> {
        let start = self.at;
        match self.byte(start) {
            b'-' if self.is_blank(start + 1) => self.sequence(own),
            b'"' | b'\'' => {
                let (scalar, one_line) = self.quoted()?;
                let colon = self.skip_spaces(self.at);
                if self.byte(colon) != b':' {
                    self.add(scalar);
                    return self.end_line();
                }
                if !one_line || !self.is_blank(colon + 1) || colon - start > MAX_KEY {
                    return Err(Unsure);
                }
                self.at = colon + 1;
                self.mapping(own, scalar)
            }
            b'[' | b'{' | b'|' | b'>' => self.inline(column),
            _ => {
                if !self.starts_plain(start) {
                    return Err(Unsure);
                }
                match self.plain_line(start)? {
                    (end, Stop::Colon(colon)) => {
                        if colon - start > MAX_KEY {
                            return Err(Unsure);
                        }
                        self.at = colon + 1;
                        let span = Span::new(start as u32, end as u32);
                        self.mapping(own, Scalar { span, style: Style::Plain, decoded: None })
                    }
                    (end, stop) => self.plain_after(column, start, end, &stop),
                }
            }
        }
    }
}
