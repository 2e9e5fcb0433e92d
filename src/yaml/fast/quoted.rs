//! Quoted scalars.

use memchr::{memchr2, memchr3};

use super::{Reader, Scalar, Sure, Unsure};
use crate::source::Span;
use crate::yaml::tree::Style;

impl Reader<'_> {
    /// The quoted scalar at `at`, up to its closing quote; and whether it stands on one line.
    pub(super) fn quoted(&mut self) -> Sure<(Scalar, bool)> {
        let start = self.at;
        let quote = self.bytes[start];
        let double = quote == b'"';
        let mut one_line = true;
        let mut verbatim = true;
        let mut i = start + 1;
        let end = loop {
            let rest = self.bytes.get(i..).ok_or(Unsure)?;
            i += if double { memchr3(b'"', b'\\', b'\n', rest) } else { memchr2(b'\'', b'\n', rest) }.ok_or(Unsure)?;
            match self.bytes[i] {
                b'\n' => {
                    one_line = false;
                    i += 1;
                    if self.is_marker(i) {
                        return Err(Unsure);
                    }
                }
                b'\\' => {
                    verbatim = false;
                    // An escaped line end is looked at as a line end, too.
                    i += if matches!(self.byte(i + 1), b'\n' | b'\r') { 1 } else { 2 };
                }
                _ if !double && self.byte(i + 1) == b'\'' => {
                    verbatim = false;
                    i += 2;
                }
                _ => break i,
            }
        };
        self.at = end + 1;
        let decoded = if verbatim && one_line {
            None
        } else {
            self.buffer.clear();
            decode(&self.text[start + 1..end], double, &mut self.buffer)?;
            Some(Box::from(self.buffer.as_str()))
        };
        let style = if double { Style::Double } else { Style::Single };
        let span = Span::new(start as u32, end as u32 + 1);
        Ok((Scalar { span, style, decoded }, one_line))
    }
}

/// Takes escapes and line ends out of what stands between quotes.
fn decode(inner: &str, double: bool, out: &mut String) -> Sure<()> {
    let bytes = inner.as_bytes();
    let mut i = 0;
    // Spaces from here on are dropped if the line ends after them.
    let mut solid = 0;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            b' ' | b'\t' => {
                out.push(char::from(byte));
                i += 1;
                continue;
            }
            b'\n' | b'\r' => {
                out.truncate(solid);
                let breaks;
                (i, breaks) = skip_lines(bytes, i);
                match breaks {
                    1 => out.push(' '),
                    _ => out.extend(std::iter::repeat_n('\n', breaks - 1)),
                }
            }
            b'\\' if double && matches!(bytes.get(i + 1), Some(b'\n' | b'\r')) => {
                let breaks;
                (i, breaks) = skip_lines(bytes, i + 1);
                out.extend(std::iter::repeat_n('\n', breaks - 1));
            }
            b'\\' if double => {
                let (c, length) = escape(&bytes[i + 1..])?;
                out.push(c);
                i += 1 + length;
            }
            b'\'' if !double => {
                out.push('\'');
                i += 2;
            }
            _ => {
                let rest = &bytes[i..];
                let special = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'\\' | b'\'');
                // Not a special one here, so it stands for itself: a `\` or a `'` between the other quotes.
                let length = 1 + rest[1..].iter().position(special).unwrap_or(rest.len() - 1);
                out.push_str(&inner[i..i + length]);
                i += length;
            }
        }
        solid = out.len();
    }
    Ok(())
}

/// Past the line end at `i` and the white space after it; and how many line ends there are.
fn skip_lines(bytes: &[u8], mut i: usize) -> (usize, usize) {
    let mut breaks = 0;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'\n' => breaks += 1,
            b' ' | b'\t' | b'\r' => {}
            _ => break,
        }
        i += 1;
    }
    (i, breaks)
}

/// What the escape after a `\` stands for, and its length.
fn escape(after: &[u8]) -> Sure<(char, usize)> {
    let c = match after.first().ok_or(Unsure)? {
        b'0' => '\0',
        b'a' => '\x07',
        b'b' => '\x08',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\x0b',
        b'f' => '\x0c',
        b'r' => '\r',
        b'e' => '\x1b',
        b' ' => ' ',
        b'"' => '"',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        b'x' => return hexadecimal(&after[1..], 2),
        b'u' => return hexadecimal(&after[1..], 4),
        b'U' => return hexadecimal(&after[1..], 8),
        _ => return Err(Unsure),
    };
    Ok((c, 1))
}

fn hexadecimal(digits: &[u8], count: usize) -> Sure<(char, usize)> {
    let mut code = 0u32;
    for &digit in digits.get(..count).ok_or(Unsure)? {
        code = code << 4 | char::from(digit).to_digit(16).ok_or(Unsure)?;
    }
    Ok((char::from_u32(code).ok_or(Unsure)?, 1 + count))
}
