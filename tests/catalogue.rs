//! What the compiler cannot see of the catalogue: that each rule is the same in its three places.

mod common;

use std::collections::BTreeSet;

use meshlint::catalogue;
use meshlint::rules::ALL;

const GROUPS: [&str; 10] = [
    "routing",
    "multicluster",
    "addressing",
    "gateway",
    "security",
    "workload",
    "schema",
    "lifecycle",
    "style",
    "policy",
];

fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(common::root().join(folder)).expect("the folder exists").flatten();
    let names = entries.map(|e| e.path()).filter(|p| match extension {
        "" => p.is_dir(),
        ext => p.extension().is_some_and(|e| e == ext),
    });
    names.map(|p| p.file_stem().unwrap_or_default().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_rule_is_in_three_places() {
    let rules: BTreeSet<String> = ALL.iter().map(|r| r.info().name.to_string()).collect();
    let mut pages = stems("rules", "md");
    pages.remove("README");
    let fixtures = stems("testdata/rules", "");
    let files: BTreeSet<String> = stems("src/rules", "rs").iter().map(|s| s.replace('_', "-")).collect();
    let mut wrong = Vec::new();
    for (folder, stems) in [("rules", &pages), ("testdata/rules", &fixtures)] {
        wrong.extend(stems.difference(&rules).map(|name| format!("{folder}/{name}: no such rule in src/rules.rs")));
    }
    for (folder, stems) in [("rules", &pages), ("testdata/rules", &fixtures), ("src/rules", &files)] {
        wrong.extend(rules.difference(stems).map(|name| format!("{name}: nothing of that name in {folder}/")));
    }
    for rule in ALL {
        let name = rule.info().name;
        let page = std::fs::read_to_string(common::root().join(format!("rules/{name}.md"))).unwrap_or_default();
        if page != rule.page {
            wrong.push(format!("{name}: src/rules/{}.rs includes another page", name.replace('-', "_")));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_list_is_sorted() {
    let names: Vec<_> = ALL.iter().map(|r| r.info().name).collect();
    assert!(names.is_sorted(), "src/rules.rs: ALL is sorted by name");
}

#[test]
fn names_and_codes_are_well_formed_and_unique() {
    let mut names = BTreeSet::new();
    for info in ALL.iter().map(|r| r.info()) {
        let well_formed = info.name.split('-').all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()));
        assert!(well_formed, "{}: lower-case words with `-` between them", info.name);
        assert!(names.insert(info.name), "{} is there twice", info.name);
        assert!(!GROUPS.contains(&info.name), "{} is a group", info.name);
        assert!(GROUPS.contains(&info.group), "{}: unknown group {}", info.name, info.group);
        assert!(["none", "safe", "unsafe"].contains(&info.fix), "{}: fix: {}", info.name, info.fix);
        assert!(info.since.split('.').count() == 3, "{}: since: {}", info.name, info.since);
        for kind in &info.reads {
            assert!(meshlint::apis::is_kind(kind), "{}: reads: {kind} is no kind", info.name);
        }
        let mut codes = BTreeSet::new();
        for code in &info.equivalents {
            let digits = code.strip_prefix("IST").or(code.strip_prefix("KIA")).unwrap_or_default();
            assert!(digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()), "{}: {code}", info.name);
            assert!(codes.insert(*code), "{}: {code} twice", info.name);
        }
    }
}

#[test]
fn pages_have_their_sections() {
    let mut wrong = Vec::new();
    for rule in ALL {
        let name = rule.info().name;
        let (_, body) = catalogue::split(rule.page).expect("front matter");
        let headings: Vec<&str> = body.lines().filter(|l| l.starts_with('#') && !l.starts_with("###")).collect();
        let title = format!("# {name}");
        let wanted = [&title, "## What it checks", "## Why it matters", "## How to fix", "## Example"];
        let mut rest = headings.iter();
        let missing = wanted.into_iter().find(|heading| !rest.any(|h| h.starts_with(heading)));
        wrong.extend(missing.map(|h| format!("rules/{name}.md: no `{h}`, or not in this order")));
        let summary = catalogue::summary(rule.page);
        let sentence = summary.ends_with('.') && !summary.trim_end_matches('.').contains(". ");
        if !sentence || summary.len() > 200 {
            wrong.push(format!("rules/{name}.md: the summary is one sentence, short enough for a list: {summary}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Whether a generated page is what the repository has; with UPDATE it is written.
fn fresh(page: &str, text: &str) {
    let path = common::root().join(page);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap_or_else(|e| panic!("{page}: {e}"));
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{page} is not fresh: run `UPDATE=1 cargo test --test catalogue`");
}

#[test]
fn the_index_is_fresh() {
    fresh("rules/README.md", &catalogue::index(&ALL.iter().map(|r| (r.info(), r.page)).collect::<Vec<_>>()));
}

/// Every code that a rule stands for is in the table, and every code of the table has a rule or a reason.
#[test]
fn every_code_of_the_peers_is_accounted_for() {
    let text = std::fs::read_to_string(common::root().join("docs/peers.txt")).expect("docs/peers.txt");
    let infos: Vec<_> = ALL.iter().map(|r| r.info()).collect();
    let listed: Vec<&str> = catalogue::peers(&text).map(|p| p.code).collect();
    let mut wrong = Vec::new();
    for info in &infos {
        let absent = info.equivalents.iter().filter(|code| !listed.contains(*code));
        wrong.extend(absent.map(|code| format!("docs/peers.txt has no {code}, which rules/{}.md names", info.name)));
    }
    for peer in catalogue::peers(&text) {
        let has_rule = infos.iter().any(|i| i.equivalents.contains(&peer.code));
        if !has_rule && peer.note.is_empty() {
            wrong.push(format!("docs/peers.txt: {} has no rule, and nothing says why", peer.code));
        }
    }
    wrong.extend(
        listed.windows(2).filter(|w| w[0] >= w[1]).map(|w| format!("docs/peers.txt: {} before {}", w[0], w[1])),
    );
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    fresh("docs/peers.md", &catalogue::parity(&infos, &text));
}
