//! What makes a release: its scripts run, its workflow is read.

use std::fs;

use crate::action::{VERSION, target};
use crate::common;
use crate::pages::yaml;
use crate::scene::{Outcome, Scene, run};

fn read(file: &str) -> String {
    fs::read_to_string(common::root().join(file)).expect("a text")
}

#[test]
fn an_archive_holds_the_program_its_manual_page_completions_and_licences() {
    let scene = Scene::new();
    let folder = scene.beside("dist");
    let program = env!("CARGO_BIN_EXE_meshlint");
    let mut pack = scene.command("bash");
    pack.arg(common::root().join(".github/release/archive.sh")).args([&target(), program]).arg(&folder);
    let packed = run(&mut pack);
    assert_eq!(packed.status, 0, "{}", packed.stderr);
    let name = format!("meshlint-{VERSION}-{}", target());
    assert_eq!(packed.stdout.trim(), folder.join(format!("{name}.tar.gz")).display().to_string());
    let unpacked = run(scene.command("tar").arg("-xzf").arg(packed.stdout.trim()));
    assert_eq!(unpacked.status, 0, "{}", unpacked.stderr);
    let files: Vec<String> = common::files_in(&scene.work().join(&name)).into_iter().map(|(f, _)| f).collect();
    let expected = [
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "completions/_meshlint",
        "completions/_meshlint.ps1",
        "completions/meshlint.bash",
        "completions/meshlint.fish",
        "man/meshlint.1",
        "meshlint",
    ];
    assert_eq!(files, expected);
    let unpacked = |file: &str| fs::read_to_string(scene.work().join(&name).join(file)).expect("a text");
    assert!(unpacked("man/meshlint.1").contains(".TH meshlint 1"));
    assert!(unpacked("completions/meshlint.bash").contains("complete -F"));
    let version = run(scene.command(&format!("./{name}/meshlint")).arg("--version"));
    assert_eq!(version.stdout, format!("meshlint {VERSION}\n"));
}

/// Runs notes.sh in a tree with this changelog.
fn notes(tag: &str, changelog: &str) -> Outcome {
    let scene = Scene::new();
    scene.write(".github/release/notes.sh", &read(".github/release/notes.sh"));
    scene.write("Cargo.toml", "[package]\nname = \"meshlint\"\nversion = \"1.2.0\"\n");
    scene.write("CHANGELOG.md", changelog);
    run(scene.command("bash").args([".github/release/notes.sh", tag]))
}

#[test]
fn the_notes_are_the_changelogs_section_and_what_does_not_agree_stops_the_release() {
    let changelog =
        "# Changelog\n\n## Unreleased\n\n## 1.2.0 (2026-02-01)\n\n### Added\n\n- this\n\n## 1.1.0\n\n- that\n";
    let ok = notes("v1.2.0", changelog);
    assert_eq!((ok.status, ok.stdout.as_str()), (0, "### Added\n\n- this\n"), "{}", ok.stderr);
    let other = notes("v1.3.0", changelog);
    assert_eq!(other.status, 1);
    assert!(other.stderr.contains("the tag is v1.3.0, and Cargo.toml has version 1.2.0"), "{}", other.stderr);
    let none = notes("v1.2.0", "# Changelog\n\n## Unreleased\n\n- this\n");
    assert_eq!(none.status, 1);
    assert!(none.stderr.contains("has no section '## 1.2.0'"), "{}", none.stderr);
}

#[test]
fn the_workflow_builds_every_target_that_the_action_installs() {
    let install = read("action/install.sh");
    let installed = install.lines().filter_map(|l| l.split_once(") echo ")).map(|(_, t)| t.split(' ').next().unwrap());
    let mut installed: Vec<&str> = installed.collect();
    installed.sort_unstable();
    let workflow = yaml(&read(".github/workflows/release.yml"));
    let include = workflow["jobs"]["binaries"]["strategy"]["matrix"]["include"].as_array().expect("targets");
    let mut built: Vec<&str> = include.iter().map(|i| i["target"].as_str().expect("a target")).collect();
    built.sort_unstable();
    assert_eq!(built, installed);
    assert_eq!(built.len(), 5);
}

#[test]
fn jobs_may_do_what_they_have_to_and_actions_are_pinned() {
    for file in ["ci.yml", "release.yml"] {
        let text = read(&format!(".github/workflows/{file}"));
        let workflow = yaml(&text);
        let top = workflow["permissions"].as_object().expect("permissions of the workflow");
        assert!(top.values().all(|v| v == "read"), "{file}");
        for (name, job) in workflow["jobs"].as_object().expect("jobs") {
            assert!(job["timeout-minutes"].is_u64(), "{file}: {name}");
            assert!(!top.is_empty() || job["permissions"].is_object(), "{file}: {name}");
            for step in job["steps"].as_array().expect("steps") {
                if let Some(action) = step["uses"].as_str() {
                    let (_, version) = action.split_once('@').expect("a version");
                    let major = version.strip_prefix('v').is_some_and(|v| v.parse::<u32>().is_ok());
                    assert!(major || version == "release/v1", "{file}: {action}");
                }
                // Nothing from outside becomes a part of a script.
                assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{file}: {step}");
            }
        }
    }
    // Only the last job may write the repository's releases, and only images write packages.
    let jobs = &yaml(&read(".github/workflows/release.yml"))["jobs"];
    let may = |what: &str| -> Vec<&str> {
        let jobs = jobs.as_object().expect("jobs").iter();
        jobs.filter(|(_, j)| j["permissions"][what] == "write").map(|(n, _)| n.as_str()).collect()
    };
    assert_eq!(may("contents"), ["release"]);
    assert_eq!(may("packages"), ["image-index", "images"]);
}
