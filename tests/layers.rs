//! The one direction of data: a module uses only modules before it in this list.

mod common;

/// `lib.rs` ties all of them together, and `cli` sits on top of it.
const ORDER: [&str; 27] = [
    "system",
    "progress",
    "annotations",
    "apis",
    "source",
    "yaml",
    "finding",
    "config",
    "workspace",
    "render",
    "discover",
    "coverage",
    "timings",
    "model",
    "schema",
    "mesh",
    "catalogue",
    "rules",
    "tasks",
    "suppress",
    "pairs",
    "baseline",
    "git",
    "since",
    "report",
    "lib",
    "cli",
];

/// The modules that a text names after `crate::`, in `use` lines and elsewhere, comments left out.
fn used(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let group = rest.strip_prefix('{').map(|r| r.split(',').collect::<Vec<_>>());
            for part in group.unwrap_or(vec![rest]) {
                let name: String = part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                names.push(name);
            }
        }
    }
    names
}

#[test]
fn modules_use_only_what_is_before_them() {
    let rank = |name: &str| ORDER.iter().position(|m| *m == name);
    let mut wrong = Vec::new();
    for (file, path) in common::files_in(&common::root().join("src")) {
        let module = file.split(['/', '.']).next().unwrap_or_default().to_string();
        if module == "main" {
            continue;
        }
        let Some(own) = rank(&module) else {
            wrong.push(format!("src/{file}: `{module}` has no place in the order (tests/layers.rs)"));
            continue;
        };
        let text = std::fs::read_to_string(path).expect("readable");
        // Tests at the end of a file may use anything.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for name in used(text).into_iter().filter(|n| !n.is_empty() && *n != module) {
            // `crate::lint` and what else lib.rs itself defines.
            let other = rank(&name).or(rank("lib"));
            if other > Some(own) {
                wrong.push(format!("src/{file}: uses `crate::{name}`, which comes after `{module}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
