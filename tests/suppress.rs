//! Suppressions: each way to write one, what it covers and what not, in plain files and in what programs build.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A repository with these files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        std::fs::write(path, text).expect("written");
    }
    dir
}

fn run_on(dir: &Path, args: &[&str], date: Option<&str>) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshlint"));
    command.arg("--format=json").args(args).current_dir(dir).env_clear().env("PATH", common::tools());
    let out = command.envs(date.map(|d| ("SOURCE_DATE_EPOCH", d))).output().expect("the program starts");
    let text = String::from_utf8_lossy(&out.stdout);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&out.stderr)))
}

fn run(dir: &TempDir, args: &[&str]) -> Value {
    run_on(dir.path(), args, None)
}

/// `rule file:line:column` of each error and warning.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings");
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    let one = |f: &Value| {
        let at = &f["location"];
        format!("{} {}:{}:{}", text(&f["rule"]), text(&at["file"]), at["line"], at["column"])
    };
    findings.iter().filter(|f| f["severity"] != "note").map(one).collect()
}

fn messages(report: &Value, rule: &str) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings").iter().filter(|f| f["rule"] == rule);
    findings.map(|f| f["message"].as_str().unwrap_or_default().to_string()).collect()
}

fn suppressed(report: &Value) -> u64 {
    report["summary"]["suppressed"].as_u64().expect("a count")
}

/// A ConfigMap with a key that is written twice, on its last line.
fn twice(name: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: shop\n{more}data:\n  a: '1'\n  a: '2'\n"
    )
}

fn annotated(name: &str, annotation: &str) -> String {
    twice(name, &format!("  annotations:\n    {annotation}\n"))
}

const ROUTE: &str = "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
ANNOTATIONS
spec:
  hosts: [reviews]
  http:
  - route:
    - destination:
        host: reviews
        subset: v9COMMENT
";

const RULE: &str = "\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
spec:
  host: reviews
  subsets:
  - name: v1
    labels: {version: v1}
---
apiVersion: v1
kind: Service
metadata:
  name: reviews
spec:
  selector: {app: reviews}
  ports:
  - {name: http, port: 9080}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: reviews-v1
spec:
  selector: {matchLabels: {app: reviews, version: v1}}
  template:
    metadata: {labels: {app: reviews, version: v1}}
    spec: {containers: [{name: reviews, image: reviews}]}
";

const ANNOTATION: &str = "  annotations:\n    meshlint.dev/ignore: 'subset-undefined: made by the pipeline'\n";

fn route(annotations: &str, comment: &str) -> String {
    ROUTE.replace("ANNOTATIONS\n", annotations).replace("COMMENT", comment)
}

fn kustomized(route: &str, east: &str) -> TempDir {
    let overlay = |more: &str| format!("namespace: shop\nresources: [../../base]\n{more}");
    tree(&[
        ("base/kustomization.yaml", "resources: [route.yaml, rule.yaml]\n"),
        ("base/route.yaml", route),
        ("base/rule.yaml", RULE),
        ("clusters/east/kustomization.yaml", &overlay(east)),
        ("clusters/west/kustomization.yaml", &overlay("")),
    ])
}

#[test]
fn in_what_kustomize_builds_comments_stand_in_the_source_and_annotations_on_the_object() {
    let plain = run(&kustomized(&route("", ""), ""), &[]);
    assert_eq!(found(&plain), ["subset-undefined base/route.yaml:11:17", "subset-undefined base/route.yaml:11:17"]);
    let comment = " # meshlint: ignore[subset-undefined] made by the pipeline";
    for route in [route("", comment), route(ANNOTATION, "")] {
        let report = run(&kustomized(&route, ""), &[]);
        assert_eq!((found(&report), suppressed(&report)), (vec![], 2), "{route}");
    }
}

#[test]
fn an_annotation_that_one_overlay_adds_speaks_of_its_cluster_alone() {
    let added = "commonAnnotations:\n  meshlint.dev/ignore: 'subset-undefined, host-unknown: made by the pipeline'\n";
    let report = run(&kustomized(&route("", ""), added), &[]);
    let unused = "suppression-unused clusters/east/kustomization.yaml:4:43";
    assert_eq!(found(&report), ["subset-undefined base/route.yaml:11:17", unused]);
    assert_eq!(suppressed(&report), 1);
    assert_eq!(report["findings"][0]["cluster"], "west");
}

