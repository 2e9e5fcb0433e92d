//! Base64, as far as `!!binary` and the data of Secrets need it.

/// What a text decodes to, bytes that are no UTF-8 replaced; `None` where it is not base64 with its padding.
pub fn decode(text: &str) -> Option<String> {
    decode_bytes(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// What a text decodes to; `None` where it is not base64 with its padding.
///
/// Source: `StdEncoding` of Go's encoding/base64, which skips line ends and nothing else.
pub fn decode_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    let mut groups = digits.chunks_exact(4).peekable();
    while let Some(group) = groups.next() {
        let padding = match group {
            _ if groups.peek().is_some() => 0,
            [_, _, b'=', b'='] => 2,
            [_, _, _, b'='] => 1,
            _ => 0,
        };
        let mut bits = 0u32;
        for &digit in &group[..4 - padding] {
            bits = bits << 6 | value(digit)?;
        }
        bits <<= 6 * padding;
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_and_line_ends() {
        assert_eq!(decode("").as_deref(), Some(""));
        assert_eq!(decode("bWVzaA==").as_deref(), Some("mesh"));
        assert_eq!(decode("bWV\nzaGV\r\nz").as_deref(), Some("meshes"));
        assert_eq!(decode("bWU=").as_deref(), Some("me"));
        assert_eq!(decode("bWU"), None);
        assert_eq!(decode("b=U="), None);
        assert_eq!(decode("bWU=bWU="), None);
        assert_eq!(decode("b W="), None);
    }
}
