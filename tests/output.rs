//! Where outputs go, and what happens where they cannot go there.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A fleet with one error.
fn fleet() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(dir.path().join("clusters/east")).expect("folders");
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: \"1\"\n  x: \"2\"\n";
    fs::write(dir.path().join("clusters/east/a.yaml"), twice).expect("a file");
    dir
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let output = common::meshlint(dir, args);
    (output.status.code().expect("no signal"), text(&output.stdout), text(&output.stderr))
}

fn is_json(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).is_ok())
}

/// The names in a folder.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn one_run_has_several_outputs() {
    let dir = fleet();
    let formats = ["concise", "sarif=out.sarif", "json=a=b.json", "gitlab=gl.json", "junit=junit.xml"];
    let args: Vec<&str> = formats.iter().flat_map(|f| ["--format", f]).collect();
    let (status, stdout, stderr) = run(dir.path(), &args);
    assert_eq!((status, stderr.as_str()), (1, ""));
    assert!(stdout.starts_with("clusters/east/a.yaml:7:3: error[duplicate-key] "), "{stdout}");
    assert_eq!(stdout.lines().count(), 1);
    assert_eq!(names(dir.path()), ["a=b.json", "clusters", "gl.json", "junit.xml", "out.sarif"]);
    assert!(["out.sarif", "a=b.json", "gl.json"].iter().all(|f| is_json(&dir.path().join(f))));
    // With a file alone nothing is printed, and the status is the same for each format.
    for format in ["text", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjson"] {
        let file = dir.path().join(format);
        assert_eq!(run(dir.path(), &["--format", &format!("{format}={format}")]), (1, "".into(), "".into()));
        let written = fs::read_to_string(&file).expect("a file");
        let (status, printed, _) = run(dir.path(), &["--format", format]);
        assert_eq!(status, 1, "{format}");
        // The text says how long it took.
        let without_time = |t: &str| t.lines().filter(|l| !l.contains(" ms") && !l.contains("::")).count();
        assert_eq!(without_time(&written), without_time(&printed), "{format}");
        assert_eq!(run(dir.path(), &["--format", format, "--fail-on", "never"]).0, 0, "{format}");
    }
}

#[test]
fn two_outputs_in_one_place_are_a_mistake() {
    let dir = fleet();
    for (args, expected) in [
        (["json", "sarif"], "`--format json` and `--format sarif` both go to standard output"),
        (["json=-", "sarif"], "`--format json` and `--format sarif` both go to standard output"),
        (["json=x", "sarif=x"], "`--format json` and `--format sarif` both go to x"),
        (["json=", "text"], "`--format json=` names no file"),
        (["jsno=x", "text"], "a similar value exists: 'json'"),
        (["xml", "text"], "possible values: text, concise, json, sarif, github, gitlab, junit, rdjson"),
    ] {
        let (status, stdout, stderr) = run(dir.path(), &["--format", args[0], "--format", args[1]]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.starts_with("error: ") && stderr.contains(expected), "{stderr}");
    }
    assert_eq!(names(dir.path()), ["clusters"]);
}

