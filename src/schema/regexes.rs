//! Whether a regular expression is one of RE2, the syntax that Istio and Envoy take.
//!
//! Source: the syntax of RE2 as Go's `regexp/syntax` reads it. It is only read, never run; another engine would take
//! look-around or refuse a lone `{`.

use std::collections::HashSet;

/// The longest expression that Istio takes.
const LONGEST: usize = 1024;
/// The greatest number in `{n,m}`.
const MOST_REPEATS: u32 = 1000;

/// Why a text is no regular expression; `None` where it is one.
pub(super) fn fault(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return Some(format!("has {} characters, and a regular expression may have {LONGEST}", text.len()));
    }
    Reader { rest: text, names: HashSet::new() }.all().err().map(|e| format!("is no regular expression of RE2: {e}"))
}

type Step = Result<(), String>;

struct Reader<'t> {
    rest: &'t str,
    names: HashSet<&'t str>,
}

/// What stands before a place: whether it can be repeated.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Something,
    Repeat,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, prefix: &str) -> bool {
        self.rest.strip_prefix(prefix).map(|r| self.rest = r).is_some()
    }

    fn all(&mut self) -> Step {
        let mut depth = 0u32;
        let mut before = Before::Nothing;
        while let Some(c) = self.next() {
            match c {
                '(' => {
                    if self.take("?") && !self.group()? {
                        continue;
                    }
                    depth += 1;
                    before = Before::Nothing;
                }
                ')' => {
                    depth = depth.checked_sub(1).ok_or("a `)` closes nothing")?;
                    before = Before::Something;
                }
                '|' => before = Before::Nothing,
                '*' | '+' | '?' => before = self.repeat(c.to_string(), before)?,
                '{' => match self.counts()? {
                    Some(written) => before = self.repeat(written, before)?,
                    None => before = Before::Something,
                },
                '[' => {
                    self.class()?;
                    before = Before::Something;
                }
                '\\' => {
                    self.outside_class()?;
                    before = Before::Something;
                }
                _ => before = Before::Something,
            }
        }
        if depth > 0 { Err("a `(` is not closed".into()) } else { Ok(()) }
    }

    /// What follows `(?`; `false` where that is flags alone: `(?i)`.
    fn group(&mut self) -> Result<bool, String> {
        if self.take("P<")
            || (self.rest.starts_with('<')
                && !self.rest.starts_with("<=")
                && !self.rest.starts_with("<!")
                && self.take("<"))
        {
            let end = self.rest.find('>').ok_or("the name of a group is not closed by `>`")?;
            let name = &self.rest[..end];
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return Err(format!("`{name}` is no name of a group"));
            }
            if !self.names.insert(name) {
                return Err(format!("two groups are called `{name}`"));
            }
            self.rest = &self.rest[end + 1..];
            return Ok(true);
        }
        let end = self.rest.find([':', ')']);
        match end.map(|e| (&self.rest[..e], self.rest.as_bytes()[e])) {
            Some((flags, close))
                if flags.chars().all(|c| "imsU-".contains(c))
                    && flags.matches('-').count() < 2
                    && !flags.ends_with('-') =>
            {
                self.rest = &self.rest[flags.len() + 1..];
                Ok(close == b':')
            }
            _ => {
                let kind: String = self.rest.chars().take(if self.rest.starts_with('<') { 2 } else { 1 }).collect();
                Err(format!("`(?{kind}` is of Perl, and RE2 has no look-around"))
            }
        }
    }

    fn repeat(&mut self, written: String, before: Before) -> Result<Before, String> {
        match before {
            Before::Nothing => Err(format!("there is nothing before `{written}` to repeat")),
            Before::Repeat => Err(format!("`{written}` follows another repetition")),
            Before::Something => {
                self.take("?");
                Ok(Before::Repeat)
            }
        }
    }

    /// `{n}`, `{n,}`, `{n,m}`; `None` where the brace stands for itself.
    fn counts(&mut self) -> Result<Option<String>, String> {
        let Some(end) = self.rest.find('}') else { return Ok(None) };
        let inner = &self.rest[..end];
        let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(least) || !(most.is_empty() && inner.contains(',') || digits(most)) {
            return Ok(None);
        }
        let count = |t: &str| t.parse::<u32>().unwrap_or(u32::MAX);
        let (from, to) = (count(least), if most.is_empty() { None } else { Some(count(most)) });
        if from > MOST_REPEATS || to.is_some_and(|t| t > MOST_REPEATS || t < from) {
            return Err(format!(
                "`{{{inner}}}` repeats more than {MOST_REPEATS} times, or less often at most than at least"
            ));
        }
        self.rest = &self.rest[end + 1..];
        Ok(Some(format!("{{{inner}}}")))
    }

    /// What follows a `\` outside of brackets.
    fn outside_class(&mut self) -> Step {
        match self.rest.chars().next() {
            Some('Q') => {
                self.rest = self.rest.split_once("\\E").map_or("", |(_, after)| after);
                Ok(())
            }
            Some('A' | 'b' | 'B' | 'z') => {
                self.next();
                Ok(())
            }
            _ => self.escape_or_class(),
        }
    }

    fn escape_or_class(&mut self) -> Step {
        match self.rest.chars().next() {
            Some('d' | 'D' | 's' | 'S' | 'w' | 'W') => {
                self.next();
                Ok(())
            }
            Some('p' | 'P') => {
                self.next();
                self.unicode()
            }
            _ => self.escape().map(|_| ()),
        }
    }

    fn unicode(&mut self) -> Step {
        let invalid = || "`\\p` is followed by no name of a class: `\\pL`, `\\p{Greek}`".to_string();
        match self.next() {
            Some('{') => {
                let end = self.rest.find('}').ok_or_else(invalid)?;
                let name = self.rest[..end].trim_start_matches('^');
                if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                    return Err(invalid());
                }
                self.rest = &self.rest[end + 1..];
                Ok(())
            }
            Some(c) if c.is_ascii_uppercase() => Ok(()),
            _ => Err(invalid()),
        }
    }

    /// What follows a `\` that stands for one character.
    fn escape(&mut self) -> Result<u32, String> {
        let c = self.next().ok_or("it ends in a lone `\\`")?;
        let octal = |r: &Self| r.rest.starts_with(|c: char| ('0'..='7').contains(&c));
        match c {
            '1'..='7' if !octal(self) => Err(format!("`\\{c}` refers back to a group, which RE2 cannot")),
            '0'..='7' => {
                let mut n = u32::from(c) - u32::from('0');
                for _ in 0..2 {
                    if octal(self) {
                        n = n * 8 + self.next().and_then(|c| c.to_digit(8)).unwrap_or(0);
                    }
                }
                Ok(n)
            }
            'x' => {
                let hex = if self.take("{") {
                    let end = self.rest.find('}').ok_or("`\\x{` is not closed")?;
                    let hex = &self.rest[..end];
                    self.rest = &self.rest[end + 1..];
                    hex
                } else {
                    let hex = self.rest.get(..2).ok_or("`\\x` is followed by two hexadecimal digits")?;
                    self.rest = &self.rest[2..];
                    hex
                };
                let n = u32::from_str_radix(hex, 16).ok().filter(|n| *n <= 0x10_ffff && !hex.starts_with('+'));
                n.ok_or_else(|| format!("`{hex}` is no hexadecimal number of a character"))
            }
            'a' => Ok(7),
            'f' => Ok(12),
            'n' => Ok(10),
            'r' => Ok(13),
            't' => Ok(9),
            'v' => Ok(11),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c.into()),
            _ => Err(format!("`\\{c}` stands for nothing")),
        }
    }

    /// What follows `[`.
    fn class(&mut self) -> Step {
        self.take("^");
        let mut first = true;
        loop {
            if self.rest.is_empty() {
                return Err("a `[` is not closed".into());
            }
            if !first && self.take("]") {
                return Ok(());
            }
            first = false;
            if self.rest.starts_with("[:")
                && let Some(end) = self.rest[2..].find(":]")
            {
                let name = self.rest[2..2 + end].trim_start_matches('^');
                if !POSIX.contains(&name) {
                    return Err(format!("`[:{name}:]` is no class"));
                }
                self.rest = &self.rest[end + 4..];
                continue;
            }
            if let Some(after) = self.rest.strip_prefix('\\')
                && after.starts_with(['d', 'D', 's', 'S', 'w', 'W', 'p', 'P'])
            {
                self.rest = after;
                self.escape_or_class()?;
                continue;
            }
            let low = self.class_character()?;
            if self.rest.starts_with('-') && self.rest.len() > 1 && !self.rest[1..].starts_with(']') {
                self.rest = &self.rest[1..];
                let high = self.class_character()?;
                if high < low {
                    return Err("a range in `[…]` runs backwards".into());
                }
            }
        }
    }

    fn class_character(&mut self) -> Result<u32, String> {
        match self.next() {
            Some('\\') => self.escape(),
            Some(c) => Ok(c.into()),
            None => Err("a `[` is not closed".into()),
        }
    }
}

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn what_re2_takes() {
        for good in [
            "",
            "^/api/v[0-9]+/.*$",
            "a{2,3}",
            "/api/{id}",
            "(?i)foo",
            "(?i:foo)",
            "(?P<n>a)(?<m>b)",
            "[\\w-.]",
            "[]a]",
            "[^]]",
            "\\Q(*\\E",
            "\\pL\\p{Greek}",
            "[[:alpha:]-]",
            "a*?",
            "x|",
            "()",
            "^*",
            "\\/\\_",
            "[a",
            "\\x41\\x{1F600}",
            "\\012",
            "[[a]",
        ] {
            let expected = good == "[a";
            assert_eq!(fault(good).is_some(), expected, "{good}: {:?}", fault(good));
        }
    }

    #[test]
    fn what_it_does_not() {
        for bad in [
            "*",
            "a**",
            "(",
            ")",
            "a(?=b)",
            "(?<!a)b",
            "\\1",
            "[z-a]",
            "a{1001}",
            "a{3,2}",
            "\\",
            "\\y",
            "[\\b]",
            "(?P<a>x)(?P<a>y)",
            "(|*)",
            "+a",
            "[[:foo:]]",
            "\\x4",
            "(?z)",
            "\\p{}",
            "a{2}{3}",
            "[a-\\d]",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
        assert!(fault(&"a".repeat(1025)).is_some());
    }
}
