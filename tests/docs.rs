//! Every page's examples run: what `## Example` shows gives exactly the findings that its marks say, and what
//! `### Corrected` shows on top of it gives none.
//!
//! A block is a file where its info string says so: ```` ```yaml file=clusters/east/reviews.yaml ````. The files of a
//! corrected version lie over those of the example before it. `RULE=name cargo test --test docs` runs one page.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::Mark;

#[derive(Clone, Default)]
struct Fleet {
    title: String,
    corrected: bool,
    files: BTreeMap<String, String>,
}

/// The fleets that a page shows, in order.
fn fleets(page: &str) -> Vec<Fleet> {
    let mut fleets: Vec<Fleet> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("##").map(|l| l.trim_start_matches('#').trim()) {
            if title.starts_with("Example") {
                fleets.push(Fleet { title: title.into(), ..Fleet::default() });
            } else if title.starts_with("Corrected") {
                let example = fleets.iter().rev().find(|f| !f.corrected).cloned().unwrap_or_default();
                fleets.push(Fleet { title: format!("{title} ({})", example.title), corrected: true, ..example });
            }
        } else if let Some(info) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|l| !l.starts_with("```")).collect();
            let file = info.split_whitespace().find_map(|w| w.strip_prefix("file="));
            if let (Some(file), Some(fleet)) = (file, fleets.last_mut()) {
                fleet.files.insert(file.into(), body.join("\n") + "\n");
            }
        }
    }
    fleets
}

fn check(rule: &str, fleet: &Fleet) -> Result<(), String> {
    let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
    for (file, text) in &fleet.files {
        let path = dir.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).map_err(|e| e.to_string())?;
        std::fs::write(path, text).map_err(|e| e.to_string())?;
    }
    let marks = common::marks_in(dir.path());
    if fleet.corrected {
        return common::compare(dir.path(), rule, &BTreeSet::<Mark>::new());
    }
    if !marks.iter().any(|m| m.rule == rule) {
        return Err(format!("no line is marked with `# error: [{rule}]` or another level"));
    }
    common::compare(dir.path(), rule, &marks)
}

#[test]
fn the_examples_of_every_page_run() {
    let mut wrong = Vec::new();
    for rule in meshlint::rules::ALL.iter().filter(|r| common::is_wanted(r.info().name)) {
        let name = rule.info().name;
        let fleets = fleets(rule.page);
        for kind in [false, true] {
            if !fleets.iter().any(|f| f.corrected == kind && !f.files.is_empty()) {
                let title = if kind { "### Corrected" } else { "## Example" };
                wrong.push(format!("rules/{name}.md: no files under `{title}`"));
            }
        }
        for fleet in &fleets {
            if let Err(e) = check(name, fleet) {
                wrong.push(format!("rules/{name}.md: {}\n    {e}", fleet.title));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
