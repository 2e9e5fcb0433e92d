//! The blocks of the pages in `docs/ci`, and what holds for all of them.

use std::fs;

use crate::common;
use crate::scene::{Scene, run, tool};

/// A block that is a file.
pub(crate) struct Block {
    file: String,
    title: String,
    pub(crate) text: String,
}

/// The files that a page shows.
fn blocks(page: &str) -> Vec<Block> {
    let text = fs::read_to_string(common::root().join("docs/ci").join(page)).expect("a page");
    let mut lines = text.lines();
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|l| !l.starts_with("```")).collect();
        let word =
            |key: &str| info.split_whitespace().find_map(|w| w.strip_prefix(key)).unwrap_or_default().to_string();
        if !word("file=").is_empty() {
            blocks.push(Block { file: word("file="), title: word("title="), text: body.join("\n") + "\n" });
        }
    }
    blocks
}

/// The one block of a page that is this file.
pub(crate) fn block(page: &str, file: &str) -> String {
    titled(page, file, "")
}

/// The same, of several with different titles.
pub(crate) fn titled(page: &str, file: &str, title: &str) -> String {
    let mut found = blocks(page).into_iter().filter(|b| b.file == file && b.title == title);
    let block = found.next().unwrap_or_else(|| panic!("docs/ci/{page} has no block file={file} {title}"));
    assert!(found.next().is_none(), "docs/ci/{page} has two blocks file={file} {title}");
    block.text
}

/// A YAML text as JSON, to look around in.
pub(crate) fn yaml(text: &str) -> serde_json::Value {
    serde_yaml::from_str(text).unwrap_or_else(|e| panic!("{e}:\n{text}"))
}

fn pages() -> Vec<String> {
    common::files_in(&common::root().join("docs/ci")).into_iter().map(|(file, _)| file).collect()
}

#[test]
fn every_file_that_is_yaml_can_be_read_and_every_script_passes_shellcheck() {
    for page in pages() {
        for block in blocks(&page) {
            if block.file.ends_with(".yaml") || block.file.ends_with(".yml") {
                assert!(yaml(&block.text).is_object(), "{page}: {}", block.file);
            } else if block.file.ends_with(".sh") {
                let scene = Scene::new();
                scene.write("script.sh", &block.text);
                let outcome = run(scene.command(&tool("shellcheck")).args(["--shell=bash", "script.sh"]));
                assert_eq!(outcome.status, 0, "{page}: {}\n{}", block.file, outcome.stdout);
            }
        }
    }
}

#[test]
fn the_versions_that_pages_name_are_the_present_one() {
    let version = env!("CARGO_PKG_VERSION");
    let mut seen = 0;
    let readme = common::root().join("README.md");
    let texts = pages().into_iter().map(|p| common::root().join("docs/ci").join(p)).chain([readme]);
    for path in texts {
        let text = fs::read_to_string(&path).expect("a page");
        for before in ["meshlint/meshlint@v", "meshlint/meshlint:", "meshlint==", "rev: v", "meshlint-shell:"] {
            for (at, _) in text.match_indices(before) {
                let rest = &text[at + before.len()..];
                assert!(rest.starts_with(version), "{}: {before}{}", path.display(), &rest[..rest.len().min(8)]);
                seen += 1;
            }
        }
    }
    assert!(seen > 8, "{seen}");
}

#[test]
fn every_page_is_in_the_index_and_its_links_lead_somewhere() {
    let root = common::root().join("docs/ci");
    let index = fs::read_to_string(root.join("README.md")).expect("the index");
    for page in pages() {
        assert!(page == "README.md" || index.contains(&format!("]({page})")), "{page}");
        let text = fs::read_to_string(root.join(&page)).expect("a page");
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap_or_default();
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if file.starts_with("https:") {
                continue;
            }
            let linked = fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{page}: {target}: {e}"));
            let headings = linked.lines().filter(|l| l.starts_with('#'));
            let mut anchors = headings.map(|h| h.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"));
            assert!(anchor.is_empty() || anchors.any(|a| a == anchor), "{page}: {target}");
        }
    }
}

#[test]
fn the_readmes_workflow_is_the_one_of_the_page() {
    let readme = fs::read_to_string(common::root().join("README.md")).expect("the README");
    assert!(readme.contains(&block("github.md", ".github/workflows/meshlint.yml")));
}
