//! Lists in brackets, mappings in braces, and so JSON.

use super::{MAX_KEY, Reader, Scalar, Sure, Unsure};
use crate::source::Span;
use crate::yaml::tree::{Shape, Style};

impl Reader<'_> {
    /// The list or mapping whose bracket or brace stands at `at`.
    pub(super) fn flow(&mut self) -> Sure<()> {
        self.descend()?;
        let mapping = self.byte(self.at) == b'{';
        let (shape, close) = if mapping { (Shape::Mapping, b'}') } else { (Shape::Sequence, b']') };
        self.out.open(shape, Style::Flow, self.at as u32);
        if mapping {
            self.keys.open();
        }
        self.at += 1;
        loop {
            self.skip_white()?;
            if self.byte(self.at) == close {
                break;
            }
            if mapping { self.flow_entry() } else { self.flow_node() }?;
            self.skip_white()?;
            match self.byte(self.at) {
                b',' => self.at += 1,
                byte if byte == close => break,
                _ => return Err(Unsure),
            }
        }
        if mapping {
            self.keys.close();
        }
        self.at += 1;
        self.out.close(self.at as u32);
        self.depth -= 1;
        Ok(())
    }

    /// Goes to the next thing within brackets.
    fn skip_white(&mut self) -> Sure<()> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ') => self.at += 1,
                Some(b'\n') => {
                    self.at += 1;
                    if self.is_marker(self.at) {
                        return Err(Unsure);
                    }
                }
                Some(b'\r') => self.at += 1,
                Some(b'\t') if self.tabs => self.at += 1,
                Some(b'#') if matches!(self.bytes[self.at - 1], b' ' | b'\t' | b'\n') => {
                    // The line end stays, for what stands after it.
                    self.at = self.next_line(self.at) - 1;
                    if self.bytes[self.at] != b'\n' {
                        return Err(Unsure);
                    }
                }
                Some(b'\t' | b'#') | None => return Err(Unsure),
                Some(_) => return Ok(()),
            }
        }
    }

    fn flow_node(&mut self) -> Sure<()> {
        match self.byte(self.at) {
            b'[' | b'{' => self.flow(),
            b'"' | b'\'' => {
                let (scalar, _) = self.quoted()?;
                self.add(scalar);
                Ok(())
            }
            _ => {
                let start = self.at;
                self.at = self.flow_plain(start)?;
                self.add_plain(Span::new(start as u32, self.at as u32))
            }
        }
    }

    fn flow_entry(&mut self) -> Sure<()> {
        let start = self.at;
        let quoted = matches!(self.byte(start), b'"' | b'\'');
        let key = if quoted {
            let (key, one_line) = self.quoted()?;
            if !one_line {
                return Err(Unsure);
            }
            key
        } else {
            self.at = self.flow_plain(start)?;
            Scalar { span: Span::new(start as u32, self.at as u32), style: Style::Plain, decoded: None }
        };
        let colon = self.skip_spaces(self.at);
        if self.byte(colon) != b':' || colon - start > MAX_KEY {
            return Err(Unsure);
        }
        // `a:[b]` is refused, `"a":[b]` is not.
        if !quoted && matches!(self.byte(colon + 1), b'[' | b'{') {
            return Err(Unsure);
        }
        self.add_key(key)?;
        self.at = colon + 1;
        self.skip_white()?;
        match self.byte(self.at) {
            b',' | b'}' => {
                self.absent(colon + 1);
                Ok(())
            }
            _ => self.flow_node(),
        }
    }

    /// The end of the plain scalar that starts at `start`.
    fn flow_plain(&self, start: usize) -> Sure<usize> {
        let ends = |byte| matches!(byte, b',' | b'[' | b']' | b'{' | b'}');
        match self.byte(start) {
            b'?' | b':' => return Err(Unsure),
            b'-' if ends(self.byte(start + 1)) => return Err(Unsure),
            _ if !self.starts_plain(start) => return Err(Unsure),
            _ => {}
        }
        let mut i = start;
        loop {
            match self.byte(i) {
                b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}' => break,
                b':' if self.is_blank(i + 1) || ends(self.byte(i + 1)) => break,
                b'#' if self.bytes[i - 1] == b' ' => break,
                // Kubernetes' reader minds a `?` here.
                b'?' | b'\t' => return Err(Unsure),
                _ => i += 1,
            }
        }
        while self.bytes[i - 1] == b' ' {
            i -= 1;
        }
        Ok(i)
    }
}
