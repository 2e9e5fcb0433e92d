//! Names that people give: checked, with the nearest one suggested.

use crate::rules::{self, Rule};

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
    let given = given.to_ascii_lowercase();
    let rank = |candidate: &str| {
        let lower = candidate.to_ascii_lowercase();
        let edits = strsim::damerau_levenshtein(&given, &lower);
        // A code is digits: another digit is another code, not a slip.
        let allowed = if lower.starts_with("ist0") || lower.starts_with("kia") { 1 } else { 1 + given.len() / 4 };
        let inside = given.len() >= 4 && lower.contains(&given);
        (edits <= allowed || inside).then_some((edits, lower.len()))
    };
    candidates.into_iter().filter_map(|c| Some((rank(c)?, c))).min().map(|(_, c)| c)
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
