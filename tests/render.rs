//! What clusters really apply, with the real kustomize and helm: the effective sets, the line that a finding leads to,
//! and input that means harm.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

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

fn run(dir: &Path, args: &[&str]) -> Value {
    let out = common::meshlint(dir, args);
    let text = String::from_utf8_lossy(&out.stdout);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&out.stderr)))
}

fn check(dir: &TempDir) -> Value {
    run(dir.path(), &["--format", "json"])
}

/// `level rule file:line` of each error and warning.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings");
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    let one = |f: &Value| {
        let at = &f["location"];
        format!("{} {}:{}", text(&f["rule"]), text(&at["file"]), at["line"])
    };
    findings.iter().filter(|f| f["severity"] != "note").map(one).collect()
}

/// `kind namespace/name` of what a cluster applies.
fn applied(dir: &TempDir, cluster: &str) -> BTreeSet<String> {
    let overview = run(dir.path(), &["clusters", "--format", "json"]);
    let clusters = overview["clusters"].as_array().expect("clusters");
    let own = clusters.iter().find(|c| c["name"] == cluster).unwrap_or_else(|| panic!("{cluster} in {overview:#}"));
    let sets = own["applies"].as_array().expect("sets").iter();
    let objects = sets.flat_map(|s| s["objects"].as_array().expect("objects").clone());
    objects.map(|o| identity(&o["kind"], &o["namespace"], &o["name"])).collect()
}

fn identity(kind: &Value, namespace: &Value, name: &Value) -> String {
    let text = |v: &Value| v.as_str().unwrap_or("-").to_string();
    format!("{} {}/{}", text(kind), text(namespace), text(name))
}

/// The same of what kustomize prints.
fn built(dir: &TempDir, folders: &[&str]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for folder in folders {
        let mut command = Command::new("kustomize");
        let out = command.env("PATH", common::tools()).args(["build", folder]).current_dir(dir.path()).output();
        let out = out.expect("kustomize starts");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        all.extend(identities(&String::from_utf8_lossy(&out.stdout)));
    }
    all
}

fn identities(text: &str) -> Vec<String> {
    let stream = meshlint::yaml::parse(text);
    let object = |d: &meshlint::yaml::Document| {
        let o = d.tree.root(text).expect("a document").to_json();
        let cluster_scoped = o["kind"] == "Namespace";
        let default = if cluster_scoped { Value::Null } else { "default".into() };
        let namespace = o["metadata"].get("namespace").cloned().unwrap_or(default);
        identity(&o["kind"], &namespace, &o["metadata"]["name"])
    };
    stream.documents.iter().map(object).collect()
}

fn service(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector: {{app: {name}}}\n  ports: [{{name: http, port: 80}}]\n"
    )
}

fn flux(name: &str, path: &str, more: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: {name}\n  namespace: \
         flux-system\nspec:\n  interval: 1h\n  path: {path}\n  sourceRef:\n    kind: GitRepository\n    name: \
         flux-system\n{more}"
    )
}

const ROUTE: &str = "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
  - route:
    - destination:
        host: reviews
        subset: SUBSET
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
apiVersion: apps/v1
kind: Deployment
metadata:
  name: reviews-v1
spec:
  selector: {matchLabels: {app: reviews, version: v1}}
  template:
    metadata:
      labels: {app: reviews, version: v1}
    spec:
      containers: [{name: reviews, image: reviews}]
";

fn route(subset: &str) -> String {
    ROUTE.replace("SUBSET", subset)
}

const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

/// A Flux repository: `apps/base` with an overlay that patches the route to `patched`, applied with a variable.
fn repository(base: &str, patched: Option<&str>, variable: &str) -> TempDir {
    let patch = patched.map_or(String::new(), |subset| {
        format!(
            "patches:\n- target: {{kind: VirtualService}}\n  patch: |-\n    - op: replace\n      path: \
             /spec/http/0/route/0/destination/subset\n      value: {subset}\n"
        )
    });
    let list = "resources: [service.yaml, rule.yaml, route.yaml]\n";
    tree(&[
        (
            "clusters/east/apps.yaml",
            &flux("apps", "./apps/east", &format!("  postBuild:\n    substitute:\n      SUBSET: {variable}\n")),
        ),
        ("apps/base/kustomization.yaml", &format!("{KUSTOMIZATION}{list}")),
        ("apps/base/service.yaml", &service("reviews")),
        ("apps/base/rule.yaml", RULE),
        ("apps/base/route.yaml", &route(base)),
        ("apps/east/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [../base]\nnamespace: shop\n{patch}")),
    ])
}