#[test]
fn what_cannot_be_written_costs_no_other_output() {
    let dir = fleet();
    fs::create_dir(dir.path().join("folder")).expect("a folder");
    let formats = ["concise", "sarif=folder", "json=no/such/a.json", "gitlab=gl.json"];
    let args: Vec<&str> = formats.iter().flat_map(|f| ["--format", f]).collect();
    let (status, stdout, stderr) = run(dir.path(), &args);
    assert_eq!(status, 2);
    assert!(stdout.contains("error[duplicate-key]"), "{stdout}");
    let expected =
        "error: cannot write folder: it is a folder\nerror: cannot write no/such/a.json: there is no folder no/such\n";
    assert_eq!(stderr, expected);
    assert!(is_json(&dir.path().join("gl.json")));
    assert_eq!(names(dir.path()), ["clusters", "folder", "gl.json"]);
    assert_eq!(names(&dir.path().join("folder")), Vec::<String>::new());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_said_by_every_output() {
    let dir = fleet();
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full"));
    let args = ["--format", "text", "--format", "json=/dev/full", "--format", "sarif=out.sarif"];
    let (status, stdout, stderr) = run(dir.path(), &args);
    assert_eq!((status, stderr.as_str()), (2, "error: cannot write /dev/full: no space left on device\n"));
    assert!(stdout.contains("error[duplicate-key]") && is_json(&dir.path().join("out.sarif")));
    for args in [
        &["--format", "text"][..],
        &["--format", "json", "--format", "sarif=other.sarif"],
        &["--help"],
        &["--version"],
        &["clusters"],
        &["rules"],
        &["completions", "bash"],
        &["man"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_meshlint"))
            .args(args)
            .current_dir(dir.path())
            .env_clear()
            .stdout(full())
            .output()
            .expect("it runs");
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert_eq!(stderr, "error: cannot write the output: no space left on device\n", "{args:?}");
    }
    assert!(is_json(&dir.path().join("other.sarif")));
}

#[test]
#[cfg(unix)]
fn a_file_is_replaced_as_a_whole_or_stays_as_it_was() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = fleet();
    let path = dir.path().join("out.json");
    fs::write(&path, "what was there before").expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("permissions");
    symlink("out.json", dir.path().join("link.json")).expect("a link");
    assert_eq!(run(dir.path(), &["--format", "json=link.json"]).0, 1);
    assert!(is_json(&path));
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(dir.path().join("link.json")).expect("a link").is_symlink());
    // A run that fails leaves what is there.
    let before = fs::read(&path).expect("a file");
    assert_eq!(run(dir.path(), &["--format", "json=out.json", "nowhere"]).0, 2);
    assert_eq!(fs::read(&path).expect("a file"), before);
    assert_eq!(names(dir.path()), ["clusters", "link.json", "out.json"]);
    // A new file is as readable as any other.
    assert_eq!(run(dir.path(), &["--format", "json=new.json"]).0, 1);
    fs::write(dir.path().join("usual"), "").expect("a file");
    let mode = |file: &str| fs::metadata(dir.path().join(file)).expect("a file").permissions().mode();
    assert_eq!(mode("new.json"), mode("usual"));
}

/// The program as a user whom permissions bind, wherever the tests run as root, to whom they mean nothing.
#[cfg(unix)]
fn as_a_user(dir: &Path, args: &[&str]) -> (i32, String) {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    // Where it was built, that user may not be able to look.
    let program = dir.join("meshlint");
    if !program.exists() {
        // Not by this process: what it has open for writing, another test's child would have open too.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_meshlint")).arg(&program).status();
        assert!(copied.is_ok_and(|s| s.success()));
    }
    let mut command = Command::new(program);
    command.args(args).current_dir(dir).env_clear();
    if fs::metadata(dir).expect("a folder").uid() == 0 {
        command.uid(65534).gid(65534);
    }
    let output = command.output().expect("it runs");
    (output.status.code().expect("no signal"), text(&output.stderr))
}

#[test]
#[cfg(unix)]
fn what_must_not_be_written_is_not() {
    use std::os::unix::fs::PermissionsExt;
    let dir = fleet();
    let permit = |path: &str, mode| {
        fs::set_permissions(dir.path().join(path), fs::Permissions::from_mode(mode)).expect("permissions");
    };
    fs::write(dir.path().join("kept.json"), "kept").expect("a file");
    fs::create_dir(dir.path().join("closed")).expect("a folder");
    // A file that is read-only in a folder that is not, and the other way round.
    permit("kept.json", 0o444);
    permit("closed", 0o555);
    permit("", 0o777);
    let formats = ["json=kept.json", "json=closed/a.json", "sarif=out.sarif"];
    let args: Vec<&str> = formats.iter().flat_map(|f| ["--format", f]).collect();
    let expected = "error: cannot write kept.json: it may only be read\n\
                    error: cannot write closed/a.json: permission denied\n";
    assert_eq!(as_a_user(dir.path(), &args), (2, expected.to_string()));
    assert_eq!(fs::read_to_string(dir.path().join("kept.json")).expect("a file"), "kept");
    assert!(is_json(&dir.path().join("out.sarif")));
    assert_eq!(names(&dir.path().join("closed")), Vec::<String>::new());
    assert_eq!(names(dir.path()), ["closed", "clusters", "kept.json", "meshlint", "out.sarif"]);
}

#[test]
#[cfg(unix)]
fn devices_and_pipes_are_written_directly() {
    let dir = fleet();
    let (status, stdout, stderr) = run(dir.path(), &["--format", "json=/dev/stdout"]);
    assert_eq!((status, stderr.as_str()), (1, ""));
    assert!(serde_json::from_str::<serde_json::Value>(&stdout).is_ok(), "{stdout}");
    let line = format!(
        "mkfifo pipe; cat pipe > read.json & '{}' --format json=pipe clusters; status=$?; wait; exit $status",
        env!("CARGO_BIN_EXE_meshlint")
    );
    let output = Command::new("sh").args(["-c", &line]).current_dir(dir.path()).output().expect("sh");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(is_json(&dir.path().join("read.json")));
}

