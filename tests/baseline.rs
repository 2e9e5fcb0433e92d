//! Known findings: what a baseline takes over, what it hides, and what it must not hide.

mod common;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

const FILE: &str = "meshlint-baseline.json";

/// A route of its own path to a subset.
fn route(host: &str, subset: &str) -> String {
    format!(
        "  - match: [{{uri: {{prefix: /{subset}/}}}}]\n    route:\n    - destination:\n        host: {host}\n        subset: {subset}\n"
    )
}

/// A service with its Pods, its subset `v1`, and a route to each of these subsets.
fn service(name: &str, subsets: &[&str]) -> String {
    let routes: String = subsets.iter().map(|s| route(name, s)).collect();
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n  selector: {{app: {name}}}\n  \
         ports:\n  - name: http\n    port: 80\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  \
         namespace: shop\nspec:\n  selector:\n    matchLabels: {{app: {name}, version: v1}}\n  template:\n    metadata:\n      \
         labels: {{app: {name}, version: v1}}\n    spec:\n      containers: []\n---\n{}---\n\
         apiVersion: networking.istio.io/v1beta1\nkind: VirtualService\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n  \
         hosts: [{name}]\n  http:\n{routes}",
        rule(name)
    )
}

fn rule(name: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1beta1\nkind: DestinationRule\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n  \
         host: {name}\n  subsets:\n  - name: v1\n    labels: {{version: v1}}\n"
    )
}

fn twice(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: shop\ndata:\n  x: \"1\"\n  x: \"2\"\n"
    )
}

fn old(name: &str) -> String {
    format!("apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: {name}\n")
}

fn write(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

fn edit(dir: &TempDir, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(dir.path().join(file)).expect("a file");
    assert!(text.contains(from), "{file} has no {from:?}");
    write(dir.path(), file, &text.replacen(from, to, 1));
}

/// Ten routes to no subset, five keys twice, three broken files and two removed APIs: 18 errors, 2 warnings.
fn twenty_faults() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for i in 0..10 {
        let cluster = if i % 2 == 0 { "east" } else { "west" };
        write(
            dir.path(),
            &format!("clusters/{cluster}/s{i}.yaml"),
            &service(&format!("s{i}"), &["v1", &format!("x{i}")]),
        );
    }
    for i in 0..5 {
        write(dir.path(), &format!("clusters/west/twice{i}.yaml"), &twice(&format!("c{i}")));
    }
    for i in 0..3 {
        write(dir.path(), &format!("clusters/east/broken{i}.yaml"), &format!("kind: ConfigMap\na{i}: [\n"));
    }
    for i in 0..2 {
        write(dir.path(), &format!("clusters/east/old{i}.yaml"), &old(&format!("p{i}")));
    }
    dir
}

fn run(dir: &TempDir, args: &[&str]) -> (i32, String, String) {
    let output = common::meshlint(dir.path(), args);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (output.status.code().expect("no signal"), text(&output.stdout), text(&output.stderr))
}

/// What a run that ends well prints.
fn ok(dir: &TempDir, args: &[&str]) -> String {
    let (status, out, err) = run(dir, args);
    assert_eq!((status, err.as_str()), (0, ""), "{args:?}: {out}");
    out
}

/// The message of a run that fails.
fn failure(dir: &TempDir, args: &[&str]) -> String {
    let (status, out, err) = run(dir, args);
    assert_eq!((status, out.as_str()), (2, ""), "{args:?}: {err}");
    err
}

fn json(dir: &TempDir, args: &[&str]) -> (i32, Value) {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let (status, out, err) = run(dir, &args);
    (status, serde_json::from_str(&out).unwrap_or_else(|e| panic!("{args:?}: {e}: {err}")))
}

/// Errors and warnings, as `rule: message`.
fn found(dir: &TempDir, args: &[&str]) -> Vec<String> {
    let (_, report) = json(dir, args);
    let all = report["findings"].as_array().expect("a list");
    let text = |f: &Value, key: &str| f[key].as_str().unwrap_or_default().to_string();
    let worth = all.iter().filter(|f| f["severity"] != "note");
    worth.map(|f| format!("{}: {}", text(f, "rule"), text(f, "message"))).collect()
}

fn baselined(dir: &TempDir) -> u64 {
    json(dir, &[]).1["summary"]["baselined"].as_u64().expect("a number")
}