#[test]
fn a_healthy_repository_has_no_findings() {
    assert_eq!(found(&check(&repository("v1", None, "v1"))), [""; 0]);
    assert_eq!(found(&check(&repository("${SUBSET}", None, "v1"))), [""; 0]);
    assert_eq!(found(&check(&repository("v9", Some("v1"), "v1"))), [""; 0]);
}

#[test]
fn a_fault_in_a_base_is_found_in_the_base() {
    assert_eq!(found(&check(&repository("v9", None, "v1"))), ["subset-undefined apps/base/route.yaml:11"]);
}

#[test]
fn a_fault_in_a_patch_is_found_in_the_patch() {
    let found = found(&check(&repository("v1", Some("v9"), "v1")));
    assert_eq!(found, ["subset-undefined apps/east/kustomization.yaml:10"]);
}

#[test]
fn a_fault_in_a_patch_file_is_found_in_that_file() {
    let dir = repository("v1", None, "v1");
    let overlay = format!("{KUSTOMIZATION}resources: [../base]\npatches:\n- path: patch.yaml\n");
    std::fs::write(dir.path().join("apps/east/kustomization.yaml"), overlay).expect("written");
    std::fs::write(dir.path().join("apps/east/patch.yaml"), route("v9")).expect("written");
    assert_eq!(found(&check(&dir)), ["subset-undefined apps/east/patch.yaml:11"]);
}

#[test]
fn a_fault_in_a_flux_variable_is_found_at_its_value() {
    let report = check(&repository("${SUBSET}", None, "v9"));
    assert_eq!(found(&report), ["subset-undefined clusters/east/apps.yaml:14"]);
    let related = report["findings"][0]["related"].to_string();
    assert!(related.contains("apps/base/route.yaml") && related.contains("${SUBSET}"), "{related}");
}

#[test]
fn a_fault_in_a_config_map_that_flux_takes_variables_from_is_found_there() {
    let dir = repository("${SUBSET:=v1}", None, "v1");
    let more = "  postBuild:\n    substituteFrom:\n    - kind: ConfigMap\n      name: settings\n";
    std::fs::write(dir.path().join("clusters/east/apps.yaml"), flux("apps", "./apps/east", more)).expect("written");
    let settings =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: flux-system\ndata:\n  SUBSET: v9\n";
    std::fs::write(dir.path().join("clusters/east/settings.yaml"), settings).expect("written");
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/settings.yaml:7"]);
}

const RELEASE: &str = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: shop
  namespace: shop
spec:
  interval: 1h
  chart:
    spec:
      chart: ./charts/shop
      sourceRef:
        kind: GitRepository
        name: flux-system
        namespace: flux-system
  values:
    route:
      subset: SUBSET
";

fn chart(own: &str, released: &str) -> TempDir {
    let template = route("{{ .Values.route.subset }}");
    let template = format!("{}\n---\n{RULE}", template.trim_end());
    tree(&[
        ("clusters/east/shop.yaml", &RELEASE.replace("SUBSET", released)),
        ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("charts/shop/values.yaml", &format!("route:\n  subset: {own}\n")),
        ("charts/shop/templates/route.yaml", &template),
        ("charts/shop/templates/service.yaml", &service("reviews")),
    ])
}