#[test]
#[cfg(unix)]
fn a_reader_that_leaves_early_costs_no_file() {
    let dir = fleet();
    // The reader is gone before anything is written.
    let line = format!(
        "{{ sleep 1; '{}' --format text --format json=out.json clusters; echo $? > status; }} | true",
        env!("CARGO_BIN_EXE_meshlint")
    );
    let output = Command::new("sh").args(["-c", &line]).current_dir(dir.path()).output().expect("sh");
    assert_eq!(text(&output.stderr), "");
    assert_eq!(fs::read_to_string(dir.path().join("status")).expect("a file"), "1\n");
    assert!(is_json(&dir.path().join("out.json")));
}

fn with_cache(dir: &Path, cache: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meshlint"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", common::tools())
        .env("XDG_CACHE_HOME", cache)
        .output()
        .expect("it runs")
}

#[test]
#[cfg(target_os = "linux")]
fn a_cache_that_cannot_be_written_is_said_once_and_costs_nothing() {
    let dir = fleet();
    let plain = with_cache(dir.path(), "/dev/null/x", &["clusters/east"]);
    assert_eq!((plain.status.code(), text(&plain.stderr).as_str()), (Some(1), ""), "nothing is built");
    let kustomization = dir.path().join("clusters/east/kustomization.yaml");
    fs::write(kustomization, "resources: [b.yaml]\n").expect("a file");
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n";
    fs::write(dir.path().join("clusters/east/b.yaml"), account).expect("a file");
    for args in [&["clusters/east"][..], &["clusters", "clusters/east"]] {
        let output = with_cache(dir.path(), "/dev/null/x", args);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let expected = "warning: what was built is not kept for the next run: /dev/null/x/meshlint: Not a directory";
        let stderr = text(&output.stderr);
        assert!(stderr.starts_with(expected) && stderr.lines().count() == 1, "{stderr}");
    }
    let without = with_cache(dir.path(), "/dev/null/x", &["--no-cache", "clusters/east"]);
    assert_eq!(text(&without.stderr), "");
}

/// The program on a terminal, with a kustomize that takes its time; what the terminal shows.
#[cfg(target_os = "linux")]
fn on_a_terminal(dir: &Path, args: &str, env: &[(&str, &str)]) -> String {
    let slow = dir.join("kustomize");
    let script = "#!/bin/sh\n/bin/sleep 2\necho 'apiVersion: v1'\necho 'kind: Namespace'\necho 'metadata: {name: a}'\n";
    fs::write(&slow, script).expect("a file");
    fs::set_permissions(&slow, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("permissions");
    fs::write(dir.join("clusters/east/kustomization.yaml"), "namePrefix: a-\n").expect("a file");
    let line = format!("'{}' --no-cache --kustomize ./kustomize {args} ./clusters", env!("CARGO_BIN_EXE_meshlint"));
    let output = Command::new("script")
        .args(["-q", "-e", "-c", &line, "/dev/null"])
        .current_dir(dir)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm")
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("script (util-linux) is installed");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[cfg(target_os = "linux")]
fn a_person_who_waits_sees_how_far_it_is() {
    let dir = fleet();
    let shown = on_a_terminal(dir.path(), "--color never", &[]);
    let line = "building kustomizations and charts: 0 of 1";
    let last = shown.rfind(line).unwrap_or_else(|| panic!("{shown:?}"));
    // Cleared before the results are printed.
    let after = &shown[last + line.len()..];
    let cleared = after.find("\x1b[2K").unwrap_or_else(|| panic!("{shown:?}"));
    assert!(after[cleared..].contains(" in 1 cluster"), "{shown:?}");
    for (args, env) in [("--quiet", None), ("", Some(("CI", "true"))), ("", Some(("TERM", "dumb")))] {
        let shown = on_a_terminal(dir.path(), args, env.as_slice());
        assert!(!shown.contains("building"), "{args} {env:?}: {shown:?}");
    }
}

#[test]
fn nothing_but_messages_is_on_standard_error() {
    let dir = fleet();
    for args in [&["clusters"][..], &["--color", "always", "clusters"], &["clusters", "clusters"]] {
        assert_eq!(run(dir.path(), args).2, "", "{args:?}");
    }
}
