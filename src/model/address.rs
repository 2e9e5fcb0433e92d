//! Addresses and ranges of addresses, IPv4 and IPv6.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnetwork::IpNetwork;

/// What a text in the place of an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// An IP or a CIDR.
    Range(Range),
    /// It holds a placeholder.
    Unknown,
    /// Neither: it cannot be an address.
    Invalid,
}

/// The addresses from one to another, as a CIDR covers them; a single address is a range of one.
///
/// Two such ranges are either apart, or one contains the other. Sorted, a range stands before those inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    is_v6: bool,
    start: u128,
    prefix: u8,
}

impl Address {
    /// Reads a text as Istio reads an address of a ServiceEntry: an IP, or a CIDR with a prefix length.
    pub fn read(text: &str) -> Self {
        if super::read::unknown(text) {
            return Address::Unknown;
        }
        let (ip, prefix) = match text.split_once('/') {
            Some((ip, prefix)) => (ip, Some(prefix)),
            None => (text, None),
        };
        let Ok(ip) = ip.parse::<IpAddr>() else { return Address::Invalid };
        let longest = if ip.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            // No sign, no netmask, no leading zero.
            Some(p) if p.bytes().all(|b| b.is_ascii_digit()) && (p == "0" || !p.starts_with('0')) => {
                let Some(p) = p.parse().ok().filter(|p| *p <= longest) else { return Address::Invalid };
                p
            }
            Some(_) => return Address::Invalid,
        };
        Address::Range(Range::new(ip, prefix))
    }

    /// The range, where it is one.
    pub fn range(self) -> Option<Range> {
        if let Address::Range(range) = self { Some(range) } else { None }
    }
}

impl Range {
    /// The range of that CIDR.
    pub fn new(ip: IpAddr, prefix: u8) -> Self {
        let (is_v6, bits) = match ip {
            IpAddr::V4(ip) => (false, u128::from(ip.to_bits())),
            IpAddr::V6(ip) => (true, ip.to_bits()),
        };
        Self::masked(is_v6, bits, prefix)
    }

    /// A range of IPv4 addresses.
    pub const fn v4(ip: [u8; 4], prefix: u8) -> Self {
        Self::masked(false, u32::from_be_bytes(ip) as u128, prefix)
    }

    /// A range of IPv6 addresses, by the first four groups of its first one.
    pub const fn v6(groups: [u16; 4], prefix: u8) -> Self {
        let [a, b, c, d] = groups;
        let high = ((a as u128) << 48) | ((b as u128) << 32) | ((c as u128) << 16) | d as u128;
        Self::masked(true, high << 64, prefix)
    }

    const fn masked(is_v6: bool, bits: u128, prefix: u8) -> Self {
        let range = Self { is_v6, start: bits, prefix };
        Self { start: bits & !range.rest(), ..range }
    }

    /// The bits that the prefix leaves open.
    const fn rest(&self) -> u128 {
        let open = (if self.is_v6 { 128 } else { 32 }) - self.prefix;
        if open == 128 { u128::MAX } else { (1 << open) - 1 }
    }

    fn last(&self) -> u128 {
        self.start | self.rest()
    }

    /// Whether `other` lies in this range.
    pub fn contains(&self, other: &Range) -> bool {
        self.is_v6 == other.is_v6 && self.start <= other.start && other.last() <= self.last()
    }

    /// Whether the two have an address in common.
    pub fn overlaps(&self, other: &Range) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// Whether it is one of these, or lies in one.
    pub fn is_in(&self, ranges: &[Range]) -> bool {
        ranges.iter().any(|r| r.contains(self))
    }

    /// Whether it is a single address.
    pub fn is_single(&self) -> bool {
        self.rest() == 0
    }

    /// The single address behind it.
    pub fn after(&self) -> Option<Range> {
        let next = self.last().checked_add(1)?;
        let (longest, most) = if self.is_v6 { (128, u128::MAX) } else { (32, u128::from(u32::MAX)) };
        (next <= most).then_some(Self { is_v6: self.is_v6, start: next, prefix: longest })
    }

    /// The range itself and each wider one that contains it, the narrowest first.
    pub fn and_wider(self) -> impl Iterator<Item = Range> {
        (0..=self.prefix).rev().map(move |prefix| Self::masked(self.is_v6, self.start, prefix))
    }

    /// Whether it ends in `.0` or `.255`, which people keep free.
    pub fn is_edge(&self) -> bool {
        !self.is_v6 && matches!(self.start & 0xff, 0 | 0xff)
    }
}

impl From<IpNetwork> for Range {
    fn from(network: IpNetwork) -> Self {
        Self::new(network.ip(), network.prefix())
    }
}

impl Ord for Range {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.is_v6, self.start, self.prefix).cmp(&(other.is_v6, other.start, other.prefix))
    }
}

impl PartialOrd for Range {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_v6 {
            write!(f, "{}", Ipv6Addr::from_bits(self.start))?;
        } else {
            write!(f, "{}", Ipv4Addr::from_bits(self.start as u32))?;
        }
        if self.is_single() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        Address::read(text).range().unwrap_or(Range::v4([0; 4], 0))
    }

    #[test]
    fn reads_what_istio_reads() {
        for text in ["240.0.0.2", "240.0.0.0/24", "240.0.0.7/24", "fd00::1", "fd00::/64", "0.0.0.0/0", "::/0"] {
            assert!(matches!(Address::read(text), Address::Range(_)), "{text}");
        }
        for text in [
            "",
            "240.0.0",
            "240.0.0.256",
            "240.0.0.02",
            "10/8",
            "240.0.0.0/33",
            "240.0.0.0/255.0.0.0",
            "240.0.0.0/+8",
            "240.0.0.0/08",
            "240.0.0.2:80",
            "[fd00::1]",
            "reviews.default",
        ] {
            assert_eq!(Address::read(text), Address::Invalid, "{text}");
        }
        assert_eq!(Address::read("${VIP}"), Address::Unknown);
    }

    #[test]
    fn ranges_are_apart_or_inside_one_another() {
        assert!(range("240.0.0.0/24").contains(&range("240.0.0.2")));
        assert!(range("240.0.0.7/24").contains(&range("240.0.0.0/24")));
        assert!(!range("240.0.0.2").contains(&range("240.0.0.0/24")));
        assert!(range("240.0.0.2").overlaps(&range("240.0.0.0/24")));
        assert!(!range("0.0.0.0/0").overlaps(&range("::1")));
        assert!(range("::/0").contains(&range("fd00::/8")));
        let mut all = [range("240.0.0.2"), range("fd00::1"), range("240.0.0.0/24"), range("240.0.0.0/16")];
        all.sort();
        let shown: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["240.0.0.0/16", "240.0.0.0/24", "240.0.0.2", "fd00::1"]);
    }

    #[test]
    fn the_address_behind() {
        assert_eq!(range("240.0.0.0/24").after(), Some(range("240.0.1.0")));
        assert_eq!(range("255.255.255.255").after(), None);
        assert_eq!(range("::/0").after(), None);
        let wider: Vec<String> = range("240.0.0.6/31").and_wider().take(3).map(|r| r.to_string()).collect();
        assert_eq!(wider, ["240.0.0.6/31", "240.0.0.4/30", "240.0.0.0/29"]);
        assert!(range("240.0.1.0").is_edge() && !range("240.0.1.1").is_edge());
    }
}