#[test]
fn a_fault_in_a_helm_value_is_found_at_the_value() {
    assert_eq!(found(&check(&chart("v9", "v1"))), [""; 0]);
    let report = check(&chart("v1", "v9"));
    assert_eq!(found(&report), ["subset-undefined clusters/east/shop.yaml:17"]);
    let related = report["findings"][0]["related"].to_string();
    assert!(related.contains("charts/shop/templates/route.yaml"), "{related}");
    assert!(related.contains("Flux HelmRelease shop/shop"), "{related}");
    // Without a value in the release, the chart's own counts.
    let dir = chart("v9", "v1");
    let release = RELEASE.split("  values:").next().expect("a part");
    std::fs::write(dir.path().join("clusters/east/shop.yaml"), release).expect("written");
    assert_eq!(found(&check(&dir)), ["subset-undefined charts/shop/values.yaml:2"]);
}

const SET: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: shop
  namespace: argocd
spec:
  generators:
  - list:
      elements:
      - cluster: west
        subset: v1
      - cluster: north
        subset: SUBSET
  template:
    metadata:
      name: shop-{{cluster}}
    spec:
      source:
        repoURL: https://example.com/org/repo.git
        path: charts/shop
        helm:
          parameters:
          - name: route.subset
            value: '{{subset}}'
      destination:
        name: '{{cluster}}'
        namespace: shop
";

#[test]
fn a_fault_in_a_parameter_of_an_application_set_is_found_at_the_parameter() {
    let dir = chart("v1", "v1");
    let set = |subset: &str| {
        std::fs::write(dir.path().join("clusters/east/shop.yaml"), SET.replace("SUBSET", subset)).expect("written");
    };
    set("v1");
    assert_eq!(found(&check(&dir)), [""; 0]);
    set("v9");
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/shop.yaml:13"]);
    let expected = [
        "DestinationRule shop/reviews",
        "Deployment shop/reviews-v1",
        "Service shop/reviews",
        "VirtualService shop/reviews",
    ];
    assert_eq!(applied(&dir, "west"), expected.map(String::from).into());
}

#[test]
fn what_flux_applies_is_what_kustomize_builds() {
    let dir = tree(&[
        ("clusters/east/flux-system/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [sync.yaml]\n")),
        ("clusters/east/flux-system/sync.yaml", &flux("flux-system", "./clusters/east", "")),
        ("clusters/east/apps.yaml", &(flux("apps", "./apps/east", "") + "---\n" + &flux("infra", "./infra", ""))),
        ("clusters/west/apps.yaml", &flux("apps", "./apps/west", "  targetNamespace: west\n")),
        ("apps/base/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [a.yaml, b.yaml]\n")),
        ("apps/base/a.yaml", &service("a")),
        ("apps/base/b.yaml", &service("b")),
        ("apps/base/unused.yaml", &service("unused")),
        (
            "apps/east/kustomization.yaml",
            &format!("{KUSTOMIZATION}resources: [../base]\nnamespace: east\nnamePrefix: x-\n"),
        ),
        ("apps/west/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [../base]\n")),
        ("infra/ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: east\n"),
        ("infra/in/c.yaml", &service("c")),
    ]);
    let mut expected = built(&dir, &["clusters/east/flux-system", "apps/east"]);
    for file in ["clusters/east/apps.yaml", "infra/ns.yaml", "infra/in/c.yaml"] {
        expected.extend(identities(&std::fs::read_to_string(dir.path().join(file)).expect("a file")));
    }
    assert_eq!(applied(&dir, "east"), expected);
    let mut west: BTreeSet<String> = ["Service west/a", "Service west/b"].map(String::from).into();
    west.insert("Kustomization flux-system/apps".into());
    assert_eq!(applied(&dir, "west"), west);
}

#[test]
fn what_argo_applies_is_what_its_sources_hold() {
    let application = |name: &str, path: &str, more: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {name}\n  namespace: argocd\nspec:\n  \
             source:\n    repoURL: https://example.com/org/repo\n    path: {path}\n{more}  destination:\n    server: \
             https://kubernetes.default.svc\n    namespace: shop\n---\n"
        )
    };
    let dir = tree(&[
        ("clusters/east/root.yaml", &application("root", "argo", "")),
        (
            "argo/apps.yaml",
            &(application("built", "apps/east", "")
                + &application("plain", "plain", "    directory:\n      recurse: true\n      exclude: 'x*'\n")),
        ),
        ("apps/east/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [a.yaml]\nnameSuffix: -x\n")),
        ("apps/east/a.yaml", &service("a")),
        ("plain/b.yaml", &service("b")),
        ("plain/in/c.yaml", &service("c")),
        ("plain/x.yaml", &service("x")),
    ]);
    let expected = [
        "Application argocd/built",
        "Application argocd/plain",
        "Application argocd/root",
        "Service shop/a-x",
        "Service shop/b",
        "Service shop/c",
    ];
    assert_eq!(applied(&dir, "east"), expected.map(String::from).into());
}