#[test]
fn a_team_begins_with_twenty_faults() {
    let dir = twenty_faults();
    assert_eq!(found(&dir, &[]).len(), 20);
    let said = ok(&dir, &["baseline"]);
    assert!(said.starts_with("wrote meshlint-baseline.json: 20 findings (18 errors, 2 warnings)\n"), "{said}");
    let said = ok(&dir, &[]);
    assert!(said.contains("no new problems in 2 clusters") && said.contains("20 baselined"), "{said}");
    assert!(!said.contains("obsolete"), "{said}");
    assert_eq!(found(&dir, &["--no-baseline"]).len(), 20);

    // One more is the only one that is reported.
    edit(&dir, "clusters/east/s4.yaml", "subset: v1", "subset: nowhere");
    let (status, report) = json(&dir, &[]);
    assert_eq!((status, report["summary"]["baselined"].as_u64()), (1, Some(20)));
    let new = found(&dir, &[]);
    assert!(matches!(&new[..], [one] if one.contains("`nowhere`")), "{new:?}");
    edit(&dir, "clusters/east/s4.yaml", "subset: nowhere", "subset: v1");

    // Five are mended.
    edit(&dir, "clusters/east/s0.yaml", "subset: x0", "subset: v1");
    edit(&dir, "clusters/west/s1.yaml", "subset: x1", "subset: v1");
    edit(&dir, "clusters/west/twice3.yaml", "  x: \"1\"\n", "");
    fs::remove_file(dir.path().join("clusters/east/broken1.yaml")).expect("removed");
    fs::remove_file(dir.path().join("clusters/east/old0.yaml")).expect("removed");
    let said = ok(&dir, &[]);
    let hint = "5 entries of meshlint-baseline.json are obsolete; `meshlint baseline --prune` removes them\n";
    assert!(said.contains("15 baselined") && said.ends_with(hint), "{said}");
    assert_eq!(json(&dir, &[]).1["summary"]["obsolete"], 5);
    let before = fs::read_to_string(dir.path().join(FILE)).expect("the baseline");
    assert_eq!(ok(&dir, &["baseline", "--prune"]), "removed 5 entries from meshlint-baseline.json; 15 are left\n");
    let after = fs::read_to_string(dir.path().join(FILE)).expect("the baseline");
    let kept = |text: &str| text.lines().map(|l| l.trim_end_matches(',').to_string()).collect::<Vec<_>>();
    assert_eq!(kept(&before).len(), kept(&after).len() + 5);
    assert!(kept(&after).iter().all(|l| kept(&before).contains(l)), "{after}");
    assert!(!ok(&dir, &[]).contains("obsolete"));
    // What comes back is new.
    write(dir.path(), "clusters/east/old0.yaml", &old("p0"));
    assert_eq!(found(&dir, &[]).len(), 1);
    assert!(
        ok(&dir, &["baseline", "--prune"]).starts_with("nothing to remove: meshlint-baseline.json holds 15 entries")
    );
    assert_eq!(found(&dir, &[]).len(), 1);
}

#[test]
fn known_findings_outlive_what_changes_around_them() {
    let dir = twenty_faults();
    ok(&dir, &["baseline"]);
    let nothing_new = |what: &str| {
        assert_eq!(found(&dir, &[]), Vec::<String>::new(), "{what}");
        assert_eq!(json(&dir, &[]).1["summary"]["obsolete"], 0, "{what}");
    };
    // Other lines.
    for (name, path) in common::files_in(&dir.path().join("clusters")) {
        let text = fs::read_to_string(&path).expect("a file");
        write(&dir.path().join("clusters"), &name, &format!("# A comment.\n\n# Another one.\n{text}"));
    }
    nothing_new("lines moved");
    // Other files, one of them in another folder.
    for (from, to) in [
        ("east/s0.yaml", "east/renamed.yaml"),
        ("west/twice0.yaml", "west/a/b/c.yaml"),
        ("east/broken0.yaml", "east/zz.yaml"),
        ("east/old1.yaml", "east/aa.yaml"),
    ] {
        let to = dir.path().join("clusters").join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::rename(dir.path().join("clusters").join(from), to).expect("renamed");
    }
    nothing_new("files renamed");
    // Other places in a list: one item before, and the two in another order.
    edit(
        &dir,
        "clusters/west/s1.yaml",
        "  http:\n",
        "  http:\n  - match: [{uri: {prefix: /new}}]\n    route:\n    - destination: {host: s1, subset: v1}\n",
    );
    let (one, two) = (route("s2", "v1"), route("s2", "x2"));
    edit(&dir, "clusters/east/s2.yaml", &format!("{one}{two}"), &format!("{two}{one}"));
    nothing_new("items inserted and moved");
    // Other order of keys.
    edit(
        &dir,
        "clusters/east/s4.yaml",
        "        host: s4\n        subset: x4\n",
        "        subset: x4\n        host: s4\n",
    );
    edit(
        &dir,
        "clusters/east/s4.yaml",
        "kind: VirtualService\nmetadata:\n  name: s4\n  namespace: shop\n",
        "metadata:\n  namespace: shop\n  name: s4\nkind: VirtualService\n",
    );
    nothing_new("keys reordered");
    // Another version of the API.
    edit(
        &dir,
        "clusters/east/s6.yaml",
        "networking.istio.io/v1beta1\nkind: VirtualService",
        "networking.istio.io/v1\nkind: VirtualService",
    );
    nothing_new("another version of the API");
    // Another working directory.
    let below = common::meshlint(&dir.path().join("clusters"), &["--baseline", "../meshlint-baseline.json"]);
    assert_eq!(below.status.code(), Some(0), "{}", String::from_utf8_lossy(&below.stdout));
}