#[test]
fn in_what_helm_renders_both_work_and_a_comment_that_is_rendered_is_one_comment() {
    let chart = |route: &str| {
        tree(&[
            ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 0.1.0\n"),
            ("charts/shop/values.yaml", "subset: v9\n"),
            ("charts/shop/templates/route.yaml", route),
            ("charts/shop/templates/rule.yaml", RULE),
            (
                "clusters/east/shop.yaml",
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: shop\n  namespace: \
                 shop\nspec:\n  interval: 1h\n  chart:\n    spec:\n      chart: ./charts/shop\n      sourceRef:\n        \
                 kind: GitRepository\n        name: shop\n        namespace: flux-system\n",
            ),
        ])
    };
    assert_eq!(found(&run(&chart(&route("", "")), &[])), ["subset-undefined charts/shop/templates/route.yaml:11:17"]);
    let comment = " # meshlint: ignore[subset-undefined] made by the pipeline";
    for route in [route("", comment), route(ANNOTATION, "")] {
        let report = run(&chart(&route), &[]);
        assert_eq!((found(&report), suppressed(&report)), (vec![], 1), "{route}");
    }
    let unused = route("", "").replace("spec:", "spec: # meshlint: ignore[host-unknown] made by the pipeline");
    let report = run(&chart(&unused), &["--select=suppression-unused,host-unknown"]);
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0), "{report:#}");
}

#[test]
fn a_finding_that_only_shows_the_annotated_object_is_not_suppressed() {
    let rule = RULE.replacen("name: reviews\n", &format!("name: reviews\n{ANNOTATION}"), 1);
    let dir = tree(&[("clusters/east/a.yaml", &route("", "")), ("clusters/east/b.yaml", &rule)]);
    let report = run(&dir, &[]);
    assert_eq!(report["findings"][0]["related"][0]["location"]["file"], "clusters/east/b.yaml");
    assert_eq!(
        found(&report),
        ["subset-undefined clusters/east/a.yaml:11:17", "suppression-unused clusters/east/b.yaml:6:27"]
    );
}

#[test]
fn istioctls_annotation_needs_no_reason_and_takes_codes_as_they_are() {
    let on = |value: &str| {
        let annotation = format!("  annotations:\n    galley.istio.io/analyze-suppress: {value}\n");
        run(&tree(&[("clusters/east/a.yaml", &route(&annotation, "")), ("clusters/east/b.yaml", RULE)]), &[])
    };
    let codes = meshlint::rules::find("subset-undefined").expect("a rule").info().equivalents.join(",");
    for value in ["IST0101", "IST0103,IST0101", "'*'", "IST0103,*", &codes] {
        assert_eq!((found(&on(value)), suppressed(&on(value))), (vec![], 1), "{value}");
    }
    for value in ["ist0101", "subset-undefined", "IST0103", "''"] {
        assert_eq!(found(&on(value)), ["subset-undefined clusters/east/a.yaml:13:17"], "{value}");
    }
    let spaced = on("'IST0103, IST0101'");
    assert_eq!(
        messages(&spaced, "suppression-unused"),
        ["istioctl takes the space with `IST0101` for part of the code, so this suppresses nothing"]
    );
}

/// A rule for TLS without a CA: of the whole host and of one port, which istioctl has a code of its own for each.
fn unverified(annotation: &str, comment: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1beta1\nkind: DestinationRule\nmetadata:\n  name: pay\n  namespace: shop\n{annotation}\
         spec:\n  host: pay.example.com\n  trafficPolicy:\n    tls:\n      mode: SIMPLE\n    portLevelSettings:\n    - port: \
         {{number: 8443}}\n      tls:\n        mode: SIMPLE{comment}\n"
    )
}

/// Where it is a warning, and no note.
const OLDER: &[&str] = &["--istio-version", "1.20"];