#[test]
fn an_overlay_is_built_and_its_base_is_not_applied_beside_it() {
    let dir = tree(&[
        ("clusters/east/base/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [a.yaml]\n")),
        ("clusters/east/base/a.yaml", &service("a")),
        (
            "clusters/east/overlay/kustomization.yaml",
            &format!("{KUSTOMIZATION}resources: [../base]\nnamespace: shop\n"),
        ),
    ]);
    assert_eq!(applied(&dir, "east"), built(&dir, &["clusters/east/overlay"]));
}

#[test]
fn rendered_manifests_are_applied_as_they_stand() {
    let text = format!("# Source: shop/templates/a.yaml\n{}---\n{}", service("a"), service("b"));
    let dir = tree(&[("clusters/east.yaml", &text), ("clusters/west.yaml", &service("c"))]);
    assert_eq!(applied(&dir, "east"), identities(&text).into_iter().collect());
}

/// What is said of each thing that was not built.
fn skipped(report: &Value) -> String {
    report["clusters"].to_string()
}

#[test]
fn what_leads_out_or_to_the_network_is_refused_and_the_rest_checked() {
    let outside = tree(&[("kustomization.yaml", KUSTOMIZATION), ("secret.yaml", &service("secret"))]);
    let outside = outside.path().display().to_string();
    let up = "../".repeat(20);
    let dir = tree(&[
        ("meshlint.yaml", "{}\n"),
        ("clusters/a/kustomization.yaml", &format!("{KUSTOMIZATION}resources: ['{up}{outside}']\n")),
        (
            "clusters/b/kustomization.yaml",
            &format!("{KUSTOMIZATION}resources: ['https://example.com/x.yaml', 'github.com/org/repo//base?ref=v1']\n"),
        ),
        ("clusters/c/kustomization.yaml", &format!("{KUSTOMIZATION}generators: [plugin.yaml]\n")),
        ("clusters/c/plugin.yaml", "apiVersion: example.com/v1\nkind: Runs\nmetadata:\n  name: x\n"),
        (
            "clusters/d/kustomization.yaml",
            &format!("{KUSTOMIZATION}helmCharts: [{{name: x, repo: 'https://example.com'}}]\n"),
        ),
        ("clusters/e/a.yaml", &format!("{}---\n{RULE}---\n{}", service("reviews"), route("v9"))),
    ]);
    let report = check(&dir);
    assert!(found(&report).contains(&"subset-undefined clusters/e/a.yaml:41".to_string()), "{report:#}");
    let said = skipped(&report);
    for part in ["leads out of the repository", "nothing is fetched", "plugins are not run", "--enable-helm"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn what_is_put_on_top_is_read_no_further_than_a_kustomization() {
    let outside = tree(&[("patch.yaml", &service("a")), ("kustomization.yaml", "kind: Component\n")]);
    let (up, outside) = ("../".repeat(20), outside.path().display().to_string());
    let application = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop}}\nspec:\n  source:\n    repoURL: \
         https://example.com/r\n    path: apps\n    kustomize:\n      patches: [{{path: '{up}{outside}/patch.yaml'}}]\n"
    );
    let component = |path: &str| flux("apps", "./apps", &format!("  components: ['{path}']\n"));
    let post = "  postRenderers:\n  - kustomize:\n      patches: [{path: /etc/hostname}]\n";
    let dir = chart("v1", "v1");
    for (path, text) in [
        ("meshlint.yaml", "{}\n"),
        ("apps/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [a.yaml]\n")),
        ("apps/a.yaml", &service("a")),
        ("clusters/east/shop.yaml", &(RELEASE.replace("SUBSET", "v1") + post)),
        ("clusters/a/app.yaml", &application),
        ("clusters/b/app.yaml", &component(&format!("{up}{outside}"))),
        ("clusters/c/app.yaml", &component("https://example.com/component")),
    ] {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        std::fs::write(path, text).expect("written");
    }
    let report = check(&dir);
    let said = skipped(&report);
    assert_eq!(said.matches("leads out of the repository").count(), 2, "{said}");
    for part in ["nothing is fetched", "a post renderer that asks for other files"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(report["clusters"].as_array().expect("clusters").iter().all(|c| c["built"] == 0), "{said}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_refused() {
    let outside = tree(&[("a.yaml", &service("a"))]);
    let dir = tree(&[
        ("meshlint.yaml", "{}\n"),
        ("clusters/a/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [link.yaml]\n")),
        ("clusters/b/b.yaml", &service("b")),
    ]);
    std::os::unix::fs::symlink(outside.path().join("a.yaml"), dir.path().join("clusters/a/link.yaml")).expect("a link");
    let report = check(&dir);
    assert!(skipped(&report).contains("leads out of the repository"), "{report:#}");
}