#[test]
fn one_more_of_the_same_is_new() {
    let dir = tempfile::tempdir().expect("a folder");
    let put = |values: &[&str]| {
        let items: String = values.iter().map(|v| format!("- {{x: a, x: {v}}}\n")).collect();
        let text =
            format!("apiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: a\n  namespace: shop\nlist:\n{items}");
        write(dir.path(), "clusters/east/a.yaml", &text);
    };
    put(&["b", "b"]);
    assert_eq!(found(&dir, &[]).len(), 2);
    ok(&dir, &["baseline"]);
    let text = fs::read_to_string(dir.path().join(FILE)).expect("the baseline");
    assert_eq!((text.matches("\"rule\"").count(), text.matches("\"count\":2").count()), (1, 1), "{text}");
    put(&["b", "b", "b"]);
    assert_eq!((found(&dir, &[]).len(), baselined(&dir)), (1, 2));
    // One goes: the entry stays, for one.
    put(&["b"]);
    let hint = "1 entry of meshlint-baseline.json is obsolete; `meshlint baseline --prune` removes it\n";
    assert!(ok(&dir, &[]).ends_with(hint));
    assert_eq!(ok(&dir, &["baseline", "--prune"]), "removed 1 entry from meshlint-baseline.json; 1 is left\n");
    assert_eq!((found(&dir, &[]).len(), baselined(&dir)), (0, 1));
    // Another value at fault is another fault.
    put(&["c"]);
    assert_eq!((found(&dir, &[]).len(), baselined(&dir)), (1, 0));
}

#[test]
fn broken_files_do_not_stand_in_for_each_other() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "clusters/east/a.yaml", &service("a", &["v1"]));
    write(dir.path(), "clusters/east/b.yaml", "kind: ConfigMap\none: [\n");
    ok(&dir, &["baseline"]);
    fs::remove_file(dir.path().join("clusters/east/b.yaml")).expect("removed");
    write(dir.path(), "clusters/east/c.yaml", "kind: ConfigMap\ntwo: {\n");
    assert_eq!((found(&dir, &[]).len(), baselined(&dir)), (1, 0));
}

#[test]
fn what_is_in_a_broken_file_is_not_gone() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "clusters/east/a.yaml", &service("a", &["x"]));
    write(dir.path(), "clusters/east/b.yaml", &service("b", &["x"]));
    write(dir.path(), "clusters/west/b.yaml", &service("b", &["x"]));
    ok(&dir, &["baseline"]);
    let obsolete = || json(&dir, &[]).1["summary"]["obsolete"].as_u64().expect("a number");
    edit(&dir, "clusters/east/a.yaml", "hosts: [a]", "hosts: [a");
    assert_eq!((found(&dir, &[]).len(), obsolete()), (1, 0));
    // That of the other cluster is.
    fs::remove_file(dir.path().join("clusters/west/b.yaml")).expect("removed");
    write(dir.path(), "clusters/west/c.yaml", &rule("c"));
    assert_eq!(obsolete(), 1);
    edit(&dir, "clusters/east/a.yaml", "hosts: [a", "hosts: [a]");
    assert_eq!((found(&dir, &[]).len(), obsolete()), (0, 1));
    // A file that was broken before holds nothing that is known.
    write(dir.path(), "clusters/east/broken.yaml", "a: [\n");
    ok(&dir, &["baseline"]);
    fs::remove_file(dir.path().join("clusters/east/b.yaml")).expect("removed");
    assert_eq!((found(&dir, &[]).len(), obsolete()), (0, 1));
}

