//! The program from outside: arguments, exit status, what goes to which stream.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";
const TWICE: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\ndata:\n  x: \"1\"\n  x: \"2\"\n";
const OLD: &str = "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: a\n";
const TEMPLATE: &str = "kind: {{ .Values.kind }}\n";

/// A folder with these files.
fn fleet(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (file, text) in files {
        write(dir.path(), file, text);
    }
    dir
}

fn write(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

fn healthy() -> TempDir {
    fleet(&[("clusters/east/a.yaml", NAMESPACE), ("clusters/west/a.yaml", NAMESPACE)])
}

/// One error, one warning, one note.
fn broken() -> TempDir {
    let east = format!("{NAMESPACE}---\n{TWICE}---\n{OLD}");
    let west = format!("{NAMESPACE}---\n{TEMPLATE}");
    fleet(&[("clusters/east/a.yaml", &east), ("clusters/west/a.yaml", &west)])
}

fn run(dir: &TempDir, args: &[&str]) -> Output {
    common::meshlint(dir.path(), args)
}

fn status(dir: &TempDir, args: &[&str]) -> i32 {
    run(dir, args).status.code().expect("no signal")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The one-line message of a run that fails with status 2 and prints nothing else.
fn failure(dir: &TempDir, args: &[&str]) -> String {
    let output = run(dir, args);
    let stderr = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{args:?}: {}", stdout(&output));
    assert!(stderr.starts_with("error: "), "{args:?}: {stderr}");
    stderr
}

#[test]
fn checking_is_what_happens_without_a_command() {
    let dir = broken();
    let plain = run(&dir, &["--format", "json", "clusters"]);
    let named = run(&dir, &["check", "--format", "json", "clusters"]);
    let without_a_path = run(&dir, &["--format", "json"]);
    assert_eq!(plain.status.code(), Some(1));
    assert_eq!(stdout(&plain), stdout(&named));
    assert_eq!(stdout(&plain), stdout(&without_a_path));
}

#[test]
fn the_exit_status_says_what_was_found() {
    let dir = broken();
    for (args, expected) in [
        (vec!["./clusters"], 1),
        (vec!["--fail-on", "never", "./clusters"], 0),
        (vec!["--ignore", "duplicate-key", "./clusters"], 0),
        (vec!["--ignore", "duplicate-key", "--fail-on", "warning", "./clusters"], 1),
        (vec!["--ignore", "duplicate-key,api-removed", "--fail-on", "warning", "./clusters"], 0),
        (vec!["--ignore", "duplicate-key", "--ignore", "api-removed", "--fail-on", "note", "./clusters"], 1),
        (vec!["--select", "subset-undefined,IST0101", "./clusters"], 0),
        (vec!["--select", "schema", "./clusters"], 1),
        (vec!["--select", "schema", "--ignore", "schema", "./clusters"], 0),
        (vec!["--select", "kia1107,default", "./clusters"], 1),
    ] {
        for format in ["text", "concise", "json"] {
            let args: Vec<&str> = args.iter().copied().chain(["--format", format]).collect();
            assert_eq!(status(&dir, &args), expected, "{args:?}");
        }
    }
    assert_eq!(status(&healthy(), &["./clusters"]), 0);
}

#[test]
fn mistakes_of_use_say_what_was_meant() {
    let dir = broken();
    assert!(failure(&dir, &["--fomat", "json"]).contains("'--format'"));
    assert!(failure(&dir, &["--format", "jsno"]).contains("'json'"));
    assert!(failure(&dir, &["--select", "duplicate-kye"]).contains("did you mean duplicate-key?"));
    assert!(failure(&dir, &["--ignore", "schema,IST9999x"]).contains("no rule, group or code is named `IST9999x`"));
    assert!(failure(&dir, &["cluster"]).contains("did you mean ./clusters, or the command `meshlint clusters`?"));
    assert!(failure(&dir, &["rulse"]).contains("did you mean `meshlint rules`?"));
    assert!(failure(&dir, &["./cluster"]).contains("./cluster: no such file or folder"));
    assert!(failure(&dir, &["explain", "subset-undefind"]).contains("did you mean subset-undefined?"));
    assert!(failure(&dir, &["explain", "schema"]).contains("schema is a group; its rules are"));
    assert!(failure(&dir, &["--cluster", "east"]).contains("expected a name, `=` and a value"));
    assert!(failure(&dir, &["--cluster", "east="]).contains("no path for `east`"));
    assert!(failure(&dir, &["--istio-version", "2"]).contains("it is not a version; write it as `1.24`"));
    assert!(
        failure(&dir, &["--config", "none.yaml"]).ends_with("none.yaml: cannot be read: no such file or directory\n")
    );
    assert!(failure(&dir, &["completions", "tcsh"]).contains("possible values"));
    failure(&dir, &["--config", "a.yaml", "--no-config"]);
}

#[test]
fn the_configuration_is_found_and_its_mistakes_are_shown() {
    let dir = broken();
    write(dir.path(), "meshlint.yaml", "rules:\n  duplicate-key: off\n  api-removed: error\n");
    let text = stdout(&run(&dir, &["--format", "concise", "clusters"]));
    assert!(!text.contains("duplicate-key") && text.contains("error[api-removed]"), "{text}");
    assert!(stdout(&run(&dir, &["--no-config", "--format", "concise", "./clusters"])).contains("error[duplicate-key]"));
    // Options come after the configuration.
    let args = ["--select", "duplicate-key", "--format", "concise", "clusters"];
    assert!(stdout(&run(&dir, &args)).contains("error[duplicate-key]"));
    // From below, too.
    let below = common::meshlint(&dir.path().join("clusters"), &["--format", "concise", "."]);
    assert!(!stdout(&below).contains("duplicate-key"), "{}", stdout(&below));
    write(dir.path(), "wrong.yaml", "clusters:\n  east:\n    gatways: [a]\nrulse: {}\n");
    let wrong = failure(&dir, &["--config", "wrong.yaml", "clusters"]);
    let lines: Vec<&str> = wrong.lines().collect();
    assert_eq!(lines.len(), 2, "{wrong}");
    assert!(
        lines[0].starts_with("error: wrong.yaml:3:5: ") && lines[0].contains("did you mean `gateways`?"),
        "{wrong}"
    );
    assert!(lines[1].starts_with("error: wrong.yaml:4:1: "), "{wrong}");
    assert!(failure(&dir, &["--config", "none.yaml"]).contains("none.yaml"));
}

#[test]
fn nothing_to_check_is_a_failure() {
    let dir = fleet(&[("clusters/README.md", "nothing here\n")]);
    assert!(failure(&dir, &["./clusters"]).contains("nothing to check"));
}

#[test]
#[cfg(unix)]
fn what_cannot_be_read_is_an_error_and_costs_nothing_else() {
    let dir = broken();
    std::os::unix::fs::symlink("nowhere", dir.path().join("clusters/east/broken.yaml")).expect("a link");
    let text = stdout(&run(&dir, &["--format", "concise", "./clusters"]));
    assert!(text.contains("\nclusters/east/broken.yaml:1:1: error[document-skipped] "), "{text}");
    assert!(text.contains("error[duplicate-key]"), "{text}");
}

#[test]
fn findings_are_printed_in_lines() {
    let dir = broken();
    let output = run(&dir, &["--format", "concise", "./clusters"]);
    let expected = "\
clusters/east/a.yaml:13:3: error[duplicate-key] `x` is written twice in one mapping: `2` applies, and `1` is dropped silently
clusters/east/a.yaml:15:13: warning[api-removed] `policy/v1beta1` PodSecurityPolicy is gone since Kubernetes 1.25
clusters/west/a.yaml:6:7: note[document-skipped] this document was not checked: it is a template, and no YAML before it is rendered
";
    assert_eq!(stdout(&output), expected);
    let quiet = run(&dir, &["--format", "concise", "-q", "./clusters"]);
    assert_eq!(stdout(&quiet).lines().count(), 2);
}

#[test]
fn text_ends_with_a_summary() {
    let dir = broken();
    let text = stdout(&run(&dir, &["./clusters"]));
    assert!(text.contains("\n1 error, 1 warning in 2 clusters; 2 files, 5 documents; "), "{text}");
    assert!(text.contains("skipped: clusters/west/a.yaml: a template that is not rendered\n"), "{text}");
    let quiet = stdout(&run(&dir, &["-q", "./clusters"]));
    assert!(quiet.contains("error[duplicate-key]") && !quiet.contains("2 clusters"), "{quiet}");
    let verbose = stdout(&run(&dir, &["-v", "./clusters"]));
    assert!(verbose.contains("\nnote[document-skipped]: this document"), "{verbose}");
    let fine = stdout(&run(&healthy(), &["./clusters"]));
    assert!(fine.starts_with("no problems in 2 clusters; 2 files, 2 documents; "), "{fine}");
    assert_eq!(stdout(&run(&healthy(), &["-q", "./clusters"])), "");
}

#[test]
fn json_has_the_fields_of_its_contract() {
    let dir = broken();
    let output = run(&dir, &["--format", "json", "./clusters"]);
    let text = stdout(&output);
    assert!(text.ends_with("}\n"));
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["version"], 1);
    assert_eq!(json["tool"]["name"], "meshlint");
    let summary = serde_json::json!({"errors": 1, "warnings": 1, "notes": 1, "suppressed": 0, "baselined": 0});
    assert_eq!(json["summary"], summary);
    assert_eq!(json["clusters"][0]["name"], "east");
    assert_eq!(json["clusters"][0]["documents"], 3);
    let finding = &json["findings"][0];
    assert_eq!(finding["rule"], "duplicate-key");
    assert_eq!(finding["object"]["apiVersion"], "v1");
    assert_eq!(finding["object"]["namespace"], "shop");
    let location = serde_json::json!({
        "file": "clusters/east/a.yaml", "line": 13, "column": 3, "endLine": 13, "endColumn": 4, "path": "/data/x"
    });
    assert_eq!(finding["location"], location);
    assert_eq!(finding["related"][0]["location"]["line"], 12);
    assert_eq!(finding["fingerprint"].as_str().map(str::len), Some(16));
    let top: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("  \"")?.split('"').next()).collect();
    assert_eq!(top, ["version", "tool", "summary", "clusters", "findings"]);
}

