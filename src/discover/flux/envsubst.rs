//! Flux's substitution of variables: the forms of `${…}` that its fork of `drone/envsubst` knows
//! (`github.com/fluxcd/pkg/envsubst`), on the text of one value.

/// The deepest nesting of defaults: `${A:=${B:=c}}`.
const MAX_DEPTH: u8 = 8;

/// What is known of a variable.
pub(in crate::discover) enum Known {
    /// Its value.
    Value(String),
    /// It has none: an empty text, or its default, takes its place.
    Unset,
    /// It may have one that is not in this repository: the text stays as it is.
    Unknown,
}

/// The text with its variables put in; `None` where nothing changes, or Flux would refuse it.
pub(in crate::discover) fn substitute(text: &str, lookup: &dyn Fn(&str) -> Known) -> Option<String> {
    if !text.as_bytes().contains(&b'$') {
        return None;
    }
    let out = expand(text, lookup, MAX_DEPTH)?;
    (out != text).then_some(out)
}

fn expand(text: &str, lookup: &dyn Fn(&str) -> Known, depth: u8) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match rest.as_bytes().get(1) {
            Some(b'$') => {
                // `$${x}` is a `${x}` that is meant.
                out.push('$');
                rest = &rest[2..];
                if let Some(inner) = rest.strip_prefix('{') {
                    out.push('{');
                    rest = inner;
                }
            }
            Some(b'{') => {
                let end = closing(rest)?;
                match value(&rest[2..end], lookup, depth.checked_sub(1)?) {
                    Evaluated::Text(text) => out.push_str(&text),
                    Evaluated::Unknown => out.push_str(&rest[..=end]),
                    Evaluated::Bad => return None,
                }
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('$');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Some(out)
}

enum Evaluated {
    Text(String),
    Unknown,
    /// Flux's parser refuses it.
    Bad,
}

/// The value of what stands between `${` and `}`.
fn value(inner: &str, lookup: &dyn Fn(&str) -> Known, depth: u8) -> Evaluated {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    if let Some(name) = inner.strip_prefix('#') {
        return match lookup(name) {
            _ if name.is_empty() || !name.chars().all(is_name) => Evaluated::Bad,
            Known::Value(v) => Evaluated::Text(v.len().to_string()),
            Known::Unset => Evaluated::Text("0".into()),
            Known::Unknown => Evaluated::Unknown,
        };
    }
    let end = inner.find(|c: char| !is_name(c)).unwrap_or(inner.len());
    let (name, operation) = inner.split_at(end);
    if name.is_empty() {
        return Evaluated::Bad;
    }
    let set = match lookup(name) {
        Known::Value(v) => v,
        Known::Unset => String::new(),
        Known::Unknown => return Evaluated::Unknown,
    };
    let default = [":-", ":=", ":?", ":+", "="].iter().find_map(|o| operation.strip_prefix(o));
    if let Some(default) = default {
        if !set.is_empty() {
            return Evaluated::Text(set);
        }
        return expand(default, lookup, depth).map_or(Evaluated::Bad, Evaluated::Text);
    }
    operate(set, operation).map_or(Evaluated::Bad, Evaluated::Text)
}

/// `^^`, `:2:3`, `#prefix`, `/old/new`, …
fn operate(value: String, operation: &str) -> Option<String> {
    let first = |f: fn(char) -> String| {
        let mut chars = value.chars();
        chars.next().map(|c| f(c) + chars.as_str()).unwrap_or_default()
    };
    Some(match operation {
        "" => value,
        "^" => first(|c| c.to_uppercase().to_string()),
        "^^" => value.to_uppercase(),
        "," => first(|c| c.to_lowercase().to_string()),
        ",," => value.to_lowercase(),
        _ => {
            if let Some(part) = operation.strip_prefix(':') {
                return Some(part_of(&value, part));
            }
            if let Some(pattern) = operation.strip_prefix("//") {
                let (old, new) = pattern.split_once('/')?;
                return Some(if old.is_empty() { value } else { value.replace(old, new) });
            }
            if let Some(pattern) = operation.strip_prefix("/#") {
                let (old, new) = pattern.split_once('/')?;
                return Some(value.strip_prefix(old).map(|v| format!("{new}{v}")).unwrap_or(value));
            }
            if let Some(pattern) = operation.strip_prefix("/%") {
                let (old, new) = pattern.split_once('/')?;
                return Some(value.strip_suffix(old).map(|v| format!("{v}{new}")).unwrap_or(value));
            }
            if let Some(pattern) = operation.strip_prefix('/') {
                let (old, new) = pattern.split_once('/')?;
                return Some(value.replacen(old, new, 1));
            }
            let (is_prefix, rest) = match (operation.strip_prefix('#'), operation.strip_prefix('%')) {
                (Some(rest), _) => (true, rest),
                (_, Some(rest)) => (false, rest),
                _ => return None,
            };
            let sign = if is_prefix { '#' } else { '%' };
            let (longest, pattern) = rest.strip_prefix(sign).map_or((false, rest), |p| (true, p));
            trim(&value, pattern, is_prefix, longest)
        }
    })
}

/// `2:3`: a part of a text, by bytes; negative numbers count from the end.
fn part_of(value: &str, part: &str) -> String {
    let (from, length) = part.split_once(':').map_or((part, None), |(f, l)| (f, Some(l)));
    let size = value.len() as i64;
    let Ok(from) = from.trim().parse::<i64>() else { return value.into() };
    let from = if from < 0 { (size + from).max(0) } else { from.min(size) };
    let to = match length.map(|l| l.trim().parse::<i64>()) {
        None => size,
        Some(Err(_)) => return value.into(),
        Some(Ok(length)) if length < 0 => size + length,
        Some(Ok(length)) => from.saturating_add(length).min(size),
    };
    value.get(from as usize..to.max(from) as usize).unwrap_or_default().into()
}

/// The value without what a pattern (`*`, `?`) matches at one of its ends.
fn trim(value: &str, pattern: &str, is_prefix: bool, longest: bool) -> String {
    let cuts: Vec<usize> = value.char_indices().map(|(i, _)| i).chain([value.len()]).take(1000).collect();
    let matches = |cut: &usize| {
        let part = if is_prefix { &value[..*cut] } else { &value[*cut..] };
        !part.is_empty() && glob(pattern.as_bytes(), part.as_bytes())
    };
    let shortest_first: Box<dyn Iterator<Item = &usize>> =
        if is_prefix == longest { Box::new(cuts.iter().rev()) } else { Box::new(cuts.iter()) };
    let mut candidates = shortest_first.filter(|c| matches(c));
    match candidates.next() {
        Some(&cut) if is_prefix => value[cut..].into(),
        Some(&cut) => value[..cut].into(),
        None => value.into(),
    }
}

/// Whether a pattern of `*`, `?` and plain characters matches all of a text.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((at, from)) => {
                    *from += 1;
                    p = *at + 1;
                    t = *from;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// The longest `${…}` that is looked for.
const MAX_LENGTH: usize = 4096;

/// The index of the `}` that closes the `${` at the start.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 1u32;
    let mut i = 2;
    while i < bytes.len().min(MAX_LENGTH) {
        match bytes[i] {
            b'$' if bytes.get(i + 1) == Some(&b'{') => {
                depth += 1;
                i += 1;
            }
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Option<String> {
        substitute(text, &|name| match name {
            "a" => Known::Value("Abc-dEf".into()),
            "empty" => Known::Value(String::new()),
            "later" => Known::Unknown,
            _ => Known::Unset,
        })
    }

    #[test]
    fn the_forms_that_flux_knows() {
        for (text, expected) in [
            ("${a}", "Abc-dEf"),
            ("x ${a} y ${a}", "x Abc-dEf y Abc-dEf"),
            ("${none}", ""),
            ("${none:-d}", "d"),
            ("${none:=d e}", "d e"),
            ("${empty:=d}", "d"),
            ("${none=d}", "d"),
            ("${a:-d}", "Abc-dEf"),
            ("${none:-${a}}", "Abc-dEf"),
            ("${none:-x${none:-y}z}", "xyz"),
            ("${#a}", "7"),
            ("${a^^}", "ABC-DEF"),
            ("${a,,}", "abc-def"),
            ("${a,}", "abc-dEf"),
            ("${a:1}", "bc-dEf"),
            ("${a:1:2}", "bc"),
            ("${a: -2}", "Ef"),
            ("${a/c/x}", "Abx-dEf"),
            ("${a//b/}", "Ac-dEf"),
            ("${a/#A/x}", "xbc-dEf"),
            ("${a/%f/x}", "Abc-dEx"),
            ("${a#A*c}", "-dEf"),
            ("${a##*-}", "dEf"),
            ("${a%-*}", "Abc"),
            ("$${a}", "${a}"),
        ] {
            assert_eq!(with(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_rest_stays() {
        for text in ["", "$a", "a$", "${later}", "${later:-x}", "${a-b}", "${", "${a", "${!a}", "$(a)"] {
            assert_eq!(with(text), None, "{text}");
        }
    }

    #[test]
    fn hostile_text_ends() {
        assert_eq!(with(&"${".repeat(100_000)), None);
        assert_eq!(with(&("${none:-".repeat(1000) + &"}".repeat(1000))), None);
    }
}
