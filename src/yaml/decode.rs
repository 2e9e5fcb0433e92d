//! From a file's bytes to text.

use super::SyntaxError;
use crate::source::Span;

/// The text of a file, and what is wrong with its encoding; bytes that are no text are replaced, so that the place of
/// the error is one of the text.
pub fn decode(bytes: Vec<u8>) -> (String, Option<SyntaxError>) {
    let wide = match bytes.as_slice() {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes as fn([u8; 2]) -> u16),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes as fn([u8; 2]) -> u16),
        _ => None,
    };
    if let Some(unit) = wide {
        let units = bytes[2..].as_chunks().0.iter().map(|&pair| unit(pair));
        let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        return (text, Some(error(0, 0, "the file is encoded as UTF-16")));
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(invalid) => {
            let at = invalid.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(invalid.as_bytes()).into_owned();
            (text, Some(error(at, at + char::REPLACEMENT_CHARACTER.len_utf8(), "this is not UTF-8")))
        }
    }
}

fn error(start: usize, end: usize, message: &str) -> SyntaxError {
    SyntaxError {
        span: Span::new(start as u32, end as u32),
        message: message.into(),
        help: Some("save the file as UTF-8, the only encoding that all readers of manifests take".into()),
        template: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_encodings_are_errors_with_a_place() {
        assert_eq!(decode(b"a: \xc3\xa9".to_vec()), ("a: é".into(), None));
        let (text, error) = decode(b"a: \xff\xfe b".to_vec());
        assert_eq!(text, "a: \u{fffd}\u{fffd} b");
        assert_eq!(error.map(|e| e.span), Some(Span::new(3, 6)));
        for wide in [b"\xff\xfea\0:\0".as_slice(), b"\xfe\xff\0a\0:", b"\xff\xfea\0:\0x"] {
            let (text, error) = decode(wide.to_vec());
            assert_eq!(text, "a:");
            assert!(error.is_some_and(|e| e.message.contains("UTF-16")));
        }
    }
}
