//! `meshlint init`: what it writes is read again, and changes nothing.

mod common;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

/// A copy of a folder.
fn copy_of(folder: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, path) in common::files_in(&common::root().join(folder)) {
        write(dir.path(), &name, &fs::read_to_string(path).expect("a text"));
    }
    dir
}

fn write(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

fn run(dir: &TempDir, args: &[&str]) -> (i32, String, String) {
    let output = common::meshlint(dir.path(), args);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (output.status.code().expect("no signal"), text(&output.stdout), text(&output.stderr))
}

/// What a run without arguments finds and reads.
fn seen(dir: &TempDir) -> (Value, Value) {
    let (_, out, err) = run(dir, &["--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {err}"));
    (report["findings"].clone(), report["clusters"].clone())
}

fn init(dir: &TempDir, args: &[&str]) -> (String, String) {
    let (status, out, err) = run(dir, args);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    (out, fs::read_to_string(dir.path().join("meshlint.yaml")).expect("meshlint.yaml"))
}

#[test]
fn a_run_finds_the_same_with_it_as_without() {
    for folder in ["shop", "shop-broken", "two-networks"] {
        let dir = copy_of(&format!("testdata/fleets/{folder}"));
        let before = seen(&dir);
        let (_, text) = init(&dir, &["init"]);
        assert_eq!(seen(&dir), before, "{folder}:\n{text}");
        assert!(text.contains("paths: [clusters/"), "{text}");
    }
}

#[test]
fn a_cluster_that_comes_later_is_found() {
    let dir = copy_of("testdata/fleets/shop");
    init(&dir, &["init"]);
    write(dir.path(), "clusters/north/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n");
    let output = common::meshlint(dir.path(), &["clusters", "--format", "json"]);
    let overview: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let names: Vec<_> = overview["clusters"].as_array().expect("clusters").iter().map(|c| &c["name"]).collect();
    assert_eq!(names, ["east", "north", "west"]);
}

#[test]
fn it_says_what_was_found_and_what_is_missing() {
    let dir = copy_of("testdata/fleets/shop-broken");
    let (said, text) = init(&dir, &["init"]);
    assert!(said.starts_with("wrote meshlint.yaml: 2 clusters (east, west)\n"), "{said}");
    assert!(said.contains("3 findings (3 errors) now; `meshlint baseline` makes them known"), "{said}");
    for line in [
        "  east:\n    # paths: [clusters/east]\n",
        "    # gateways: [203.0.113.20]   # not found",
        "    # gateways: [\"203.0.113.20\"]   # found in Service istio-system/istio-ingressgateway",
        "#   subset-undefined: on   # 1 finding now\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    // Every example in it is right, too.
    let all: String = text
        .lines()
        .map(|l| match l.trim_start().strip_prefix("# ") {
            Some(rest) if rest.contains(": ") && !rest.starts_with(char::is_uppercase) && !rest.contains(" it ") => {
                format!("{}{rest}\n", &l[..l.len() - l.trim_start().len()])
            }
            Some(rest) if ["variables:", "rules:"].contains(&rest) => format!("{rest}\n"),
            Some(_) => String::new(),
            None => format!("{l}\n"),
        })
        .collect();
    assert!(all.contains("\nrules:\n  ") && all.contains("\nfailOn: error\n"), "{all}");
    write(dir.path(), "all.yaml", &all.replace("\nbaseline: meshlint-baseline.json\n", "\n"));
    let (status, _, err) = run(&dir, &["clusters", "--config", "all.yaml"]);
    assert_eq!((status, err.as_str()), (0, ""), "{all}");
}

#[test]
fn what_needs_a_value_and_what_no_cluster_applies_is_in_it() {
    let dir = copy_of("testdata/fleets/shop");
    let file = "clusters/east/catalog-global.yaml";
    let files = common::files_in(dir.path());
    let (name, path) = files
        .iter()
        .find(|(n, p)| {
            n.starts_with("clusters/east/") && fs::read_to_string(p).is_ok_and(|t| t.contains("203.0.113.20"))
        })
        .unwrap_or_else(|| panic!("{file}: no endpoint"));
    let text = fs::read_to_string(path).expect("a text");
    write(
        dir.path(),
        name,
        &text.replace("address: 203.0.113.20", "address: ${WEST GATE}").replace("WEST GATE", "WEST_GATE"),
    );
    write(dir.path(), "clusters/notes\nof: us/a.yaml", "a: b\n");
    let before = seen(&dir);
    let (said, text) = init(&dir, &["init"]);
    assert!(said.contains("1 variable to fill in"), "{said}");
    assert!(text.contains("#   WEST_GATE: \"\"   # needed, and not known\n"), "{text}");
    assert_eq!(seen(&dir), before, "{text}");
    let (_, text) = init(&dir, &["init", "--force", "--set", "WEST_GATE=203.0.113.20"]);
    assert!(text.contains("variables:\n  WEST_GATE: \"203.0.113.20\"\n"), "{text}");
    assert_ne!(seen(&dir), before);
}

#[test]
fn nothing_is_written_over_unless_asked_for() {
    let dir = copy_of("testdata/fleets/shop");
    write(dir.path(), "meshlint.yml", "failOn: note\n");
    let (status, out, err) = run(&dir, &["init"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert_eq!(err, "error: meshlint.yml is there already; `meshlint init --force` writes it anew\n");
    assert_eq!(fs::read_to_string(dir.path().join("meshlint.yml")).expect("a file"), "failOn: note\n");
    // Printed, it harms nothing.
    let (status, printed, _) = run(&dir, &["init", "--stdout"]);
    assert_eq!((status, &printed), (0, &run(&dir, &["init", "-"]).1));
    assert!(printed.contains("clusters:\n  east:\n"), "{printed}");
    let (status, out, _) = run(&dir, &["init", "--force"]);
    assert!(status == 0 && out.starts_with("wrote meshlint.yml: "), "{out}");
    assert_eq!(fs::read_to_string(dir.path().join("meshlint.yml")).expect("a file"), printed);
    assert!(!dir.path().join("meshlint.yaml").exists());
}

#[test]
fn a_baseline_comes_along_where_it_is_asked_for() {
    let dir = copy_of("testdata/fleets/shop-broken");
    let (said, _) = init(&dir, &["init", "--baseline"]);
    assert!(said.contains("wrote meshlint-baseline.json: 3 findings (3 errors)\n"), "{said}");
    let (status, out, _) = run(&dir, &[]);
    assert!(status == 0 && out.contains("3 baselined"), "{out}");
}

#[test]
fn where_there_is_nothing_it_fails_as_a_run_does() {
    let dir = tempfile::tempdir().expect("a folder");
    let (status, _, said) = run(&dir, &["init"]);
    assert_eq!((status, &said), (2, &run(&dir, &[]).2));
    assert!(said.contains("nothing to check"), "{said}");
    assert!(!dir.path().join("meshlint.yaml").exists());
}

#[test]
fn variants_side_by_side_stay_apart() {
    let dir = tempfile::tempdir().expect("a folder");
    for fleet in ["a", "b"] {
        for (name, path) in common::files_in(&common::root().join("testdata/fleets/shop-broken/clusters")) {
            write(dir.path(), &format!("{fleet}/clusters/{name}"), &fs::read_to_string(path).expect("a text"));
        }
    }
    let before = seen(&dir);
    assert_eq!(before.1.as_array().map(Vec::len), Some(4), "{}", before.1);
    let (_, text) = init(&dir, &["init"]);
    assert_eq!(seen(&dir), before, "{text}");
}

#[test]
fn a_path_is_remembered() {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, path) in common::files_in(&common::root().join("testdata/fleets/shop-broken/clusters")) {
        write(dir.path(), &format!("deploy/k8s/{name}"), &fs::read_to_string(path).expect("a text"));
    }
    let given = ["--cluster", "east=deploy/k8s/east", "--cluster", "west=deploy/k8s/west"];
    let args: Vec<&str> = ["init"].into_iter().chain(given).collect();
    let (said, text) = init(&dir, &args);
    assert!(text.contains("paths: [deploy/k8s/east]"), "{text}");
    assert!(said.contains("3 findings"), "{said}");
    assert_eq!(run(&dir, &[]).0, 1);
}