#[test]
fn the_schema_of_the_output_is_fresh() {
    let path = common::root().join("docs/output.schema.json");
    let fresh = serde_json::to_string_pretty(&meshlint::report::json::schema()).expect("JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().expect("docs")).expect("docs");
        fs::write(&path, &fresh).expect("docs/output.schema.json can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == fresh, "docs/output.schema.json is not fresh: run `UPDATE=1 cargo test --test cli`");
}

#[test]
fn output_is_the_same_for_any_number_of_threads() {
    let dir = broken();
    for format in ["concise", "json"] {
        let one = run(&dir, &["--format", format, "--threads", "1", "./clusters"]);
        for threads in ["2", "7"] {
            let more = run(&dir, &["--format", format, "--threads", threads, "./clusters"]);
            assert_eq!(stdout(&one), stdout(&more));
        }
    }
}

#[test]
fn colour_follows_the_terminal_the_environment_and_the_option() {
    let dir = broken();
    let colored = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshlint"));
        command.args(args).arg("./clusters").current_dir(dir.path()).env_clear().envs(env.iter().copied());
        stdout(&command.output().expect("it runs")).contains("\x1b[")
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color=never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["--format", "concise"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn a_stream_on_standard_input() {
    let dir = fleet(&[]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_meshlint"))
        .args(["--format", "concise", "-"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("piped").write_all(TWICE.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains(":8:3: error[duplicate-key]"), "{}", stdout(&output));
}

#[test]
#[cfg(unix)]
fn a_reader_that_leaves_early_is_no_error() {
    let many: String = (0..2000).map(|i| TWICE.replace("name: a", &format!("name: a{i}")) + "---\n").collect();
    let dir = fleet(&[("clusters/east/a.yaml", &many)]);
    let program = env!("CARGO_BIN_EXE_meshlint");
    for format in ["text", "concise", "json"] {
        let line = format!("{{ '{program}' --format {format} ./clusters; echo $? >&2; }} | head -n 1");
        let output = Command::new("sh").args(["-c", &line]).current_dir(dir.path()).output().expect("sh");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "1\n", "{format}");
        assert_eq!(stdout(&output).lines().count(), 1);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_failure_of_the_run() {
    let dir = broken();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = Command::new(env!("CARGO_BIN_EXE_meshlint"))
        .arg("./clusters")
        .current_dir(dir.path())
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: cannot write the output: "));
}

#[test]
fn clusters_shows_how_the_repository_was_understood() {
    let dir = broken();
    let text = stdout(&run(&dir, &["clusters"]));
    assert!(text.starts_with("east   clusters/east   1 file, 3 resources   network -   gateways -\n"), "{text}");
    assert!(text.contains("\nunderstood as: "), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&run(&dir, &["clusters", "--format", "json"]))).expect("JSON");
    assert_eq!(json["clusters"][1]["name"], "west");
    let both = ["clusters", "--cluster", "one=clusters/east", "--cluster", "two=clusters/west"];
    let given = stdout(&run(&dir, &both));
    assert!(given.starts_with("one   clusters/east"), "{given}");
}

#[test]
fn rules_and_pages() {
    let dir = fleet(&[]);
    let rules = stdout(&run(&dir, &["rules"]));
    assert_eq!(rules.lines().count(), meshlint::rules::ALL.len());
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&run(&dir, &["rules", "--format", "json"]))).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(meshlint::rules::ALL.len()));
    let page = stdout(&run(&dir, &["explain", "duplicate-key"]));
    assert!(page.starts_with("duplicate-key  error (schema, since 0.1.0)\n\nA key is written twice"), "{page}");
    assert!(page.contains("\n      app: reviews # error: [duplicate-key]\n"), "{page}");
    assert!(page.lines().all(|l| l.chars().count() <= 100), "{page}");
    let peers = stdout(&run(&dir, &["explain", "ist0101"]));
    assert!(peers.contains("subset-undefined  error"), "{peers}");
    let colored = stdout(&run(&dir, &["explain", "duplicate-key", "--color", "always"]));
    assert!(colored.contains("\x1b[1mWhat it checks\x1b[0m"), "{colored}");
}

#[test]
fn what_packagers_need() {
    let dir = fleet(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(stdout(&run(&dir, &["completions", shell])).contains("meshlint"), "{shell}");
    }
    assert!(stdout(&run(&dir, &["man"])).contains(".TH meshlint 1"));
    let version = stdout(&run(&dir, &["--version"]));
    assert_eq!(version, format!("meshlint {}\n", env!("CARGO_PKG_VERSION")));
    let help = stdout(&run(&dir, &["--help"]));
    assert!(help.contains("Examples:") && help.contains("Exit status:"), "{help}");
    assert!(serde_json::from_str::<serde_json::Value>(&stdout(&run(&dir, &["schema"]))).is_ok());
}

#[test]
fn definitions_are_taken_from_a_folder() {
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n\
               spec:\n  group: example.com\n  names: {kind: Widget}\n  versions:\n  - name: v1\n    schema:\n      \
               openAPIV3Schema:\n        type: object\n        properties:\n          spec:\n            type: object\n            \
               properties:\n              size: {type: integer}\n              most: {type: integer}\n            \
               x-kubernetes-validations:\n            - {rule: \"self.size <= self.most\", message: size is most at most}\n";
    let widget =
        |spec: &str| format!("apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: a}}\nspec: {spec}\n");
    let dir = fleet(&[
        ("crds/widget.yaml", crd),
        ("clusters/east/a.yaml", &widget("{size: 3, most: 2}")),
        ("clusters/west/a.yaml", &widget("{siez: 1}")),
    ]);
    assert_eq!(status(&dir, &["check", "clusters"]), 0);
    let said = stdout(&run(&dir, &["check", "--crds", "crds", "--format", "concise", "clusters"]));
    assert!(said.contains("size is most at most") && said.contains("Widget has no field `siez`"), "{said}");
    assert!(failure(&dir, &["check", "--crds", "none", "clusters"]).contains("--crds none"));
}

#[test]
fn an_empty_cluster_is_counted_in_good_grammar() {
    let west = ("clusters/west/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n");
    let one = fleet(&[west, ("clusters/east/a.yaml", "a: 1\n")]);
    assert!(stdout(&run(&one, &["./clusters"])).contains("1 file of it holds no Kubernetes object"));
    let two = fleet(&[west, ("clusters/east/a.yaml", "a: 1\n"), ("clusters/east/b.yaml", "b: 1\n")]);
    assert!(stdout(&run(&two, &["./clusters"])).contains("2 files of it hold no Kubernetes object"));
}