#[test]
fn what_grows_without_end_is_cut_off() {
    // 2^24 copies of a Service, by bases that stand twice in each other.
    let mut files = vec![("clusters/a/l0/s.yaml".to_string(), service("s"))];
    files.push(("clusters/a/l0/kustomization.yaml".into(), format!("{KUSTOMIZATION}resources: [s.yaml]\n")));
    for i in 1..=24 {
        let below = i - 1;
        for side in ["x", "y"] {
            let text = format!("{KUSTOMIZATION}resources: [../l{below}]\nnamePrefix: {side}\n");
            files.push((format!("clusters/a/l{below}{side}/kustomization.yaml"), text));
        }
        let text = format!("{KUSTOMIZATION}resources: [../l{below}x, ../l{below}y]\n");
        files.push((format!("clusters/a/l{i}/kustomization.yaml"), text));
    }
    let looping =
        "{{ define \"x\" }}{{ range until 100000000 }}aaaaaaaaaaaaaaaa{{ end }}{{ end }}{{ include \"x\" . }}\n";
    files.push(("clusters/b/shop.yaml".into(), RELEASE.into()));
    files.push(("charts/shop/Chart.yaml".into(), "apiVersion: v2\nname: shop\nversion: 1.0.0\n".into()));
    files.push(("charts/shop/templates/a.yaml".into(), looping.into()));
    files.push(("clusters/c/c.yaml".into(), format!("{}---\n{RULE}---\n{}", service("reviews"), route("v9"))));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let dir = tree(&files);
    let started = Instant::now();
    let report = check(&dir);
    assert!(started.elapsed() < Duration::from_secs(100), "{:?}", started.elapsed());
    assert!(found(&report).contains(&"subset-undefined clusters/c/c.yaml:41".to_string()), "{report:#}");
    let said = skipped(&report);
    assert!(said.contains("clusters/a") && said.contains("shop.yaml") || said.contains("charts/shop"), "{said}");
}

#[test]
fn a_matrix_that_explodes_is_cut_off() {
    let elements: String = (0..3000).map(|i| format!("          - n{{}}: x{i}\n")).collect();
    let list = |name: &str| format!("      - list:\n          elements:\n{}", elements.replace("{}", name));
    let set = SET.split("  generators:").next().expect("a head").to_string()
        + "  generators:\n  - matrix:\n      generators:\n"
        + &list("a")
        + &list("b")
        + "  template:\n    metadata:\n      name: '{{na}}-{{nb}}'\n    spec:\n      source: {repoURL: 'https://example.com/r', path: apps}\n      destination: {name: in-cluster}\n";
    let dir = tree(&[("clusters/east/set.yaml", &set), ("apps/a.yaml", &service("a"))]);
    let started = Instant::now();
    let report = check(&dir);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert!(skipped(&report).contains("more than 1000 Applications"), "{}", skipped(&report));
}

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
