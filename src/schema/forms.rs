//! The forms that texts have: names of hosts, labels, headers, durations, URLs.
//!
//! Source: what `pkg/config/validation`, `pkg/config/labels` and `pkg/config/security` of Istio accept, and what they
//! use of Go's library.

use std::net::IpAddr;

/// A label of a DNS name: letters, digits and hyphens, 63 of them at most, no hyphen at either end. Case is free.
pub(super) fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let alnum = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() <= 63
        && alnum(bytes.first())
        && alnum(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

/// Whether a part of a text is a word in capitals with `_`, `PROJECT_ID`: people write such where a script or a person is
/// to put a value.
pub fn is_stand_in(text: &str) -> bool {
    if !text.contains('_') {
        return false;
    }
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let capitals = |w: &str| w.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    words
        .into_iter()
        .any(|w| w.len() > 3 && w[1..].contains('_') && capitals(w) && w.bytes().any(|b| b.is_ascii_uppercase()))
}

/// Whether a text is a host name as nearly all are written: small letters, digits and hyphens.
fn is_plain_host(text: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let (mut before, mut length, mut has_letter) = (b'.', 0, false);
    for b in text.bytes() {
        match b {
            b'a'..=b'z' => has_letter = true,
            b'0'..=b'9' => {}
            b'-' if before != b'.' => {}
            b'.' if is_inner(before) => (length, has_letter) = (0, false),
            _ => return false,
        }
        length += usize::from(b != b'.');
        if length > 63 {
            return false;
        }
        before = b;
    }
    is_inner(before) && has_letter && text.len() <= 255
}

/// Why a text is no host name; a dot at its end is allowed.
pub(super) fn host_fault(text: &str) -> Option<String> {
    if is_plain_host(text) || is_stand_in(text) {
        return None;
    }
    length_fault(text).or_else(|| labels_fault(text))
}

/// Why a text is no host name, nor one whose first label is or begins with `*`.
pub(super) fn wildcard_host_fault(text: &str) -> Option<String> {
    if is_plain_host(text) || is_stand_in(text) {
        return None;
    }
    if let Some(fault) = length_fault(text) {
        return Some(fault);
    }
    let (first, rest) = text.split_once('.').map_or((text, None), |(f, r)| (f, Some(r)));
    let plain = first.strip_prefix("*-").or(first.strip_prefix('*')).unwrap_or(first);
    if first != "*" && (first.len() > 63 || !is_label(plain)) {
        return Some(label_fault(first));
    }
    rest.and_then(labels_fault)
}

fn length_fault(text: &str) -> Option<String> {
    match text.len() {
        0 => Some("is empty, and must not be".into()),
        256.. => Some("is longer than 255 characters, which no host name is".into()),
        _ => None,
    }
}

fn labels_fault(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let last = text.rsplit('.').next().unwrap_or(text);
    if !last.is_empty() && last.parse::<i64>().is_ok() {
        return Some("is no host name: its last label is a number".into());
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    text.split('.').find(|l| !is_label(l)).map(label_fault)
}

fn label_fault(label: &str) -> String {
    let why = if label.is_empty() {
        "one of its labels is empty".into()
    } else if label.contains('*') {
        "`*` can only be its whole first label, or the beginning of that".into()
    } else if label.contains('_') {
        format!("`{label}` has a `_`")
    } else if label.len() > 63 {
        format!("`{label}` is longer than 63 characters")
    } else {
        format!("`{label}` is not letters, digits and `-`")
    };
    format!("is no host name: {why}")
}

/// Whether a text is an IP address as Go reads one (`netip.ParseAddr`): no leading zeros in IPv4, a zone in IPv6.
pub(super) fn is_ip(text: &str) -> bool {
    let address = text.split_once('%').filter(|(a, zone)| a.contains(':') && !zone.is_empty()).map_or(text, |(a, _)| a);
    address.parse::<IpAddr>().is_ok()
}

/// Whether a text is an IP address or a CIDR.
pub(super) fn is_ip_or_cidr(text: &str) -> bool {
    let Some((ip, prefix)) = text.split_once('/') else { return is_ip(text) };
    let plain =
        !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit()) && (prefix == "0" || !prefix.starts_with('0'));
    let most = match ip.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    plain && prefix.parse::<u8>().is_ok_and(|p| p <= most)
}

/// A duration in nanoseconds, as Go writes it: `1h30m`, `0.5s`; `None` where it is none.
pub(super) fn duration(text: &str) -> Option<i128> {
    const UNITS: [(&str, i128); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let (sign, mut rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|e| *e > 0)?;
        let (whole, fraction) = rest[..end].split_once('.').unwrap_or((&rest[..end], ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || whole.len() > 15 {
            return None;
        }
        rest = &rest[end..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == &rest[..unit_end])?;
        rest = &rest[unit_end..];
        total += whole.parse::<i128>().unwrap_or(0) * unit;
        let mut part = *unit;
        for digit in fraction.bytes().take(18) {
            part /= 10;
            total += i128::from(digit - b'0') * part;
        }
    }
    Some(sign * total)
}

/// The name of a label of Kubernetes: an optional DNS prefix and `/`, and a name of 63 characters at most.
pub(super) fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(p, n)| (Some(p), n));
    let prefixed = prefix.is_none_or(|p| p.len() <= 253 && p.split('.').all(is_label));
    prefixed && !name.is_empty() && name.len() <= 63 && is_label_value(name)
}

/// The value of a label: letters, digits, `-`, `_` and `.`, the first and last of them a letter or digit; or nothing.
pub(super) fn is_label_value(text: &str) -> bool {
    let bytes = text.as_bytes();
    let alnum = |b: Option<&u8>| b.is_none_or(u8::is_ascii_alphanumeric);
    alnum(bytes.first())
        && alnum(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A token of HTTP: the name of a header.
pub(super) fn is_header_name(text: &str) -> bool {
    let other = |b: u8| b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || other(b))
}

/// Why a text cannot be the value of a header that Envoy sets: control characters, or a `%` that begins no variable.
pub(super) fn header_value_fault(text: &str) -> Option<&'static str> {
    if text.bytes().any(|b| (b < 0x20 && b != b'\t') || b == 0x7f) {
        return Some("has a control character, which no header may have");
    }
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            rest = after;
            continue;
        }
        let Some(after) = variable(rest) else {
            return Some("has a `%` that begins no variable of Envoy (`%NAME%`): a plain one is written `%%`");
        };
        rest = after;
    }
    None
}

