//! The programs themselves: missing, given, called by another name; and the cache of what they print.

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

#[test]
fn results_are_kept_by_the_content_of_all_that_was_read() {
    let dir = repository("v1", None, "v1");
    let cache = tempfile::tempdir().expect("a temporary folder");
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshlint"));
        command.args(["--format", "json"]).current_dir(dir.path()).env_clear();
        command.env("PATH", common::tools()).env("XDG_CACHE_HOME", cache.path());
        let out = command.output().expect("the program starts");
        serde_json::from_slice::<Value>(&out.stdout).expect("JSON")
    };
    assert_eq!(found(&run()), [""; 0]);
    let entries = walkdir::WalkDir::new(cache.path()).into_iter().flatten().filter(|e| e.file_type().is_file()).count();
    assert!(entries >= 1, "{entries}");
    std::fs::write(dir.path().join("apps/base/route.yaml"), route("v9")).expect("written");
    assert_eq!(found(&run()), ["subset-undefined apps/base/route.yaml:11"]);
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
