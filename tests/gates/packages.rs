//! What `cargo install` and `pip install` build from.

use std::fs;

use crate::common;
use crate::scene::{Scene, run};

/// The files of the crate, without those that cargo itself adds.
pub(crate) fn packaged() -> Vec<String> {
    let scene = Scene::new();
    let mut list = scene.command("cargo");
    list.args(["package", "--list", "--allow-dirty", "--offline", "--locked", "--quiet"]).current_dir(common::root());
    let outcome = run(&mut list);
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    let added = [".cargo_vcs_info.json", "Cargo.toml.orig"];
    outcome.stdout.lines().map(|l| l.replace('\\', "/")).filter(|l| !added.contains(&l.as_str())).collect()
}

#[test]
fn the_package_holds_what_the_program_is_made_of_and_nothing_else() {
    let packaged = packaged();
    // Everything that a source file embeds.
    let mut embedded = 0;
    for (file, path) in common::files_in(&common::root().join("src")) {
        let folder = format!("src/{file}");
        assert!(packaged.contains(&folder), "{folder}");
        let text = fs::read_to_string(path).expect("a text");
        for (at, _) in text.match_indices("include_str!(\"") {
            let target = text[at + "include_str!(\"".len()..].split('"').next().expect("a path");
            let mut parts: Vec<&str> = folder.split('/').collect();
            parts.pop();
            for part in target.split('/') {
                match part {
                    ".." => parts.truncate(parts.len() - 1),
                    _ => parts.push(part),
                }
            }
            assert!(packaged.contains(&parts.join("/")), "{folder} embeds {target}");
            embedded += 1;
        }
    }
    assert!(embedded > 50, "{embedded}");
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE", "Cargo.lock", "docs/json.md"] {
        assert!(packaged.contains(&file.to_string()), "{file}");
    }
    let folders = ["src/", "rules/", "docs/", "benches/"];
    let outside: Vec<&String> =
        packaged.iter().filter(|f| f.contains('/') && !folders.iter().any(|a| f.starts_with(a))).collect();
    assert!(outside.is_empty(), "{outside:?}");
}

#[test]
fn the_wheel_says_of_itself_what_the_crate_says() {
    let read = |file: &str| fs::read_to_string(common::root().join(file)).expect("a text");
    let (wheel, krate) = (read("pyproject.toml"), read("Cargo.toml"));
    let of = |text: &str, key: &str| -> String {
        let line = text.lines().find(|l| l.starts_with(&format!("{key} = "))).unwrap_or_else(|| panic!("{key}"));
        line.to_string()
    };
    for key in ["name", "description", "license", "readme"] {
        assert_eq!(of(&wheel, key), of(&krate, key));
    }
    // The version is Cargo's, and so are the dependencies' versions, also where pip builds.
    assert_eq!(of(&wheel, "dynamic"), "dynamic = [\"version\"]");
    assert_eq!(of(&wheel, "bindings"), "bindings = \"bin\"");
    assert_eq!(of(&wheel, "locked"), "locked = true");
}
