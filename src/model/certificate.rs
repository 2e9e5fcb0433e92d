//! The little of X.509 that manifests have to do with: whether a text is a certificate, and when it is valid.
//!
//! Signatures, names and extensions are not looked at: no key is here that they could be checked with.

use crate::config::Date;
use crate::yaml::decode_base64_bytes;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The first and the last day on which the first certificate of a PEM text is valid.
///
/// # Errors
/// What the text is instead of a certificate, for a message: `not PEM`.
pub fn validity(pem: &str) -> Result<(Date, Date), &'static str> {
    let body = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(body, _)| body);
    let body = body.ok_or("not a certificate in PEM")?;
    let text: String = body.split_whitespace().collect();
    let der = decode_base64_bytes(&text).ok_or("PEM that is not base64")?;
    dates(&der).ok_or("PEM without a certificate in it")
}

/// Whether a text looks like a private key in PEM.
pub fn is_private_key(pem: &str) -> bool {
    pem.split_once("-----BEGIN ")
        .is_some_and(|(_, rest)| rest.split_once("-----").is_some_and(|(kind, _)| kind.ends_with("PRIVATE KEY")))
}

/// `notBefore` and `notAfter` of a certificate in DER (RFC 5280, 4.1).
fn dates(der: &[u8]) -> Option<(Date, Date)> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let (certificate, _) = tagged(SEQUENCE, der)?;
    let (mut fields, _) = tagged(SEQUENCE, certificate)?;
    if let Some((_, rest)) = tagged(VERSION, fields) {
        fields = rest;
    }
    // The serial number, the algorithm of the signature, the issuer.
    for _ in 0..3 {
        (_, _, fields) = element(fields)?;
    }
    let (validity, _) = tagged(SEQUENCE, fields)?;
    let (tag, from, rest) = element(validity)?;
    let first = date(tag, from)?;
    let (tag, to, _) = element(rest)?;
    Some((first, date(tag, to)?))
}

/// The day of a `UTCTime` (`YYMMDD…`; from 1950 to 2049) or `GeneralizedTime` (`YYYYMMDD…`).
fn date(tag: u8, content: &[u8]) -> Option<Date> {
    let text = std::str::from_utf8(content).ok()?;
    let full = match tag {
        0x17 => format!("{}{}", if text.get(..2)? < "50" { "20" } else { "19" }, text),
        0x18 => text.to_string(),
        _ => return None,
    };
    format!("{}-{}-{}", full.get(..4)?, full.get(4..6)?, full.get(6..8)?).parse().ok()
}

/// The content of the element at the front, where it has that tag, and what follows.
fn tagged(wanted: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    (tag == wanted).then_some((content, rest))
}

/// The tag and the content of the element at the front, and what follows. Tags of several bytes do not occur here.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], mut rest) = bytes.split_first_chunk::<2>()?;
    let mut size = usize::from(length);
    if length & 0x80 != 0 {
        let (digits, after) =
            rest.split_at_checked(usize::from(length & 0x7f)).filter(|(d, _)| (1..=4).contains(&d.len()))?;
        size = digits.iter().fold(0, |n, d| n << 8 | usize::from(*d));
        rest = after;
    }
    let (content, rest) = rest.split_at_checked(size)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate's beginning, with these times.
    fn der(from: &[u8], to: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, content: Vec<u8>| [vec![tag, content.len() as u8], content].concat();
        let validity = wrap(0x30, [wrap(from[0], from[1..].to_vec()), wrap(to[0], to[1..].to_vec())].concat());
        let fields = [wrap(0xa0, vec![2, 1, 2]), vec![2, 1, 7], wrap(0x30, vec![]), wrap(0x30, vec![]), validity];
        wrap(0x30, wrap(0x30, fields.concat()))
    }

    #[test]
    fn both_kinds_of_time() {
        let (from, to) = dates(&der(b"\x17230314025430Z", b"\x1821220218060000Z")).expect("a certificate");
        assert_eq!((from.to_string(), to.to_string()), ("2023-03-14".into(), "2122-02-18".into()));
        assert!(dates(&der(b"\x17990101000000Z", b"\x17500101000000Z")).is_some_and(|(f, t)| f > t));
    }

    #[test]
    fn what_is_cut_short_is_no_certificate() {
        let whole = der(b"\x17230314025430Z", b"\x1821220218060000Z");
        for n in 0..whole.len() {
            assert_eq!(dates(&whole[..n]), None, "{n}");
        }
        assert_eq!(dates(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(dates(&[0x30, 0x80]), None);
    }

    #[test]
    fn texts() {
        assert_eq!(validity("hush"), Err("not a certificate in PEM"));
        assert_eq!(validity(&format!("{BEGIN}\n*\n{END}")), Err("PEM that is not base64"));
        assert_eq!(validity(&format!("{BEGIN}\nbWVzaA==\n{END}")), Err("PEM without a certificate in it"));
        assert!(is_private_key("-----BEGIN RSA PRIVATE KEY-----\n") && !is_private_key("-----BEGIN CERTIFICATE-----"));
    }
}
