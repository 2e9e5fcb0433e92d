//! The programs themselves: missing, given, called by another name; and the cache of what they print.

use std::path::PathBuf;

use super::*;

#[test]
fn a_missing_program_is_an_error_that_says_what_was_not_checked() {
    let dir = repository("v1", None, "v1");
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshlint"));
        command.args(args).current_dir(dir.path()).env_clear().output().expect("the program starts")
    };
    let out = run(&[]);
    let text = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(1), "{text}");
    assert!(text.contains("kustomize is not installed, so apps/east is not checked"), "{text}");
    assert!(text.contains("--kustomize PATH"), "{text}");
    assert_eq!(run(&["--render", "always"]).status.code(), Some(2));
    let out = run(&["--render", "never"]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stdout));
    let out = run(&["--kustomize", "/nowhere/kustomize"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("--kustomize /nowhere/kustomize: no such program"));
}

/// What a run finds with this folder for its cache.
fn found_with(cache: &Path, dir: &Path) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshlint"));
    command.args(["--format", "json"]).current_dir(dir).env_clear();
    command.env("PATH", common::tools()).env("XDG_CACHE_HOME", cache);
    let out = command.output().expect("the program starts");
    found(&serde_json::from_slice(&out.stdout).expect("JSON"))
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let all = walkdir::WalkDir::new(folder).into_iter().flatten().filter(|e| e.file_type().is_file());
    all.map(walkdir::DirEntry::into_path).collect()
}

#[test]
fn results_are_kept_by_the_content_of_all_that_was_read() {
    let dir = repository("v1", None, "v1");
    let cache = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(found_with(cache.path(), dir.path()), [""; 0]);
    assert!(!files(cache.path()).is_empty());
    std::fs::write(dir.path().join("apps/base/route.yaml"), route("v9")).expect("written");
    assert_eq!(found_with(cache.path(), dir.path()), ["subset-undefined apps/base/route.yaml:11"]);
}

#[test]
fn results_are_good_for_every_copy_of_the_repository() {
    let dir = repository("v9", None, "v1");
    let cache = tempfile::tempdir().expect("a temporary folder");
    let expected = ["subset-undefined apps/base/route.yaml:11"];
    assert_eq!(found_with(cache.path(), dir.path()), expected);
    let kept = files(cache.path());
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let copy = elsewhere.path().join("further/down");
    for file in files(dir.path()) {
        let to = copy.join(file.strip_prefix(dir.path()).expect("a file in the folder"));
        std::fs::create_dir_all(to.parent().expect("a parent")).expect("created");
        std::fs::copy(&file, to).expect("copied");
    }
    // Found in the cache, and traced to the copy's own file.
    assert_eq!(found_with(cache.path(), &copy), expected);
    assert_eq!(files(cache.path()), kept);
    let name = dir.path().file_name().expect("a name").to_string_lossy().into_owned();
    for file in kept {
        let bytes = std::fs::read(file).expect("a file of the cache");
        assert!(!String::from_utf8_lossy(&bytes).contains(&name));
    }
}

#[cfg(unix)]
#[test]
fn kubectl_does_what_kustomize_does() {
    use std::os::unix::fs::PermissionsExt;
    let dir = repository("v9", None, "v1");
    // A kubectl that hands on to the real kustomize, as its `kustomize` command is the same code.
    let tools = common::tools();
    let kustomize =
        std::env::split_paths(&tools).map(|p| p.join("kustomize")).find(|p| p.is_file()).expect("kustomize");
    let bin = tempfile::tempdir().expect("a temporary folder");
    let kubectl = bin.path().join("kubectl");
    let script =
        format!("#!/bin/sh\ntest \"$1\" = kustomize || exit 7\nshift\nexec {} build \"$@\"\n", kustomize.display());
    std::fs::write(&kubectl, script).expect("written");
    std::fs::set_permissions(&kubectl, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let run = |args: &[&str], path: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshlint"));
        command.args(args).args(["--format", "json"]).current_dir(dir.path()).env_clear().env("PATH", path);
        let out = command.output().expect("the program starts");
        found(&serde_json::from_slice(&out.stdout).expect("JSON"))
    };
    let expected = ["subset-undefined apps/base/route.yaml:11"];
    assert_eq!(run(&[], bin.path()), expected);
    let given = kubectl.display().to_string();
    assert_eq!(run(&["--no-cache", "--kustomize", &given], Path::new("/nowhere")), expected);
}

#[test]
fn a_broken_base_of_several_overlays_is_one_error() {
    let overlay = format!("{KUSTOMIZATION}resources: [../../../base]\n");
    let dir = tree(&[
        ("clusters/east/a/kustomization.yaml", &overlay),
        ("clusters/east/b/kustomization.yaml", &overlay),
        ("clusters/west/a/kustomization.yaml", &overlay),
        ("base/kustomization.yaml", &format!("{KUSTOMIZATION}resources:\n- gone.yaml\n")),
    ]);
    let report = check(&dir);
    let errors: Vec<_> = found(&report).into_iter().filter(|f| f.starts_with("build-failed")).collect();
    assert_eq!(errors, ["build-failed base/kustomization.yaml:4", "build-failed base/kustomization.yaml:4"]);
    let text = common::meshlint(dir.path(), &[""; 0]).stdout;
    let text = String::from_utf8_lossy(&text);
    assert_eq!(text.matches("`kustomize build` fails: `gone.yaml` does not exist").count(), 1, "{text}");
    assert!(text.contains("in east, west") && text.contains("help: add it, or take it out"), "{text}");
    // From within the clusters' folder the base has a path that leads there.
    let out = common::meshlint(&dir.path().join("clusters"), &["--format", "concise"]);
    assert!(String::from_utf8_lossy(&out.stdout).contains("../base/kustomization.yaml:4"), "{out:?}");
}

#[test]
fn what_kustomize_says_is_told_without_the_folders_it_came_through() {
    let dir = tree(&[
        ("clusters/east/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [../../base]\n")),
        ("base/kustomization.yaml", KUSTOMIZATION),
    ]);
    let text = common::meshlint(dir.path(), &[""; 0]).stdout;
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("fails: kustomization.yaml is empty"), "{text}");
}
