//! Bytes to text, and which of them Kubernetes' reader would refuse.
//!
//! Bytes that are no text cost their document only: they are replaced, so that the documents around them are still
//! read, and the place is kept for an error.

use crate::source::Span;
use crate::yaml::{Stream, SyntaxError, split};

/// A place that makes its document unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Defect {
    span: Span,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A byte that is not UTF-8.
    Byte(u8),
    Nul,
    /// The whole file is in another encoding, of this name.
    Encoding(&'static str),
}

/// How many defects are kept at most, one a line: a binary file has millions of them.
const MOST: usize = 1_000_000;

/// The text of a file, and its defects in order: the first one of each line.
pub(super) fn decode(bytes: Vec<u8>) -> (String, Vec<Defect>) {
    if let Some((encoding, text)) = other_encoding(&bytes) {
        let end = text.chars().next().map_or(0, char::len_utf8);
        return (text, vec![Defect { span: Span::new(0, end as u32), kind: Kind::Encoding(encoding) }]);
    }
    let (text, mut defects) = match String::from_utf8(bytes) {
        Ok(text) => (text, Vec::new()),
        Err(error) => lossy(error.as_bytes()),
    };
    if text.as_bytes().contains(&0) {
        let mut line_end = 0;
        for (at, _) in text.match_indices('\0').take(MOST) {
            if at >= line_end {
                defects.push(Defect { span: Span::new(at as u32, at as u32 + 1), kind: Kind::Nul });
                line_end = text[at..].find('\n').map_or(text.len(), |i| at + i);
            }
        }
        defects.sort_by_key(|d| d.span);
    }
    (text, defects)
}

fn lossy(bytes: &[u8]) -> (String, Vec<Defect>) {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut defects = Vec::new();
    let mut new_line = true;
    for chunk in bytes.utf8_chunks() {
        new_line |= chunk.valid().contains('\n');
        text.push_str(chunk.valid());
        let Some(&first) = chunk.invalid().first() else { continue };
        let start = text.len() as u32;
        text.push(char::REPLACEMENT_CHARACTER);
        if new_line && defects.len() < MOST {
            defects.push(Defect { span: Span::new(start, text.len() as u32), kind: Kind::Byte(first) });
            new_line = false;
        }
    }
    (text, defects)
}

/// Text in an encoding that its first bytes give away.
fn other_encoding(bytes: &[u8]) -> Option<(&'static str, String)> {
    let wide = |rest: &[u8], read: fn([u8; 4]) -> u32| {
        let of = |c: &[u8]| char::from_u32(read([c[0], c[1], c[2], c[3]])).unwrap_or(char::REPLACEMENT_CHARACTER);
        rest.chunks_exact(4).map(of).collect::<String>()
    };
    let narrow = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|c| read([c[0], c[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    Some(match bytes {
        [0xFF, 0xFE, 0, 0, rest @ ..] => ("UTF-32", wide(rest, u32::from_le_bytes)),
        [0, 0, 0xFE, 0xFF, rest @ ..] => ("UTF-32", wide(rest, u32::from_be_bytes)),
        [0xFF, 0xFE, rest @ ..] => ("UTF-16", narrow(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => ("UTF-16", narrow(rest, u16::from_be_bytes)),
        _ => return None,
    })
}

/// Puts an error in the place of each document that has a defect: its first one.
pub(super) fn refuse(stream: &mut Stream, text: &str, defects: &[Defect]) {
    let mut documents = split(text).into_iter().peekable();
    let mut refused: Vec<Span> = Vec::new();
    let mut errors = Vec::new();
    for defect in defects {
        while documents.next_if(|d| d.end <= defect.span.start).is_some() {}
        match documents.peek().filter(|d| d.start <= defect.span.start) {
            Some(document) if refused.last() == Some(document) => continue,
            Some(document) => refused.push(*document),
            None => {}
        }
        errors.push(defect.error());
    }
    let is_refused = |byte: u32| {
        let after = refused.partition_point(|d| d.start <= byte);
        after > 0 && byte < refused[after - 1].end
    };
    stream.documents.retain(|d| !is_refused(d.span.start));
    stream.errors.retain(|e| !is_refused(e.span.start));
    stream.errors.append(&mut errors);
    stream.errors.sort_by_key(|e| e.span);
}

impl Defect {
    fn error(&self) -> SyntaxError {
        let utf8 = "save the file as UTF-8";
        let (message, help) = match self.kind {
            Kind::Byte(b @ 0xA0..) => {
                let help = format!("{utf8}; in Latin-1 this byte is `{}`", char::from(b));
                (format!("byte 0x{b:02X} is not UTF-8"), Some(help))
            }
            Kind::Byte(b) => (format!("byte 0x{b:02X} is not UTF-8"), Some(utf8.into())),
            Kind::Nul => ("a NUL byte, which YAML does not allow".into(), None),
            Kind::Encoding(name) => (format!("the file is {name}, which Kubernetes cannot read"), Some(utf8.into())),
        };
        SyntaxError { span: self.span, message, help, template: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, Stream) {
        let (text, defects) = decode(bytes.to_vec());
        let mut stream = crate::yaml::parse(&text);
        refuse(&mut stream, &text, &defects);
        (text, stream)
    }

    #[test]
    fn a_byte_that_is_no_text_costs_its_document() {
        let (text, stream) = read(b"a: 1\n---\nb: caf\xE9 \xFF\nc: \xE9\n---\nd: 1\n");
        assert_eq!(stream.documents.len(), 2);
        assert_eq!(stream.errors.len(), 1);
        let error = &stream.errors[0];
        assert_eq!(&text[error.span.range()], "\u{FFFD}");
        assert_eq!(error.message, "byte 0xE9 is not UTF-8");
        assert_eq!(error.help.as_deref(), Some("save the file as UTF-8; in Latin-1 this byte is `é`"));
    }

    #[test]
    fn a_replacement_character_of_its_own_is_text() {
        assert!(read("a: \u{FFFD}\n".as_bytes()).1.errors.is_empty());
    }

    #[test]
    fn other_encodings_are_refused_and_shown() {
        let utf16: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain("a: é\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let (text, stream) = read(&utf16);
        assert_eq!(text, "a: é\n");
        assert_eq!(stream.documents.len(), 0);
        assert_eq!(stream.errors[0].message, "the file is UTF-16, which Kubernetes cannot read");
        let (text, stream) = read(&[0, 0, 0xFE, 0xFF, 0, 0, 0, b'a', 0, 0, 0xD8]);
        assert_eq!((text.as_str(), stream.errors.len()), ("a", 1));
        assert_eq!(read(&[0xFE, 0xFF]).1.errors.len(), 1);
    }

    #[test]
    fn a_nul_byte_costs_its_document() {
        let (_, stream) = read(b"a: 1\n---\nb: \0\n");
        assert_eq!((stream.documents.len(), stream.errors.len()), (1, 1));
        assert_eq!(stream.errors[0].span, Span::new(12, 13));
    }
}
