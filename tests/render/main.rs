//! What clusters really apply, with the real kustomize and helm: the effective sets, the line that a finding leads to,
//! and input that means harm.

#[path = "../common/mod.rs"]
mod common;

mod applied;
mod argo;
mod flux;
mod hostile;
mod lines;
mod programs;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

/// A repository with these files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    files.iter().for_each(|(path, text)| put(&dir, path, text));
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

/// What a cluster applies, object by object, in order.
fn applied(dir: &TempDir, cluster: &str) -> Vec<String> {
    let overview = run(dir.path(), &["clusters", "--format", "json"]);
    let clusters = overview["clusters"].as_array().expect("clusters");
    let own = clusters.iter().find(|c| c["name"] == cluster).unwrap_or_else(|| panic!("{cluster} in {overview:#}"));
    let sets = own["applies"].as_array().expect("sets").iter();
    let objects = sets.flat_map(|s| s["objects"].as_array().expect("objects").clone());
    sorted(objects.map(|o| identity(&o["apiVersion"], &o["kind"], &o["namespace"], &o["name"])))
}

fn identity(version: &Value, kind: &Value, namespace: &Value, name: &Value) -> String {
    let text = |v: &Value| v.as_str().unwrap_or("-").to_string();
    format!("{} {} {}/{}", text(version), text(kind), text(namespace), text(name))
}

fn sorted(all: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.into_iter().collect();
    all.sort();
    all
}

/// What a program prints, started in the repository.
fn printed(dir: &TempDir, program: &str, args: &[&str]) -> String {
    let mut command = Command::new(program);
    let out = command.env("PATH", common::tools()).args(args).current_dir(dir.path()).output();
    let out = out.expect("the program starts");
    assert!(out.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

/// The objects of a text, as another parser than meshlint's own reads it; `namespace`: of those that say none.
fn objects(text: &str, namespace: &str) -> Vec<String> {
    let documents = serde_yaml::Deserializer::from_str(text);
    let documents = documents.map(|d| Value::deserialize(d).expect("YAML")).filter(|o| !o.is_null());
    let object = |o: Value| {
        let is_of_cluster = o["kind"] == "Namespace";
        let default = if is_of_cluster { Value::Null } else { namespace.into() };
        let namespace = o["metadata"].get("namespace").cloned().unwrap_or(default);
        identity(&o["apiVersion"], &o["kind"], &namespace, &o["metadata"]["name"])
    };
    documents.map(object).collect()
}

/// What kustomize makes of a folder.
fn built(dir: &TempDir, folder: &str, namespace: &str) -> Vec<String> {
    objects(&printed(dir, "kustomize", &["build", folder]), namespace)
}

/// What helm makes of a chart.
fn rendered(dir: &TempDir, release: &str, chart: &str, namespace: &str, more: &[&str]) -> Vec<String> {
    let args = [&["template", release, chart, "--namespace", namespace], more].concat();
    objects(&printed(dir, "helm", &args), namespace)
}

/// What stands in a file.
fn written(dir: &TempDir, file: &str, namespace: &str) -> Vec<String> {
    objects(&std::fs::read_to_string(dir.path().join(file)).expect("a file"), namespace)
}

/// Writes a file of the repository, once more or for the first time.
fn put(dir: &TempDir, path: &str, text: &str) {
    let path = dir.path().join(path);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
    std::fs::write(path, text).expect("written");
}

/// The number of the first line that holds this.
fn line_of(text: &str, what: &str) -> usize {
    text.lines().position(|l| l.contains(what)).unwrap_or_else(|| panic!("{what} in {text}")) + 1
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

/// An Argo CD Application of a folder; `source`: more of its source.
fn application(name: &str, path: &str, source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {name}\n  namespace: argocd\nspec:\n  \
         source:\n    repoURL: https://example.com/org/repo\n    path: {path}\n{source}  destination:\n    server: \
         https://kubernetes.default.svc\n    namespace: shop\n---\n"
    )
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

/// What is said of each thing that was not built.
fn skipped(report: &Value) -> String {
    report["clusters"].to_string()
}