#[test]
fn a_code_stands_for_those_findings_of_a_rule_that_the_other_tool_reports_by_it() {
    let places = |annotation: &str, comment: &str| {
        let report = run(&tree(&[("clusters/east/a.yaml", &unverified(annotation, comment))]), OLDER);
        let codes = |f: &Value| f["equivalents"].as_array().expect("a list").len();
        let findings = report["findings"].as_array().expect("a list").iter();
        assert!(findings.filter(|f| f["rule"] == "tls-server-unverified").all(|f| codes(f) == 1), "{report}");
        found(&report)
    };
    let both =
        |_| ["tls-server-unverified clusters/east/a.yaml:12:13", "tls-server-unverified clusters/east/a.yaml:16:15"];
    let of = |code: &str| {
        let annotation = format!("  annotations:\n    galley.istio.io/analyze-suppress: {code}\n");
        places(&annotation, "")
    };
    assert_eq!(of("IST0128"), both(())[1..]);
    assert_eq!(of("IST0129"), both(())[..1]);
    assert_eq!(of("IST0128,IST0129"), Vec::<String>::new());
    let unused = "suppression-unused clusters/east/a.yaml:14:41";
    let first = "tls-server-unverified clusters/east/a.yaml:10:13";
    assert_eq!(places("", " # meshlint: ignore[ist0129] by another proxy"), [first]);
    let not_this = places("", " # meshlint: ignore[IST0128] by another proxy");
    assert_eq!(not_this, [first, "tls-server-unverified clusters/east/a.yaml:14:15", unused]);
    let dir = tree(&[("clusters/east/a.yaml", &unverified("", ""))]);
    let output = common::meshlint(dir.path(), &["--format", "sarif", "--select", "tls-server-unverified"]);
    let sarif: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let tags = |i: usize| sarif["runs"][0]["results"][i]["properties"]["tags"].to_string();
    assert_eq!((tags(0), tags(1)), ("[\"IST0128\"]".into(), "[\"IST0129\"]".into()));
}

#[test]
fn the_configuration_suppresses_by_rule_cluster_kind_namespace_and_name() {
    let clusters = [
        ("clusters/east/a.yaml", twice("settings", "")),
        ("clusters/west/a.yaml", twice("settings", "")),
        ("clusters/west/b.yaml", twice("other", "")),
    ];
    let with = |entry: &str| {
        let mut files: Vec<(&str, &str)> = clusters.iter().map(|(f, t)| (*f, t.as_str())).collect();
        let text = format!("suppressions:\n- {{{entry}, reason: known}}\n");
        files.push(("meshlint.yaml", &text));
        let report = run(&tree(&files), &[]);
        (found(&report).len(), suppressed(&report))
    };
    assert_eq!(with("rule: duplicate-key"), (0, 3));
    assert_eq!(with("rule: schema"), (0, 3));
    assert_eq!(with("rule: [duplicate-key], cluster: west"), (1, 2));
    assert_eq!(with("rule: duplicate-key, cluster: '{east,west}', name: set*"), (1, 2));
    assert_eq!(with("rule: duplicate-key, name: 's?ttings', namespace: shop, kind: ConfigMap"), (1, 2));
    // One more finding each: that the entry is not used.
    assert_eq!(with("rule: duplicate-key, kind: Secret"), (4, 0));
    assert_eq!(with("rule: duplicate-key, namespace: sho"), (4, 0));
    assert_eq!(with("rule: subset-undefined"), (4, 0));
}

#[test]
fn clusters_of_several_fleets_are_named_with_and_without_them() {
    let text = twice("a", "");
    let with = |cluster: &str| {
        let yaml = format!("suppressions:\n- {{rule: duplicate-key, cluster: {cluster}, reason: known}}\n");
        let fleet = |f: &str| ["east", "west"].map(|c| format!("{f}/clusters/{c}/a.yaml"));
        let [a, b] = fleet("prod");
        let [c, d] = fleet("staging");
        found(&run(&tree(&[(&a, &text), (&b, &text), (&c, &text), (&d, &text), ("meshlint.yaml", &yaml)]), &[]))
    };
    let at = |path: &str| format!("duplicate-key {path}/a.yaml:8:3");
    assert_eq!(with("east"), ["prod/clusters/west", "staging/clusters/west"].map(at));
    assert_eq!(with("prod/*"), ["staging/clusters/east", "staging/clusters/west"].map(at));
    assert_eq!(with("'{prod/*,staging/west}'"), ["staging/clusters/east"].map(at));
}

