//! `.pre-commit-hooks.yaml` and `docs/ci/pre-commit.md`, with the real pre-commit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::common;
use crate::pages::titled;
use crate::scene::{Outcome, Scene, run, tool};

/// This repository at its present state, as a Git repository with the tag that the page names.
static HOOKS: LazyLock<Scene> = LazyLock::new(|| {
    let scene = Scene::new();
    let listed = run(scene
        .command("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(common::root()));
    assert_eq!(listed.status, 0, "{}", listed.stderr);
    for file in listed.stdout.lines() {
        // A file that is removed and not committed is still listed.
        if let Ok(bytes) = fs::read(common::root().join(file)) {
            let path = scene.work().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("created");
            fs::write(path, bytes).expect("written");
        }
    }
    scene.commit_all();
    scene.git(&["tag", &format!("v{}", env!("CARGO_PKG_VERSION"))]);
    scene
});

/// The wheel of the program as it is now, built without optimising.
static WHEEL: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = common::root().join("target/hook/wheel");
    drop(fs::remove_dir_all(&folder));
    let scene = Scene::new();
    let mut build = scene.command(&tool("pip"));
    build.args(["wheel", "--quiet", "--no-deps", "--wheel-dir"]).arg(&folder).arg(".").current_dir(common::root());
    let outcome = run(unoptimised(&mut build));
    assert_eq!(outcome.status, 0, "{}", outcome.printed());
    let mut wheels = fs::read_dir(folder).expect("a folder").flatten().map(|e| e.path());
    wheels.next().expect("a wheel")
});

/// A build of its own folder, which does not touch the program that is being tested.
fn unoptimised(command: &mut Command) -> &mut Command {
    command
        .env("CARGO_TARGET_DIR", common::root().join("target/hook"))
        .env("MATURIN_PEP517_ARGS", "--profile dev")
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
}

/// Runs pre-commit on all files with this configuration; `home` is where it keeps what it installs.
fn pre_commit(scene: &Scene, config: &str, home: &Path) -> Outcome {
    scene.write(".pre-commit-config.yaml", config);
    scene.git(&["add", "--all"]);
    let mut command = scene.command(&tool("pre-commit"));
    command.args(["run", "--all-files", "--color=never"]).env("PRE_COMMIT_HOME", home);
    run(unoptimised(&mut command))
}

/// The block with this title, with this repository in the place of the published one.
fn config(title: &str) -> String {
    let text = titled("pre-commit.md", ".pre-commit-config.yaml", title);
    let url = "https://github.com/meshlint/meshlint";
    assert_eq!(text.matches(url).count(), 1, "{text}");
    text.replace(url, &HOOKS.work().display().to_string())
}

fn fleet(name: &str) -> Scene {
    let scene = Scene::with_fleet(name);
    scene.commit_all();
    scene
}

fn fails_on_the_broken_fleet_only(config: &str) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let outcome = pre_commit(&fleet("shop"), config, home.path());
    assert_eq!(outcome.status, 0, "{}", outcome.printed());
    assert!(outcome.stdout.contains("Passed"), "{}", outcome.stdout);
    let outcome = pre_commit(&fleet("shop-broken"), config, home.path());
    assert_eq!(outcome.status, 1, "{}", outcome.printed());
    assert!(outcome.stdout.contains("error[remote-subset-undefined]"), "{}", outcome.stdout);
}

#[test]
fn the_manifest_is_valid() {
    let scene = Scene::new();
    let manifest = common::root().join(".pre-commit-hooks.yaml");
    let outcome = run(scene.command(&tool("pre-commit")).arg("validate-manifest").arg(manifest));
    assert_eq!(outcome.status, 0, "{}", outcome.printed());
}

#[test]
fn the_hook_that_is_installed_from_the_wheel_needs_no_rust() {
    let text = titled("pre-commit.md", ".pre-commit-config.yaml", "wheel");
    let published = format!("meshlint=={}", env!("CARGO_PKG_VERSION"));
    assert_eq!(text.matches(&published).count(), 1, "{text}");
    let config = text.replace(&published, &format!("\"{}\"", WHEEL.display()));
    let scene = fleet("shop-broken");
    // With cargo on the PATH, a build from source would pass unseen.
    scene.fake("cargo", "echo 'cargo was run' >&2; exit 9");
    scene.fake("meshlint", "echo 'not the one of the wheel' >&2; exit 9");
    let outcome = pre_commit(&scene, &config, &scene.beside("pre-commit"));
    assert_eq!(outcome.status, 1, "{}", outcome.printed());
    assert!(outcome.stdout.contains("error[remote-subset-undefined]"), "{}", outcome.stdout);
}

#[test]
fn the_hook_of_this_repository_builds_the_program_with_its_locked_dependencies() {
    // Built first, so that the two do not build the same at the same time.
    assert!(Path::new(&*WHEEL).is_file());
    let config = config("source");
    fails_on_the_broken_fleet_only(&config);
}

#[test]
fn the_hook_for_an_installed_program_runs_that_one() {
    fails_on_the_broken_fleet_only(&config("source").replace("id: meshlint", "id: meshlint-system"));
}

#[test]
fn the_hook_with_since_reports_what_the_commit_adds() {
    let config = config("since");
    let home = tempfile::tempdir().expect("a temporary folder");
    let known = pre_commit(&fleet("shop-broken"), &config, home.path());
    assert_eq!(known.status, 0, "{}", known.printed());
    let scene = fleet("shop");
    scene.break_west();
    let added = pre_commit(&scene, &config, home.path());
    assert_eq!(added.status, 1, "{}", added.printed());
    assert!(added.stdout.contains("error[remote-subset-undefined]"), "{}", added.stdout);
}
