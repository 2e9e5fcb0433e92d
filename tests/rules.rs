//! Every fixture: `testdata/rules/<rule>/<case>/` is a fleet whose files say what has to be found in them
//! (see `tests/common`); one without marks must give no error and no warning at all, nor a note of the rule.
//!
//! `RULE=subset-undefined cargo test --test rules` runs one rule's. Where a case holds a file `expected.snap`, what
//! people see is compared as well: `touch` it and run with `INSTA_UPDATE=always` to write it.

mod common;

use std::path::PathBuf;

use rayon::prelude::*;

fn cases() -> Vec<(String, PathBuf)> {
    let folders = |path: PathBuf| {
        let mut all: Vec<PathBuf> =
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
        all.sort();
        all
    };
    let name = |p: &PathBuf| p.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut cases = Vec::new();
    for rule in folders(common::root().join("testdata/rules")) {
        let rule_name = name(&rule);
        cases.extend(folders(rule).into_iter().map(|case| (rule_name.clone(), case)));
    }
    cases.into_iter().filter(|(rule, _)| common::is_wanted(rule)).collect()
}

#[test]
fn fixtures_give_what_their_marks_say() {
    let check = |(rule, case): &(String, PathBuf)| {
        let wrong = common::compare(case, rule, &common::marks_in(case)).err()?;
        Some(format!("{}\n    {wrong}", case.strip_prefix(common::root()).unwrap_or(case).display()))
    };
    let wrong: Vec<String> = cases().par_iter().filter_map(check).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn fixtures_look_as_expected() {
    for (_, case) in cases().into_iter().filter(|(_, case)| case.join("expected.snap").exists()) {
        let output = common::meshlint(&case, &common::args_of(&case));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&case);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.add_filter(r"; [\d.]+ m?s\n", "; (time)\n");
        settings.bind(|| insta::assert_snapshot!("expected", String::from_utf8_lossy(&output.stdout)));
    }
}

#[test]
fn every_rule_has_a_case_that_fires_and_one_that_does_not() {
    let mut wrong = Vec::new();
    for rule in meshlint::rules::ALL.iter().map(|r| r.info().name).filter(|r| common::is_wanted(r)) {
        let marks: Vec<_> = cases().into_iter().filter(|(r, _)| r == rule).map(|(_, c)| common::marks_in(&c)).collect();
        let fires = |marks: &std::collections::BTreeSet<common::Mark>| marks.iter().any(|m| m.rule == rule);
        if !marks.iter().any(fires) {
            wrong.push(format!("testdata/rules/{rule}: no case with a mark `# error: [{rule}]` or another level"));
        }
        if marks.iter().all(fires) {
            wrong.push(format!("testdata/rules/{rule}: no case without a mark of it"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