#[test]
fn an_unused_entry_is_reported_in_its_line_and_says_what_it_asked_for() {
    let yaml = "suppressions:\n- rule: [duplicate-key, host-unknown]\n  cluster: '*'\n  namespace: shop\n  reason: known\n- rule: duplicate-key\n  cluster: eats\n  reason: known\n- rule: subset-undefined\n  reason: known\n";
    let dir = tree(&[("clusters/east/a.yaml", &twice("settings", "")), ("meshlint.yaml", yaml)]);
    let report = run(&dir, &[]);
    assert_eq!(
        messages(&report, "suppression-unused"),
        [
            "nothing of `host-unknown` is found in cluster `*`, in objects of namespace `shop`, so this suppresses nothing",
            "there is no cluster `eats`, so this suppresses nothing",
            "nothing of `subset-undefined` is found, so this suppresses nothing",
        ]
    );
    let places = ["2:25", "7:12", "9:9"].map(|at| format!("suppression-unused meshlint.yaml:{at}"));
    assert_eq!(found(&report), places);
    let text = common::meshlint(dir.path(), &["./clusters"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("2 | - rule: [duplicate-key, host-unknown]"), "{text}");
}

#[test]
fn an_unused_entry_is_reported_only_where_all_that_it_may_be_for_was_looked_at() {
    let yaml = "suppressions:\n- {rule: duplicate-key, name: nothing, reason: known}\n";
    let dir = tree(&[
        ("clusters/east/a.yaml", &twice("a", "").replace("  a: '2'\n", "")),
        ("clusters/west/a.yaml", &twice("b", "").replace("  a: '2'\n", "")),
        ("meshlint.yaml", yaml),
    ]);
    let unused = ["suppression-unused meshlint.yaml:2:10"];
    for whole in [&[][..], &["clusters"], &["."], &["clusters/east", "./clusters/"], &["--select=schema,lifecycle"]] {
        assert_eq!(found(&run(&dir, whole)), unused, "{whole:?}");
    }
    for part in [
        &["clusters/east"][..],
        &["clusters/east/a.yaml"],
        &["--cluster=east=clusters/east"],
        &["--render=never"],
        &["--select=lifecycle"],
        &["--ignore=duplicate-key"],
        &["--ignore=suppression-unused"],
    ] {
        assert_eq!(found(&run(&dir, part)), [""; 0], "{part:?}");
    }
    // From a folder below the configuration, only that is read.
    assert_eq!(found(&run_on(&dir.path().join("clusters/east"), &[], None)), [""; 0]);
    // Clusters that the configuration names are always read.
    let named = format!("clusters: {{east: {{paths: [clusters/east]}}, west: {{paths: [clusters/west]}}}}\n{yaml}");
    std::fs::write(dir.path().join("meshlint.yaml"), named).expect("written");
    assert_eq!(found(&run(&dir, &[])), ["suppression-unused meshlint.yaml:3:10"]);
    assert_eq!(found(&run(&dir, &["clusters/east"])), ["suppression-unused meshlint.yaml:3:10"]);
    // What cannot be read or built may hold what the entry is for.
    let is_unused = |dir: &TempDir| found(&run(dir, &[])).iter().any(|f| f.starts_with("suppression-unused"));
    for (file, text) in [("b.yaml", "a: [\n"), ("kustomization.yaml", "resources: [a.yaml, missing.yaml]\n")] {
        assert!(is_unused(&dir));
        let path = dir.path().join("clusters/east").join(file);
        std::fs::write(&path, text).expect("written");
        assert!(!is_unused(&dir), "{file}");
        std::fs::remove_file(path).expect("removed");
    }
}

#[test]
fn comments_and_annotations_are_not_unused_where_other_clusters_were_left_out() {
    let text = annotated("a", "meshlint.dev/ignore: 'remote-subset-undefined: known'")
        .replace("  a: '2'\n", "  b: '2' # meshlint: ignore[remote-subset-undefined] known\n");
    let dir = tree(&[("clusters/east/a.yaml", &text), ("clusters/west/a.yaml", RULE)]);
    let at = |line: &str| format!("suppression-unused clusters/east/a.yaml:{line}");
    assert_eq!(found(&run(&dir, &["clusters"])), [at("7:27"), at("10:29")]);
    assert_eq!(found(&run(&dir, &["clusters/east"])), [""; 0]);
}

#[test]
fn an_entry_holds_to_the_end_of_its_last_day() {
    let yaml = "suppressions:\n- rule: duplicate-key\n  reason: known\n  expires: 2026-12-31\n";
    let dir = tree(&[("clusters/east/a.yaml", &twice("a", "")), ("meshlint.yaml", yaml)]);
    // 2026-12-31T23:59:59Z, and a second later.
    let last = run_on(dir.path(), &[], Some("1798761599"));
    assert_eq!((found(&last), suppressed(&last)), (vec![], 1));
    let over = run_on(dir.path(), &[], Some("1798761600"));
    assert_eq!(found(&over), ["duplicate-key clusters/east/a.yaml:8:3", "suppression-expired meshlint.yaml:4:12"]);
    assert_eq!(suppressed(&over), 0);
    assert_eq!(
        messages(&over, "suppression-expired"),
        ["this suppression of `duplicate-key` expired on 2026-12-31, and what it was for is still there"]
    );
    std::fs::write(dir.path().join("clusters/east/b.yaml"), twice("b", "")).expect("written");
    assert_eq!(
        messages(&run_on(dir.path(), &[], Some("1798761600")), "suppression-expired"),
        ["this suppression of `duplicate-key` expired on 2026-12-31, and 2 findings that it was for are still there"]
    );
    std::fs::write(dir.path().join("clusters/east/a.yaml"), RULE).expect("written");
    std::fs::write(dir.path().join("clusters/east/b.yaml"), "").expect("written");
    let gone = run_on(dir.path(), &["clusters"], Some("1798761600"));
    assert_eq!(found(&gone), ["suppression-expired meshlint.yaml:4:12"], "not unused as well");
    assert_eq!(
        messages(&gone, "suppression-expired"),
        ["this suppression of `duplicate-key` expired on 2026-12-31, and what it was for is gone"]
    );
    assert_eq!(found(&run_on(dir.path(), &["--ignore=suppression-expired"], Some("1798761600"))), [""; 0]);
}

#[test]
fn a_day_that_is_none_ends_the_run() {
    let dir = tree(&[("clusters/east/a.yaml", RULE)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshlint"));
    let out =
        command.current_dir(dir.path()).env("SOURCE_DATE_EPOCH", "tomorrow").output().expect("the program starts");
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&out.stderr),
        "error: SOURCE_DATE_EPOCH: `tomorrow` is not a number of seconds\n"
    );
}

#[test]
fn one_finding_may_be_covered_in_all_ways_and_counts_once() {
    let yaml = "suppressions:\n- {rule: duplicate-key, cluster: east, reason: known}\n";
    let text = annotated("a", "meshlint.dev/ignore: 'duplicate-key: known'");
    let text = text.replace("  a: '2'\n", "  a: '2' # meshlint: ignore[duplicate-key] known\n");
    let report = run(&tree(&[("clusters/east/a.yaml", &text), ("meshlint.yaml", yaml)]), &[]);
    assert_eq!((found(&report), suppressed(&report)), (vec![], 1));
}

#[test]
fn the_level_of_the_reports_is_what_the_configuration_sets() {
    let yaml = "rules: {suppression-unused: error}\nsuppressions:\n- {rule: host-unknown, reason: known}\n";
    let text = annotated("a", "galley.istio.io/analyze-suppress: IST0101").replace("  a: '2'\n", "");
    let report = run(&tree(&[("clusters/east/a.yaml", &text), ("meshlint.yaml", yaml)]), &[]);
    let levels: Vec<&Value> = report["findings"].as_array().expect("findings").iter().map(|f| &f["severity"]).collect();
    assert_eq!(levels, ["error", "error"]);
}

/// Each section of the page is a fleet whose blocks say what has to be found in them.
#[test]
fn the_examples_of_the_page_are_right() {
    let page = std::fs::read_to_string(common::root().join("docs/suppressing.md")).expect("the page");
    let mut sections = 0;
    for section in page.split("\n## ").skip(1) {
        let mut files: BTreeMap<&str, String> = BTreeMap::new();
        for block in section.split("\n```yaml file=").skip(1) {
            let (file, text) = block.split_once('\n').expect("a block");
            files.insert(file, text.split_once("\n```").expect("an end").0.to_string() + "\n");
        }
        if files.is_empty() {
            continue;
        }
        sections += 1;
        let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, text.as_str())).collect();
        let dir = tree(&files);
        let marks = common::marks_in(dir.path());
        if let Err(wrong) = common::compare(dir.path(), "suppression-unused", &marks) {
            panic!("docs/suppressing.md: {}\n    {wrong}", section.lines().next().unwrap_or_default());
        }
        assert!(suppressed(&run(&dir, &["clusters"])) > 0, "{section}");
    }
    assert_eq!(sections, 3, "a comment, an annotation, an entry");
}

#[test]
fn comments_and_names_without_end_are_read_in_one_pass() {
    let many = "# meshlint: ignore[duplicate-key] all of them stand above the object\n".repeat(20_000);
    let names = "duplicate-key,".repeat(50_000);
    let dir = tree(&[
        ("clusters/east/a.yaml", &format!("{many}{}", twice("a", ""))),
        ("clusters/east/b.yaml", &format!("# meshlint: ignore[{names}] so many\n{}", twice("b", ""))),
        ("clusters/east/c.yaml", &twice("c", &"  d: '1'\n".repeat(20_000))),
    ]);
    let report = run(&dir, &["--select", "duplicate-key"]);
    assert_eq!(suppressed(&report), 2);
    assert_eq!(found(&report).len(), 1000, "the first of those of c");
}
