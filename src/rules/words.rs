//! Small words that messages share.

use std::fmt::Display;

/// The candidate that `name` is most likely a slip for: at most a third of its letters wrong, and at most 3. Names of
/// one or two letters (`v1`, `v2`) are too close to each other to say.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).min(3);
    candidates
        .into_iter()
        .filter(|c| *c != name && c.len().abs_diff(name.len()) <= limit)
        .map(|c| (strsim::damerau_levenshtein(name, c), c))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, c)| c)
}

/// `` `a`, `b` and 3 more ``: at most four of them.
pub(super) fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = items.into_iter().map(|i| format!("`{i}`")).collect();
    match all.as_slice() {
        [] => "none".into(),
        [one] => one.clone(),
        [most @ .., last] if all.len() <= 4 => format!("{} and {last}", most.join(", ")),
        _ => format!("{} and {} more", all[..3].join(", "), all.len() - 3),
    }
}

/// ` (and 3 more routes)`, or nothing.
pub(super) fn and_more(count: usize, singular: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(" (and 1 more {singular})"),
        n => format!(" (and {n} more {})", plural(singular)),
    }
}

/// `1 route`, `2 routes`.
pub(crate) fn count(n: usize, singular: &str) -> String {
    if n == 1 { format!("1 {singular}") } else { format!("{n} {}", plural(singular)) }
}

/// `routes`, `policies`.
fn plural(singular: &str) -> String {
    match singular.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{singular}s"),
    }
}

/// `version: v3, app: reviews`
pub(super) fn labels(labels: &crate::model::Labels<'_>) -> String {
    if labels.is_empty() {
        return "no labels".into();
    }
    let all: Vec<String> = labels.iter().map(|(k, v)| format!("{}: {}", k.value, v.value)).collect();
    format!("`{}`", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_have_a_nearest_name() {
        assert_eq!(nearest("reviwes", ["ratings", "reviews"]), Some("reviews"));
        assert_eq!(nearest("v9", ["v1", "v2"]), None);
        assert_eq!(nearest("productpage", ["details"]), None);
    }

    #[test]
    fn words_have_plurals() {
        assert_eq!(count(2, "route"), "2 routes");
        assert_eq!(and_more(2, "ServiceEntry"), " (and 2 more ServiceEntries)");
        assert_eq!(and_more(1, "policy"), " (and 1 more policy)");
    }

    #[test]
    fn lists_are_short() {
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b"]), "`a` and `b`");
        assert_eq!(list(["a", "b", "c", "d", "e"]), "`a`, `b`, `c` and 2 more");
    }
}
