//! Templates of an ApplicationSet: `{{param}}`, and what is common of Go's templates.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/> and …/GoTemplate/

use super::generators::Parameters;

/// The longest text that a template makes: parameters may be long, and stand in it often.
const MAX_TEXT: usize = 1 << 20;

/// The most brackets in one expression.
const MAX_BRACKETS: usize = 32;

/// A text with its parameters put in; an error names the expression that meshlint does not know.
pub(super) fn render(text: &str, parameters: &Parameters, go: bool) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let Some(end) = rest[at..].find("}}").map(|e| at + e) else { break };
        let mut before = &rest[..at];
        let mut inner = &rest[at + 2..end];
        let mut after = &rest[end + 2..];
        if go {
            if let Some(trimmed) = inner.strip_prefix("- ") {
                (before, inner) = (before.trim_end(), trimmed);
            }
            if let Some(trimmed) = inner.strip_suffix(" -") {
                (inner, after) = (trimmed, after.trim_start());
            }
        }
        out.push_str(before);
        let whole = &rest[at..end + 2];
        match (go, parameters.get(inner.trim())) {
            (false, Some(parameter)) => out.push_str(&parameter.value),
            // Unknown ones stay, and are found wherever they matter.
            (false, None) => out.push_str(whole),
            (true, _) => out.push_str(&pipeline(inner, parameters).ok_or_else(|| cut(whole))?),
        }
        if out.len() > MAX_TEXT {
            return Err(cut(whole));
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// An expression, short enough to be shown.
fn cut(expression: &str) -> String {
    match expression.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &expression[..end]),
        None => expression.into(),
    }
}

fn pipeline(inner: &str, parameters: &Parameters) -> Option<String> {
    if inner.bytes().filter(|b| *b == b'(').count() > MAX_BRACKETS {
        return None;
    }
    let mut value: Option<String> = None;
    for part in split(inner, '|') {
        value = Some(call(&words(part.trim())?, value, parameters)?);
    }
    value
}

/// One call: a field, a text, or a function with its arguments, the value of the call before it last.
fn call(words: &[String], piped: Option<String>, parameters: &Parameters) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let argument = |word: &String| -> Option<String> {
        if let Some(text) = word.strip_prefix('"').and_then(|w| w.strip_suffix('"')) {
            return Some(text.replace("\\\"", "\"").replace("\\\\", "\\"));
        }
        if let Some(text) = word.strip_prefix('`').and_then(|w| w.strip_suffix('`')) {
            return Some(text.into());
        }
        if let Some(inner) = word.strip_prefix('(').and_then(|w| w.strip_suffix(')')) {
            return pipeline(inner, parameters);
        }
        if let Some(name) = word.strip_prefix('.') {
            return Some(parameters.get(name).map_or_else(|| "<no value>".into(), |p| p.value.clone()));
        }
        word.parse::<i64>().ok().map(|n| n.to_string())
    };
    if rest.is_empty() && piped.is_none() {
        return argument(first);
    }
    if first == "index" {
        let (list, keys) = rest.split_first()?;
        let name = keys.iter().try_fold(list.strip_prefix('.')?.to_string(), |name, key| {
            Some(match key.parse::<usize>() {
                Ok(n) => format!("{name}[{n}]"),
                Err(_) => format!("{name}.{}", argument(key)?),
            })
        })?;
        return parameters.get(&name).map(|p| p.value.clone());
    }
    let mut arguments: Vec<String> = rest.iter().map(argument).collect::<Option<_>>()?;
    arguments.extend(piped);
    let last = arguments.last()?.clone();
    Some(match (first.as_str(), &arguments[..]) {
        ("lower", [s]) => s.to_lowercase(),
        ("upper", [s]) => s.to_uppercase(),
        ("trim", [s]) => s.trim().into(),
        ("quote", [s]) => format!("\"{s}\""),
        ("squote", [s]) => format!("'{s}'"),
        ("trimPrefix", [p, s]) => s.strip_prefix(p.as_str()).unwrap_or(s).into(),
        ("trimSuffix", [p, s]) => s.strip_suffix(p.as_str()).unwrap_or(s).into(),
        ("replace", [a, b, s]) => {
            let times = s.matches(a.as_str()).count();
            (times.saturating_mul(b.len()) <= MAX_TEXT && s.len() <= MAX_TEXT).then(|| s.replace(a.as_str(), b))?
        }
        ("default", [d, s]) => {
            if s.is_empty() || s == "<no value>" {
                d.clone()
            } else {
                s.clone()
            }
        }
        ("normalize" | "slugify", [s]) => normalize(s),
        ("toString", [s]) => s.clone(),
        ("trunc", [n, s]) => s.chars().take(n.parse().ok()?).collect(),
        ("printf" | "print", [format, values @ ..]) if first == "printf" => printf(format, values)?,
        ("print", all) => all.concat(),
        ("base", [_]) => last.rsplit('/').next().unwrap_or_default().into(),
        ("dir", [_]) => last.rsplit_once('/').map_or(".", |(d, _)| d).into(),
        _ => return None,
    })
}