#[test]
fn only_what_a_run_looked_at_can_be_obsolete() {
    let dir = twenty_faults();
    ok(&dir, &["baseline"]);
    for file in ["east/old0.yaml", "west/twice0.yaml"] {
        fs::remove_file(dir.path().join("clusters").join(file)).expect("removed");
    }
    let obsolete = |args: &[&str]| json(&dir, args).1["summary"]["obsolete"].as_u64().expect("a number");
    assert_eq!(obsolete(&[]), 2);
    assert_eq!(obsolete(&["clusters/east"]), 1);
    assert_eq!(obsolete(&["clusters/east/s0.yaml"]), 0);
    assert_eq!(obsolete(&["--select", "routing"]), 0);
    assert_eq!(obsolete(&["--ignore", "duplicate-key"]), 1);
    assert_eq!(obsolete(&["--render", "never"]), 0);
    assert_eq!(
        ok(&dir, &["baseline", "--prune", "clusters/west"]),
        "removed 1 entry from meshlint-baseline.json; 19 are left\n"
    );
    // A part of a cluster's folder is not the cluster.
    fs::create_dir_all(dir.path().join("clusters/east/part")).expect("a folder");
    write(dir.path(), "clusters/east/part/a.yaml", &old("more"));
    assert_eq!(obsolete(&["clusters/east/part"]), 0);
}

#[test]
fn what_is_built_in_several_clusters_is_known_in_each() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "base/a.yaml", &service("a", &["v1", "x"]));
    write(dir.path(), "base/kustomization.yaml", "resources: [a.yaml]\n");
    for cluster in ["east", "west"] {
        write(dir.path(), &format!("clusters/{cluster}/kustomization.yaml"), "resources: [../../base]\n");
    }
    assert_eq!(found(&dir, &["./clusters"]).len(), 2);
    ok(&dir, &["baseline", "./clusters"]);
    edit(&dir, "base/kustomization.yaml", "a.yaml", "b.yaml");
    fs::rename(dir.path().join("base/a.yaml"), dir.path().join("base/b.yaml")).expect("renamed");
    assert_eq!((found(&dir, &["./clusters"]).len(), baselined(&dir)), (0, 2));
}

#[test]
fn what_is_in_a_failed_build_is_not_gone() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "clusters/east/a.yaml", &service("a", &["v1", "x"]));
    for folder in ["one", "two"] {
        write(
            dir.path(),
            &format!("clusters/east/{folder}/kustomization.yaml"),
            &format!("resources: [{folder}.yaml]\n"),
        );
    }
    let fails = found(&dir, &[]);
    assert_eq!(fails.iter().filter(|f| f.starts_with("build-failed")).count(), 2, "{fails:?}");
    ok(&dir, &["baseline"]);
    edit(&dir, "clusters/east/a.yaml", "subset: x", "subset: v1");
    let obsolete = || json(&dir, &[]).1["summary"]["obsolete"].as_u64();
    assert_eq!(obsolete(), Some(0));
    // One of the two builds is mended: that much is certain. With the other one, all is.
    write(dir.path(), "clusters/east/one/one.yaml", &twice("a").replace("  x: \"2\"\n", ""));
    assert_eq!(obsolete(), Some(1));
    write(dir.path(), "clusters/east/two/two.yaml", &twice("b").replace("  x: \"2\"\n", ""));
    assert_eq!(obsolete(), Some(3));
}

#[test]
fn a_missing_program_is_not_made_known() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "clusters/east/kustomization.yaml", "resources: [a.yaml]\n");
    write(dir.path(), "clusters/east/a.yaml", &service("a", &["v1", "x"]));
    let without_programs = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_meshlint"));
        let output = command.args(args).current_dir(dir.path()).env_clear().env("PATH", dir.path()).output();
        let output = output.expect("the program starts");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let (status, said) = without_programs(&["baseline"]);
    assert!(
        status == Some(0) && said.contains("no findings\nnot in it: 1 finding on a program that is missing"),
        "{said}"
    );
    assert_eq!(without_programs(&[]).0, Some(1));
    // Where it is there, its absence elsewhere makes nothing obsolete.
    ok(&dir, &["baseline"]);
    let (status, said) = without_programs(&[]);
    assert!(status == Some(1) && !said.contains("obsolete"), "{said}");
}

#[test]
fn the_file_itself_is_no_manifest() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "a.yaml", &service("a", &["v1", "x"]));
    let clusters = || json(&dir, &["."]).1["clusters"].clone();
    let before = clusters();
    ok(&dir, &["baseline", "."]);
    assert_eq!(baselined(&dir), 1);
    assert_eq!(clusters(), before);
}

