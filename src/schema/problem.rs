//! What is wrong with an object, before a rule makes a finding of it.

use crate::source::Span;
use crate::yaml::Node;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The place of the value that it is about.
    pub span: Span,
    /// Whether it is about a whole mapping or list rather than one value in it: its key is shown then.
    pub whole: bool,
    /// What is said of the value after its name: ``is `66000`, but …``.
    pub says: String,
    /// The change that would mend it.
    pub help: Option<String>,
}

/// A list of them.
#[derive(Debug, Default)]
pub struct Problems {
    /// In the order in which they were found.
    pub list: Vec<Problem>,
}

impl Problems {
    /// At a value.
    pub fn at(&mut self, node: Node<'_>, says: impl Into<String>) -> &mut Problem {
        let whole = node.is_mapping() || node.is_sequence();
        self.push(Problem { span: node.span(), whole, says: says.into(), help: None })
    }

    /// At a value, with nothing more to say of it.
    pub(super) fn say(&mut self, node: Node<'_>, says: impl Into<String>) {
        self.at(node, says);
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) -> &mut Problem {
        self.list.push(problem);
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl Problem {
    /// The change that would mend it.
    pub fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}

/// `` `A`, `B` or `C` ``: all that there are, up to eight.
pub(super) fn one_of<T: AsRef<str>>(all: impl IntoIterator<Item = T>) -> String {
    let mut all: Vec<String> = all.into_iter().map(|v| quoted(v.as_ref())).collect();
    let more = all.len().saturating_sub(8);
    all.truncate(8);
    if more > 0 {
        return format!("{} or {more} more", all.join(", "));
    }
    match all.as_slice() {
        [.., _, _] => {
            let last = all.pop().unwrap_or_default();
            format!("{} or {last}", all.join(", "))
        }
        _ => all.join(", "),
    }
}

/// `` `a` ``, but `""` for nothing at all, and not too much of a long text.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        _ if text.is_empty() => "\"\"".into(),
        Some((end, _)) => format!("`{}…`", text[..end].escape_debug()),
        None if text.chars().any(char::is_control) => format!("`{}`", text.escape_debug()),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_short() {
        assert_eq!(one_of(["a"]), "`a`");
        assert_eq!(one_of(["a", "b", ""]), "`a`, `b` or \"\"");
        assert_eq!(one_of("123456789".chars().map(String::from)), "`1`, `2`, `3`, `4`, `5`, `6`, `7`, `8` or 1 more");
        assert_eq!(quoted(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
        assert_eq!(quoted("a\0"), "`a\\0`");
    }
}
