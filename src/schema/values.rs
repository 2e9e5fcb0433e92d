//! Bounds of single values: enumerations, ranges, lengths, patterns, formats, lists without repeats.

use rustc_hash::FxHashSet;

use super::problem::{one_of, quoted};
use super::{Problems, Schema, forms};
use crate::model::read::unknown;
use crate::yaml::{Node, Scalar};

/// Checks a scalar of the right type.
pub(super) fn scalar(node: Node<'_>, text: &str, value: Scalar<'_>, schema: &Schema, out: &mut Problems) {
    let Some(limits) = schema.limits.as_deref() else { return };
    match value {
        Scalar::Null => {}
        _ if !limits.values.is_empty() => {
            if !limits.values.iter().any(|v| **v == *text) {
                enumeration(node, text, &limits.values, out);
            }
        }
        Scalar::Int(n) => number(node, n as f64, schema, out),
        Scalar::Float(f) => number(node, f, schema, out),
        Scalar::Str(text) => string(node, text, schema, out),
        Scalar::Bool(_) => {}
    }
}

fn enumeration(node: Node<'_>, text: &str, values: &[Box<str>], out: &mut Problems) {
    let problem = out.at(node, format!("is {}, but has to be {}", quoted(text), one_of(values)));
    if let Some(meant) = values.iter().find(|v| v.eq_ignore_ascii_case(text)) {
        problem.help(format!("write `{meant}`: case matters"));
    } else if let Some(meant) = values.iter().find(|v| strsim::damerau_levenshtein(v, text) == 1) {
        problem.help(format!("did you mean `{meant}`?"));
    }
}

fn number(node: Node<'_>, n: f64, schema: &Schema, out: &mut Problems) {
    let Some(limits) = schema.limits.as_deref() else { return };
    let of_format = match limits.format.as_deref() {
        Some("int32") => Some((f64::from(i32::MIN), f64::from(i32::MAX))),
        Some("int64") => Some((i64::MIN as f64, i64::MAX as f64)),
        _ => None,
    };
    let least = limits.minimum.or(of_format.map(|(least, _)| least));
    let most = limits.maximum.or(of_format.map(|(_, most)| most));
    let (from, to) = limits.exclusive;
    let low = least.is_some_and(|l| n < l || (from && n == l));
    let high = most.is_some_and(|m| n > m || (to && n == m));
    if !low && !high {
        return;
    }
    let range = match (least, most) {
        (Some(l), Some(m)) if !from && !to => format!("from {l} to {m}"),
        (Some(l), _) if low => format!("{} {l}", if from { "greater than" } else { "at least" }),
        (_, Some(m)) => format!("{} {m}", if to { "less than" } else { "at most" }),
        _ => return,
    };
    out.at(node, format!("is {n}, but has to be {range}"));
}

fn string(node: Node<'_>, text: &str, schema: &Schema, out: &mut Problems) {
    let Some(limits) = schema.limits.as_deref() else { return };
    // A length in bytes is never less than the one in characters.
    let length =
        if limits.least.is_some() || limits.most.is_some_and(|m| text.len() > m) { text.chars().count() } else { 0 };
    if let Some(least) = limits.least.filter(|l| length < *l) {
        let says = if text.is_empty() {
            "is empty, and must not be".into()
        } else {
            format!("is {}, which has {length} characters, and at least {least} are required", quoted(text))
        };
        out.at(node, says);
    } else if let Some(most) = limits.most.filter(|m| length > *m) {
        out.at(node, format!("is {}, which has {length} characters, and at most {most} are allowed", quoted(text)));
    } else if let Some(pattern) = limits.pattern.as_ref().filter(|p| !p.matches(text) && !forms::is_stand_in(text)) {
        out.at(node, format!("is {}, which does not match `{}`", quoted(text), pattern.text));
    } else {
        format(node, text, limits.format.as_deref().unwrap_or_default(), out);
    }
}

/// The formats that the API server checks, as far as they matter here.
fn format(node: Node<'_>, text: &str, name: &str, out: &mut Problems) {
    let fits = match name {
        "duration" => return duration(node, text, out),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "cidr" => text.contains('/') && forms::is_ip_or_cidr(text),
        _ => true,
    };
    if !fits && !forms::is_stand_in(text) {
        out.at(node, format!("is {}, which is no {name}", quoted(text)));
    }
}

fn duration(node: Node<'_>, text: &str, out: &mut Problems) {
    match forms::duration(text) {
        None => {
            let problem = out.at(node, format!("is {}, which is no duration", quoted(text)));
            if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
                problem.help(format!("write the unit: `{text}s` or `{text}ms`"));
            } else {
                problem.help("a duration has a unit: `300ms`, `5s`, `1h30m`");
            }
        }
        Some(ns) if ns < MILLISECOND => out.say(node, format!("is `{text}`, but has to be 1ms at least")),
        Some(ns) if ns % MILLISECOND != 0 => out.say(node, format!("is `{text}`, but Istio counts whole milliseconds")),
        Some(_) => {}
    }
}

/// In nanoseconds.
const MILLISECOND: i128 = 1_000_000;

/// Checks how many items or fields there are.
pub(super) fn size(node: Node<'_>, count: usize, what: &str, schema: &Schema, out: &mut Problems) {
    let Some(limits) = schema.limits.as_deref() else { return };
    let s = if count == 1 { "" } else { "s" };
    if let Some(least) = limits.least.filter(|l| count < *l) {
        let is = if least == 1 { "is" } else { "are" };
        out.at(node, format!("has {count} {what}{s}, and at least {least} {is} required"));
    } else if let Some(most) = limits.most.filter(|m| count > *m) {
        out.at(node, format!("has {count} {what}{s}, and at most {most} are allowed"));
    }
}

/// Checks that no item of a list stands there twice.
pub(super) fn distinct(node: Node<'_>, count: usize, schema: &Schema, out: &mut Problems) {
    let Some(limits) = schema.limits.as_deref() else { return };
    if count < 2 || limits.keys.is_empty() && !limits.set {
        return;
    }
    let mut seen: FxHashSet<String> = FxHashSet::default();
    for item in node.items() {
        let said: Option<Vec<&str>> = match limits.set {
            true => item.text().map(|t| vec![t]),
            false => limits.keys.iter().map(|k| item.get(k).map_or(Some(""), |v| v.text())).collect(),
        };
        let Some(said) = said.filter(|s| !s.iter().any(|t| unknown(t))) else { continue };
        if !seen.insert(said.join("\0")) {
            let by: Vec<String> = if limits.set {
                vec![quoted(said[0])]
            } else {
                limits.keys.iter().zip(&said).map(|(k, v)| format!("`{k}` {}", quoted(v))).collect()
            };
            out.at(item, format!("repeats {}, which another item of the list has", by.join(" and ")));
        }
    }
}