#[test]
fn notes_are_known_only_where_they_can_fail_a_run() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "clusters/east/a.yaml", &service("a", &["v1"]));
    write(dir.path(), "clusters/east/t.yaml", "kind: {{ .Values.kind }}\n");
    assert_eq!(run(&dir, &["--fail-on", "note"]).0, 1);
    let said = ok(&dir, &["baseline"]);
    assert!(said.contains("no findings\nnot in it: 1 note, which fails no run\n"), "{said}");
    assert_eq!(run(&dir, &["--fail-on", "note"]).0, 1);
    assert!(ok(&dir, &["baseline", "--fail-on", "note"]).contains("1 finding (1 note)"));
    ok(&dir, &["--fail-on", "note"]);
}

#[test]
fn the_file_is_where_people_say() {
    let dir = twenty_faults();
    let said = ok(&dir, &["baseline", "--output", "known.json"]);
    assert!(said.contains("to use it: `meshlint --baseline known.json`"), "{said}");
    assert_eq!((found(&dir, &[]).len(), found(&dir, &["--baseline", "known.json"]).len()), (20, 0));
    fs::remove_file(dir.path().join("clusters/east/old0.yaml")).expect("removed");
    let (_, said, _) = run(&dir, &["--baseline", "known.json"]);
    assert!(said.contains("`meshlint baseline --prune --output known.json` removes it"), "{said}");
    ok(&dir, &["baseline", "--prune", "--output", "known.json"]);
    write(dir.path(), "meshlint.yaml", "baseline: known.json\n");
    assert_eq!(baselined(&dir), 19);
    // From below, and written back to where the configuration says.
    let below = |args: &[&str]| common::meshlint(&dir.path().join("clusters"), args);
    assert_eq!(below(&["."]).status.code(), Some(0));
    let said = String::from_utf8(below(&["baseline", "."]).stdout).expect("UTF-8");
    assert!(said.starts_with("wrote ../known.json: 19 findings"), "{said}");
    // Beside the configuration.
    write(dir.path(), "meshlint.yaml", "failOn: warning\n");
    fs::rename(dir.path().join("known.json"), dir.path().join(FILE)).expect("renamed");
    assert_eq!(below(&["."]).status.code(), Some(0));
    failure(&dir, &["--baseline", FILE, "--no-baseline"]);
}

#[test]
fn what_is_no_baseline_is_said_with_its_place() {
    let dir = twenty_faults();
    assert!(
        failure(&dir, &["--baseline", "none.json"]).contains("none.json: no such file; `meshlint baseline` writes it")
    );
    assert!(failure(&dir, &["baseline", "--prune"]).contains("meshlint-baseline.json: no such file"));
    assert!(failure(&dir, &["--baseline", "clusters"]).contains("clusters: is not a file"));
    for (text, said) in [
        ("", "meshlint-baseline.json:1:1: this is not a baseline of meshlint: EOF while parsing a value"),
        ("[]", "expected an object with `version` and `findings`"),
        ("{\"version\": 1}", "missing field `findings`"),
        ("{\n  \"version\": 1,\n  \"findings\": [\n    {\"rule\":\"a\",}\n  ]\n}\n", "meshlint-baseline.json:4:"),
        ("{\"version\": 1, \"findings\": [{\"rule\": \"a\", \"fingerprint\": \"b\", \"count\": 0}]}", "nonzero"),
        ("<<<<<<< ours\n{}", "Git has left a conflict in it: resolve that first"),
        ("{\"version\": 2, \"entries\": {}}", "version 2 of the format, and this meshlint knows 1; update meshlint"),
    ] {
        write(dir.path(), FILE, text);
        let message = failure(&dir, &[]);
        assert!(message.contains(said) && message.lines().count() == 1, "{text:?}: {message}");
        failure(&dir, &["baseline", "--prune"]);
    }
    // Written anew all the same.
    ok(&dir, &["baseline"]);
    ok(&dir, &[]);
}

#[test]
fn a_file_that_cannot_be_written_is_said() {
    let dir = twenty_faults();
    assert!(
        failure(&dir, &["baseline", "-o", "no/such/folder.json"])
            .contains("cannot write no/such/folder.json: there is no folder ")
    );
    assert!(failure(&dir, &["baseline", "-o", "clusters"]).contains("cannot write clusters: it is a folder"));
    write(dir.path(), FILE, "kept");
    let path = dir.path().join(FILE);
    let mut permissions = fs::metadata(&path).expect("a file").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).expect("read-only");
    assert!(failure(&dir, &["baseline"]).contains("cannot write meshlint-baseline.json: it may only be read"));
    assert_eq!(fs::read_to_string(&path).expect("a file"), "kept");
    #[cfg(target_os = "linux")]
    assert!(failure(&dir, &["baseline", "-o", "/dev/full"]).contains("cannot write /dev/full: no space left"));
}
