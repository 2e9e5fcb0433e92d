//! What other programs read: each format against the schema of those who read it, for a run with all levels, related
//! places, text beyond ASCII, characters that mean something in some format, and paths with spaces.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A key twice (an error), a removed API (a warning), a template (a note).
const AWKWARD: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: größe
  namespace: shop
data:
  "<é|`x`> & [a](b) 'c' 100%, :": "1"
  "<é|`x`> & [a](b) 'c' 100%, :": "日本"
---
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata:
  name: a
---
kind: {{ .Values.kind }}
"#;

/// A fleet with three errors across clusters, and the file above.
fn fleet() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let source = common::root().join("testdata/fleets/shop-broken/clusters");
    for (file, path) in common::files_in(&source) {
        write(dir.path(), &format!("my fleet/clusters/{file}"), &fs::read_to_string(path).expect("a file"));
    }
    write(dir.path(), "my fleet/clusters/east/größe 100%,#1.yaml", AWKWARD);
    dir
}

fn write(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

fn run(dir: &Path, args: &[&str]) -> String {
    let args: Vec<&str> = args.iter().copied().chain(["my fleet/clusters"]).collect();
    stdout(&common::meshlint(dir, &args))
}

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn schema(file: &str) -> jsonschema::Validator {
    let text = fs::read_to_string(common::root().join("tests/schemas").join(file)).expect("a schema");
    jsonschema::options().should_validate_formats(true).build(&json(&text)).expect("a schema")
}

fn assert_valid(schema: &jsonschema::Validator, value: &Value) {
    let wrong: Vec<String> = schema.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{}\n{value:#}", wrong.join("\n"));
}

fn texts<'a>(list: &'a Value, pointer: &str) -> Vec<&'a str> {
    let list = list.as_array().expect("a list").iter();
    list.map(|v| v.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {v:#}"))).collect()
}

/// What is found, in order.
const RULES: [&str; 6] = [
    "remote-subset-undefined",
    "subset-undefined",
    "duplicate-key",
    "api-removed",
    "document-skipped",
    "global-endpoint-port",
];

fn sorted<'a>(rules: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    rules.into_iter().collect()
}

#[test]
fn sarif_is_valid_and_complete() {
    let dir = fleet();
    let log = json(&run(dir.path(), &["--format", "sarif"]));
    let schema = schema("sarif-2.1.0.json");
    assert_valid(&schema, &log);
    let mut broken = log.clone();
    broken["runs"][0]["results"][0]["level"] = "bad".into();
    assert!(!schema.is_valid(&broken), "the schema refuses what is wrong");

    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let (results, rules) = (&run["results"], &run["tool"]["driver"]["rules"]);
    assert_eq!(sorted(texts(results, "/ruleId")), sorted(RULES));
    assert_eq!(sorted(texts(results, "/level")), sorted(["error", "warning", "note"]));
    assert_eq!(sorted(texts(rules, "/id")), sorted(RULES));
    for result in results.as_array().expect("a list") {
        let rule = &rules[result["ruleIndex"].as_u64().expect("a number") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(result["partialFingerprints"]["meshlint/v1"].as_str().map(str::len), Some(16));
        for text in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown", "/helpUri"] {
            assert!(rule.pointer(text).and_then(Value::as_str).is_some_and(|t| t.len() > 20), "{text}: {rule:#}");
        }
        assert!(rule["properties"]["tags"].as_array().is_some_and(|t| !t.is_empty()));
    }
    let find = |rule: &str| {
        let mut all = results.as_array().expect("a list").iter();
        all.find(|r| r["ruleId"] == rule).expect("it is found")
    };
    let twice = find("duplicate-key");
    let place = &twice["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20fleet/clusters/east/gr%C3%B6%C3%9Fe%20100%25%2C%231.yaml");
    assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    let region = serde_json::json!({"startLine": 8, "startColumn": 3, "endLine": 8, "endColumn": 33});
    assert_eq!(place["region"], region);
    let object = &twice["locations"][0]["logicalLocations"][0];
    assert_eq!(object["name"], "größe");
    assert!(object["fullyQualifiedName"].as_str().is_some_and(|n| n.starts_with("east/ConfigMap/shop/größe#/data/")));
    // A link to the other place, and none made of what is in the file.
    let text = twice["message"]["text"].as_str().expect("text");
    assert!(text.contains("(1)") && text.contains(r"\[a\](b)"), "{text}");
    let related = &find("remote-subset-undefined")["relatedLocations"][0];
    assert_eq!(related["id"], 1);
    assert!(related["message"]["text"].as_str().is_some_and(|t| t.contains("finds `v2`")), "{related:#}");
    let uri = &related["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "my%20fleet/clusters/west/catalog-rule.yaml");
}

#[test]
fn a_run_without_findings_is_valid_too() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "clusters/east/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n");
    let output = |format| {
        let output = common::meshlint(dir.path(), &["--format", format]);
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert_valid(&schema("sarif-2.1.0.json"), &json(&output("sarif")));
    assert_valid(&schema("rdjson.json"), &json(&output("rdjson")));
    assert_eq!(output("gitlab"), "[]\n");
    assert_eq!(violations(&output("junit")), Vec::<String>::new());
    assert!(output("junit").contains(r#"<testcase name="no problems" classname="east"/>"#));
}

#[test]
fn gitlab_reads_each_entry() {
    let dir = fleet();
    let report = json(&run(dir.path(), &["--format", "gitlab"]));
    let schema = schema("gitlab-codequality.json");
    let issues = report.as_array().expect("a list");
    issues.iter().for_each(|issue| assert_valid(&schema, issue));
    assert!(!schema.is_valid(&serde_json::json!({"description": "x"})), "the schema refuses what is wrong");
    assert_eq!(sorted(texts(&report, "/check_name")), sorted(RULES));
    assert_eq!(sorted(texts(&report, "/severity")), sorted(["critical", "minor", "info"]));
    let twice = issues.iter().find(|i| i["check_name"] == "duplicate-key").expect("it is found");
    assert_eq!(twice["location"]["path"], "my fleet/clusters/east/größe 100%,#1.yaml");
    assert_eq!(twice["location"]["positions"]["begin"], serde_json::json!({"line": 8, "column": 3}));
    assert!(twice["description"].as_str().is_some_and(|d| d.contains("日本")));
}

#[test]
fn gitlab_shows_findings_that_have_one_fingerprint() {
    let dir = tempfile::tempdir().expect("a folder");
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: \"1\"\n  x: \"2\"\n  x: \"3\"\n";
    write(dir.path(), "my fleet/clusters/east/a.yaml", twice);
    write(dir.path(), "my fleet/clusters/east/b.yaml", twice);
    let report = json(&run(dir.path(), &["--format", "gitlab", "--select", "duplicate-key"]));
    let fingerprints = texts(&report, "/fingerprint");
    assert!(fingerprints.len() > 1, "{report:#}");
    assert_eq!(sorted(fingerprints.iter().copied()).len(), fingerprints.len(), "{fingerprints:?}");
    assert_eq!(report, json(&run(dir.path(), &["--format", "gitlab", "--select", "duplicate-key"])));
}

#[test]
fn rdjson_is_what_reviewdog_reads() {
    let dir = fleet();
    let report = json(&run(dir.path(), &["--format", "rdjson"]));
    let schema = schema("rdjson.json");
    assert_valid(&schema, &report);
    assert!(!schema.is_valid(&serde_json::json!({"diagnostics": [{"severity": "bad"}]})), "the schema refuses that");
    let diagnostics = &report["diagnostics"];
    assert_eq!(sorted(texts(diagnostics, "/code/value")), sorted(RULES));
    assert_eq!(sorted(texts(diagnostics, "/severity")), sorted(["ERROR", "WARNING", "INFO"]));
    let mut all = diagnostics.as_array().expect("a list").iter();
    let twice = all.find(|d| d["code"]["value"] == "duplicate-key").expect("it is found");
    // In bytes, of which é has two.
    let range = serde_json::json!({"start": {"line": 8, "column": 3}, "end": {"line": 8, "column": 34}});
    assert_eq!(twice["location"]["range"], range);
    assert_eq!(twice["related_locations"][0]["location"]["range"]["start"]["line"], 7);
}

/// What the schema of Jenkins' JUnit reader has against a report.
fn violations(report: &str) -> Vec<String> {
    let text = fs::read_to_string(common::root().join("tests/schemas/junit-10.xsd")).expect("a schema");
    let schema = uppsala::parse(&text).expect("XML");
    let schema = uppsala::XsdValidator::from_schema(&schema).expect("a schema");
    let report = uppsala::parse(report).expect("XML");
    schema.validate(&report).iter().map(ToString::to_string).collect()
}

#[test]
fn junit_is_valid_and_complete() {
    let dir = fleet();
    let report = run(dir.path(), &["--format", "junit"]);
    assert_eq!(violations(&report), Vec::<String>::new());
    for (right, wrong) in [("<testcase name=", "<testcase title="), ("</testcase>", "<x/></testcase>")] {
        assert!(!violations(&report.replacen(right, wrong, 1)).is_empty(), "the schema refuses {wrong}");
    }
    assert!(report.contains(r#"<testsuites name="meshlint" tests="7" failures="5" errors="0">"#), "{report}");
    assert!(report.contains(r#"<testsuite name="east" tests="6" failures="5" errors="0" skipped="1">"#), "{report}");
    for rule in RULES {
        assert!(report.contains(&format!(r#"<testcase name="{rule}"#)), "{rule}: {report}");
    }
    assert!(report.contains("&lt;é|`x`&gt; &amp; [a](b) &apos;c&apos;"), "{report}");
}

/// The program as a job of GitHub Actions would run it, in this folder of the checkout.
fn github(checkout: &Path, folder: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meshlint"))
        .args(args)
        .current_dir(checkout.join(folder))
        .env_clear()
        .env("PATH", common::tools())
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKSPACE", checkout)
        .env("GITHUB_STEP_SUMMARY", checkout.join("summary.md"))
        .output()
        .expect("it runs")
}

#[test]
fn github_shows_annotations_the_text_and_a_summary() {
    let dir = fleet();
    fs::write(dir.path().join("summary.md"), "before\n").expect("a file");
    let log = stdout(&github(dir.path(), "", &["my fleet/clusters"]));
    let commands: Vec<&str> = log.lines().take_while(|l| !l.starts_with("::stop-commands::")).collect();
    assert_eq!(commands.len(), RULES.len(), "{log}");
    // Errors first, and of those what crosses between clusters.
    assert!(commands[0].contains("title=error[remote-subset-undefined]::west defines no subset `v3`"), "{log}");
    let kinds: Vec<&str> = commands.iter().filter_map(|l| l.split([':', ' ']).nth(2)).collect();
    assert_eq!(kinds, ["error", "error", "error", "error", "warning", "notice"]);
    let twice = commands.iter().find(|l| l.contains("duplicate-key")).expect("it is there");
    let place = "::error file=my fleet/clusters/east/größe 100%25%2C#1.yaml,line=8,endLine=8,col=3,endColumn=33,title=";
    assert!(twice.starts_with(place), "{twice}");
    assert!(
        twice.contains(" 100%25, :") && twice.contains("%0Amy fleet/clusters/east/größe 100%25,#1.yaml:7: "),
        "{twice}"
    );
    // What the text quotes is no command.
    let token = log.lines().find_map(|l| l.strip_prefix("::stop-commands::")).expect("commands are stopped");
    assert!(log.ends_with(&format!("::{token}::\n")), "{log}");
    assert!(log.contains("\n4 errors, 1 warning in 2 clusters; "), "{log}");

    let summary = fs::read_to_string(dir.path().join("summary.md")).expect("a summary");
    assert!(summary.starts_with("before\n### meshlint: 4 errors, 1 warning, 1 note in 2 clusters\n\n|"), "{summary}");
    let rows: Vec<&str> = summary.lines().filter(|l| l.starts_with("| ")).collect();
    assert_eq!(rows.len(), RULES.len() + 1, "{summary}");
    assert!(rows.iter().all(|r| r.replace("\\|", "").matches('|').count() == 4), "{summary}");
}

#[test]
fn github_is_told_paths_from_the_root_of_the_checkout() {
    let dir = fleet();
    let run = |format: &str| stdout(&github(dir.path(), "my fleet/clusters", &["--format", format, "east", "west"]));
    assert!(run("github").contains("file=my fleet/clusters/east/catalog-route.yaml,"));
    assert!(run("gitlab").contains("\"path\": \"my fleet/clusters/east/catalog-route.yaml\""));
    assert!(run("sarif").contains("\"uri\": \"my%20fleet/clusters/east/catalog-route.yaml\""));
    assert!(run("gitlab").contains("\\nmy fleet/clusters/west/catalog-rule.yaml:12: "));
    assert!(run("json").contains("\"file\": \"east/catalog-route.yaml\""));
}

#[test]
fn a_checkout_is_checked_from_elsewhere() {
    let (dir, elsewhere) = (fleet(), tempfile::tempdir().expect("a folder"));
    let checkout = fs::canonicalize(dir.path()).expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_meshlint"))
        .args(["--format", "gitlab"])
        .arg(checkout.join("my fleet/clusters"))
        .current_dir(elsewhere.path())
        .env_clear()
        .env("CI_PROJECT_DIR", &checkout)
        .output()
        .expect("it runs");
    assert!(stdout(&output).contains("\"path\": \"my fleet/clusters/east/catalog-route.yaml\""));
}

#[test]
fn github_shows_ten_of_a_kind() {
    let dir = tempfile::tempdir().expect("a folder");
    let twice =
        |i: u32| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a{i}\ndata:\n  x: \"1\"\n  x: \"2\"\n");
    let old = |i: u32| format!("apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: a{i}\n");
    for i in 0..12 {
        write(dir.path(), &format!("clusters/east/a{i:02}.yaml"), &format!("{}---\n{}", twice(i), old(i)));
    }
    let log = stdout(&github(dir.path(), "", &["."]));
    for (kind, more) in [("error", "2 errors"), ("warning", "2 warnings")] {
        assert_eq!(log.lines().filter(|l| l.starts_with(&format!("::{kind} "))).count(), 10, "{log}");
        assert!(
            log.contains(&format!("\nand {more} more than the 10 {kind}s that GitHub shows of one step\n")),
            "{log}"
        );
    }
    let summary = fs::read_to_string(dir.path().join("summary.md")).expect("a summary");
    assert_eq!(summary.matches("| error |").count(), 12);
}

#[test]
fn a_summary_stays_below_githubs_limit() {
    let dir = tempfile::tempdir().expect("a folder");
    let value = "v".repeat(4000);
    let long = |i: u32| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a{i}\ndata:\n  {value}: \"1\"\n  {value}: \"2\"\n---\n"
        )
    };
    write(dir.path(), "clusters/east/a.yaml", &(0..600).map(long).collect::<String>());
    github(dir.path(), "", &["."]);
    let summary = fs::read_to_string(dir.path().join("summary.md")).expect("a summary");
    assert!(summary.len() < 1 << 20, "{}", summary.len());
    let last = summary.trim_end().lines().last().unwrap_or_default();
    assert!(last.starts_with("and ") && last.contains(" findings more"), "{last}");
}

#[test]
fn the_default_is_the_job_s() {
    let dir = fleet();
    assert!(!run(dir.path(), &[]).contains("::error"));
    let asked = stdout(&github(dir.path(), "", &["--format", "concise", "my fleet/clusters"]));
    assert!(asked.lines().all(|l| l.starts_with("my fleet/clusters/")), "{asked}");
    assert!(!dir.path().join("summary.md").exists());
    // A summary that cannot be written costs nothing else.
    fs::create_dir(dir.path().join("summary.md")).expect("a folder");
    let output = github(dir.path(), "", &["my fleet/clusters"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("warning: no job summary: cannot write ") && stderr.lines().count() == 1, "{stderr}");
    assert!(stdout(&output).starts_with("::error "));
}

/// Each block of `docs/formats.md` that names a format is a part of what that format prints.
#[test]
fn the_examples_of_the_docs_are_printed() {
    let docs = fs::read_to_string(common::root().join("docs/formats.md")).expect("a page");
    let dir = common::root().join("testdata/fleets/shop-broken");
    let mut shown = BTreeSet::new();
    for block in docs.split("\n```text format=").skip(1) {
        let (format, rest) = block.split_once('\n').expect("a block");
        let (example, _) = rest.split_once("\n```").expect("an end");
        let output = stdout(&common::meshlint(&dir, &["--format", format]));
        let mut rest = output.as_str();
        for part in example.split("\n…\n") {
            let at = rest.find(part).unwrap_or_else(|| panic!("--format {format} does not print\n{part}"));
            rest = &rest[at + part.len()..];
        }
        shown.insert(format);
    }
    assert_eq!(shown, sorted(["concise", "sarif", "github", "gitlab", "junit", "rdjson"]));
}