fn printf(format: &str, values: &[String]) -> Option<String> {
    let mut values = values.iter();
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => match chars.next()? {
                's' | 'v' | 'd' => out.push_str(values.next()?),
                '%' => out.push('%'),
                _ => return None,
            },
            c => out.push(c),
        }
    }
    Some(out)
}

/// A name that Kubernetes takes, made of any text (`SanitizeName` of Argo CD).
pub(super) fn normalize(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(plain).take(253).collect();
    name.trim_matches(['-', '.']).into()
}

/// The words of a call; quoted texts and brackets are one each.
fn words(text: &str) -> Option<Vec<String>> {
    let words = split(text, ' ');
    Some(words.into_iter().map(str::trim).filter(|w| !w.is_empty()).map(str::to_string).collect())
}

/// Splits where a separator is in no quotes and no brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0u32, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, c) if c == separator && depth == 0 => {
                parts.push(&text[start..i]);
                start = i + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::super::generators::Parameter;
    use super::*;

    fn with(text: &str, go: bool) -> Result<String, String> {
        let pairs = [("name", "East 1"), ("path.basename", "shop"), ("path.segments[1]", "apps"), ("a.b", "x")];
        let of = |(k, v): (&str, &str)| (k.to_string(), Parameter { value: v.into(), place: None });
        render(text, &pairs.into_iter().map(of).collect(), go)
    }

    #[test]
    fn plain_templates() {
        assert_eq!(with("{{path.basename}}-{{ name }}", false).as_deref(), Ok("shop-East 1"));
        assert_eq!(with("{{other}}", false).as_deref(), Ok("{{other}}"));
        assert_eq!(with("{{", false).as_deref(), Ok("{{"));
    }

    #[test]
    fn go_templates() {
        for (text, expected) in [
            ("{{.path.basename}}", "shop"),
            ("{{ index .path.segments 1 }}-x", "apps-x"),
            ("{{ .name | lower | replace \" \" \"-\" }}", "east-1"),
            ("{{ normalize .name }}", "east-1"),
            ("{{ default \"d\" .none }}", "d"),
            ("{{ printf \"%s/%s\" .a.b .path.basename }}", "x/shop"),
            ("{{ (lower .name) | trimPrefix \"east \" }}", "1"),
            ("a {{- .a.b -}} b", "axb"),
        ] {
            assert_eq!(with(text, true).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(with("{{ range .x }}", true), Err("{{ range .x }}".into()));
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let long = "{{.name}}".repeat(MAX_TEXT / 5);
        assert!(with(&long, true).is_err());
        let grows = "| replace \"a\" \"aaaaaaaaaaaaaaaa\" ".repeat(20);
        assert!(with(&format!("{{{{ .name {grows}}}}}"), true).is_err());
        let deep = format!("{{{{ {}.name{} }}}}", "(".repeat(50_000), ")".repeat(50_000));
        let said = with(&deep, true).unwrap_err();
        assert!(said.starts_with("{{ (((") && said.ends_with("(…"), "{}", said.len());
    }
}