/// What follows `NAME%` or `NAME(arguments)%`.
fn variable(text: &str) -> Option<&str> {
    let end = text.find(['%', '('])?;
    if text.as_bytes()[end] == b'%' {
        return Some(&text[end + 1..]);
    }
    let inner = &text[end + 1..];
    let close = inner.find(')')?;
    let after = inner[close + 1..].trim_start_matches(' ');
    after.strip_prefix('%')
}

/// The scheme of an absolute URL, in lower case; `None` where it has none or is no URL.
pub(super) fn url_scheme(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let mut bytes = scheme.bytes();
    let named = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (named && is_authority(rest.split(['/', '?', '#']).next().unwrap_or("")) && is_escaped(rest))
        .then(|| scheme.to_ascii_lowercase())
}

/// Whether the host part of a URL can be read, its port a number.
fn is_authority(text: &str) -> bool {
    let host = text.rsplit_once('@').map_or(text, |(_, h)| h);
    let port = match host.strip_prefix('[') {
        Some(v6) => match v6.split_once(']') {
            Some((ip, rest)) if is_ip(ip) => rest,
            _ => return false,
        },
        None => match host.split_once(':') {
            Some((_, port)) => return port.bytes().all(|b| b.is_ascii_digit()),
            None => "",
        },
    };
    let named = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    named && !host.contains([' ', '<', '>', '"', '\\', '^', '`', '{', '|', '}'])
}

