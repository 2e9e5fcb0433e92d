//! Names that people give: checked, with the nearest one suggested.

use crate::rules::{self, Rule, words};

/// Every name that `--select` and `--ignore` take: `all`, `default`, groups, rules and peers' codes.
pub(super) fn selectable() -> Vec<&'static str> {
    let mut names = vec!["all", "default"];
    for rule in rules::ALL {
        let info = rule.info();
        names.extend([info.group, info.name]);
        names.extend(&info.equivalents);
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The rules that a name stands for: one by its own name, several by a peer's code.
pub(super) fn rules_named(name: &str) -> Vec<&'static Rule> {
    rules::ALL
        .iter()
        .copied()
        .filter(|r| r.info().name == name || r.info().equivalents.iter().any(|e| e.eq_ignore_ascii_case(name)))
        .collect()
}

/// The candidate that was most likely meant: few edits away for its length, or with the given text in it.
pub(super) fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let slip = words::nearest(given, candidates.iter().copied())
        .or_else(|| words::nearest(&given.to_ascii_uppercase(), candidates.iter().copied()));
    let part = || candidates.iter().copied().filter(|c| given.len() >= 4 && c.contains(given)).min_by_key(|c| c.len());
    slip.or_else(part)
}

/// `; did you mean x?`, where something is near.
pub(super) fn did_you_mean<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(given, candidates).map(|n| format!("; did you mean {n}?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn suggests_what_is_near() {
        let all = ["subset-undefined", "host-unknown", "IST0101", "IST0106"];
        assert_eq!(nearest("subset-undefind", all), Some("subset-undefined"));
        assert_eq!(nearest("subset", all), Some("subset-undefined"));
        assert_eq!(nearest("ist0102", all), Some("IST0101"));
        assert_eq!(nearest("zzz", all), None);
    }
}
