//! A look at all bytes of a document, before anything is read.

/// How many bytes are looked at in one go.
const CHUNK: usize = 64;

/// Whether all characters may stand in YAML, each `\r` has its `\n`, and there is no byte order mark.
pub(super) fn is_harmless(bytes: &[u8]) -> bool {
    let mut start = 0;
    while start < bytes.len() {
        let end = (start + CHUNK).min(bytes.len());
        // Without a branch for each byte, so that the compiler looks at many bytes at once.
        let odd = bytes[start..end].iter().fold(false, |odd, &b| odd | ((b < b' ') & (b != b'\n')) | (b >= 0x7f));
        if odd && !(start..end).all(|i| is_harmless_at(bytes, i)) {
            return false;
        }
        start = end;
    }
    true
}

fn is_harmless_at(bytes: &[u8], i: usize) -> bool {
    let next = bytes.get(i + 1);
    match bytes[i] {
        b'\t' | b'\n' => true,
        b'\r' => next == Some(&b'\n'),
        0x7f | 0..b' ' => false,
        // U+0080 to U+009F, but for U+0085.
        0xc2 => !matches!(next, Some(0x80..=0x84 | 0x86..=0x9f)),
        // U+FEFF, U+FFFE and U+FFFF.
        0xef => !matches!((next, bytes.get(i + 2)), (Some(0xbb), Some(0xbf)) | (Some(0xbf), Some(0xbe | 0xbf))),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_odd_is_found_anywhere() {
        for odd in ["\0", "\x1b", "\x7f", "\r", "\ra", "\u{80}", "\u{9f}", "\u{feff}", "\u{ffff}", "\u{fffe}"] {
            for before in [0, 1, 62, 63, 64, 65, 200] {
                let text = format!("{}{odd}", "a".repeat(before));
                assert!(!is_harmless(text.as_bytes()), "{odd:?} after {before}");
            }
        }
        let fine = "a\tb\r\n".repeat(20) + "\u{85}\u{a0}é€\u{fffd}😀";
        assert!(is_harmless(fine.as_bytes()));
    }
}