/// Whether every `%` of a URL is followed by two hexadecimal digits, and nothing in it is a control character.
fn is_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    let path = text.split('?').next().unwrap_or(text).len();
    bytes.iter().enumerate().all(|(i, b)| match b {
        b'%' if i < path => hex(i + 1) && hex(i + 2),
        b' ' => i > text.find('/').unwrap_or(text.len()),
        _ => *b >= 0x20 && *b != 0x7f,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for good in ["reviews", "reviews.default.svc.cluster.local", "istio.io.", "A.b", "1.a"] {
            assert_eq!(host_fault(good), None, "{good}");
        }
        for bad in ["", "a..b", "foo.ba!r", "a_b", "1.2.3.4", "*.a", "-a", "a.7", ".a"] {
            assert!(host_fault(bad).is_some(), "{bad}");
        }
        for good in ["*", "*.a.com", "*-x.com", "*x.com", "a"] {
            assert_eq!(wildcard_host_fault(good), None, "{good}");
        }
        for bad in ["foo.*.com", "a*.com", "**.com", "*.*.com", "*.1", "*-"] {
            assert!(wildcard_host_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn stand_ins_are_no_hosts_to_judge() {
        assert!(is_stand_in("./a.MY_NAMESPACE.svc") && is_stand_in("JWKS_URI") && is_stand_in("https://PROJECT_ID"));
        assert!(!is_stand_in("a_b") && !is_stand_in("A-B") && !is_stand_in("_") && !is_stand_in("1_2_3"));
        assert_eq!(host_fault("a.MY_NAMESPACE"), None);
    }

    #[test]
    fn addresses() {
        for good in ["10.0.0.1", "::1", "fe80::1%eth0", "2001:db8::"] {
            assert!(is_ip(good), "{good}");
        }
        for bad in ["", "10.0.0", "010.0.0.1", "a", "1.2.3.4%eth0", "1.2.3.4:80"] {
            assert!(!is_ip(bad), "{bad}");
        }
        assert!(is_ip_or_cidr("10.0.0.0/8") && is_ip_or_cidr("::/0") && is_ip_or_cidr("1.2.3.4"));
        assert!(!is_ip_or_cidr("10.0.0.0/33") && !is_ip_or_cidr("10.0.0.0/") && !is_ip_or_cidr("a/8"));
    }

    #[test]
    fn durations() {
        for (text, ns) in [
            ("1s", 1_000_000_000),
            ("1.5ms", 1_500_000),
            ("1h1m", 3_660_000_000_000),
            ("0", 0),
            ("-1s", -1_000_000_000),
            (".5s", 500_000_000),
        ] {
            assert_eq!(duration(text), Some(ns), "{text}");
        }
        for bad in ["", "1", "s", "1x", "1 s", "1.s.", "--1s", "apple", "."] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn labels_and_headers() {
        assert!(is_label_key("app.kubernetes.io/name") && is_label_key("a") && is_label_value(""));
        assert!(!is_label_key(".") && !is_label_key("") && !is_label_key("a/") && !is_label_value("~"));
        assert!(is_header_name("x-a_b") && !is_header_name("x a") && !is_header_name(""));
        for good in [
            "",
            "foo",
            "%HOSTNAME%",
            "100%%",
            "a %REQ(x-b?:path)% c",
            "%START_TIME(%Y)%",
            "%DYNAMIC_METADATA([\"a\", \"b\"])%",
        ] {
            assert_eq!(header_value_fault(good), None, "{good}");
        }
        for bad in ["abc%123", "%START_TIME%%", "a\u{1}", "%REQ(x)"] {
            assert!(header_value_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn urls() {
        assert_eq!(url_scheme("https://a.com:443/x?y").as_deref(), Some("https"));
        assert_eq!(url_scheme("HTTP://[::1]:80").as_deref(), Some("http"));
        for bad in ["foo.com", "https://foo.com:not-a-number", "1a://x", "https://a b", "https://a/%zz"] {
            assert_eq!(url_scheme(bad), None, "{bad}");
        }
    }
}
