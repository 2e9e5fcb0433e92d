//! What is read of a folder.

use super::*;

#[test]
fn ignore_files_are_honoured() {
    let dir = tree(&[
        ("clusters/east/a.yaml", ""),
        ("clusters/east/gen/b.yaml", ""),
        ("clusters/east/keep/gen.yaml", ""),
        ("clusters/east/.gitignore", "gen/\n"),
        ("clusters/west/c.yaml", ""),
        ("clusters/west/d.yaml", ""),
        ("clusters/.ignore", "d.*\n"),
        ("clusters/west/.hidden/e.yaml", ""),
        (".gitignore", "c.yaml\n"),
    ]);
    let east = "east: clusters/east/a.yaml clusters/east/keep/gen.yaml";
    // Outside of a repository, a `.gitignore` above what is looked at says nothing.
    assert_clusters(&look(&dir, &["clusters"]), &[east, "west: clusters/west/c.yaml"]);
    std::fs::create_dir(dir.path().join(".git")).unwrap();
    write(dir.path(), "clusters/west/f.yml", "");
    assert_clusters(&look(&dir, &["clusters"]), &[east, "west: clusters/west/f.yml"]);
    assert_clusters(&look(&dir, &["clusters/east/gen"]), &["east: clusters/east/gen/b.yaml"]);
}

#[test]
fn only_yaml_and_json_is_read() {
    let dir = tree(&[("k8s/a.yaml", ""), ("k8s/b.YML", ""), ("k8s/c.txt", ""), ("k8s/tsconfig.json", "{/**/}")]);
    write(dir.path(), "k8s/d.json", r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "d"}}"#);
    let workspace = look(&dir, &["k8s"]);
    assert_clusters(&workspace, &["k8s: k8s/a.yaml k8s/b.YML k8s/d.json"]);
    assert!(workspace.streams.iter().all(|p| p.stream.errors.is_empty()));
}

#[test]
fn the_order_is_that_of_the_names() {
    let names: Vec<String> = (0..40).map(|i| format!("clusters/c{}/n{}/s{i}.yaml", i % 3, i % 7)).collect();
    let dir = tree(&names.iter().map(|n| (n.as_str(), "")).collect::<Vec<_>>());
    let first = clusters(&look(&dir, &[]));
    for c in &first {
        let mut sorted: Vec<&str> = c.split(' ').skip(1).collect();
        sorted.sort_unstable();
        assert_eq!(c.split(' ').skip(1).collect::<Vec<_>>(), sorted);
    }
    for _ in 0..5 {
        assert_eq!(clusters(&look(&dir, &[])), first);
    }
}

#[test]
fn a_charts_templates_are_skipped() {
    let dir = tree(&[
        ("clusters/east/a.yaml", ""),
        ("clusters/east/chart/Chart.yaml", "apiVersion: v2\nname: x\n"),
        ("clusters/east/chart/values.yaml", "replicas: 1\n"),
        ("clusters/east/chart/templates/deployment.yaml", "a: {{ .Values.x }}\n"),
        ("clusters/east/chart/templates/tests/t.yaml", "a: {{ .Values.x }}\n"),
    ]);
    let workspace = look(&dir, &[]);
    let why = "a Helm chart's template, not a manifest: render it (`helm template … | meshlint -`)";
    let paths = ["clusters/east/chart/templates/deployment.yaml", "clusters/east/chart/templates/tests/t.yaml"];
    assert_eq!(skipped(&workspace.clusters[0]), paths.map(|p| format!("{p}: {why}")));
    assert!(workspace.clusters[0].skipped.iter().all(|s| s.may_hold_objects && !s.is_error));
    assert!(workspace.streams.iter().all(|p| p.stream.errors.is_empty()));
}

#[test]
fn what_kustomize_builds_is_skipped() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux}\n\
                spec:\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: repo}\n";
    let dir = tree(&[
        ("clusters/east/a.yaml", ""),
        ("clusters/east/built/kustomization.yaml", "resources: [x.yaml]\n"),
        ("clusters/east/built/x.yaml", ""),
        ("clusters/west/kustomization.yaml", flux),
    ]);
    let workspace = run(dir.path(), &[], &unrendered()).expect("something to check");
    assert_clusters(&workspace, &["east: clusters/east/a.yaml", "west: clusters/west/kustomization.yaml"]);
    let why = "built by Kustomize: render it (`kustomize build … | meshlint -`)";
    assert_eq!(skipped(&workspace.clusters[0]), [format!("clusters/east/built: {why}")]);
    let why = "what its Flux Kustomization points at is not rendered (flux/apps)";
    assert_eq!(skipped(&workspace.clusters[1]), [format!("clusters/west/kustomization.yaml: {why}")]);
}

#[test]
fn pointers_to_what_is_not_rendered_are_said() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  source: {path: shop/prod}\n\
                ---\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\n\
                ---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: base}\n\
                spec: {chart: {spec: {chart: istio-base}}}\n---\napiVersion: app.k8s.io/v1\nkind: Application\n\
                metadata: {name: other}\n";
    let dir = tree(&[("clusters/east/a.yaml", text)]);
    let workspace = run(dir.path(), &[], &unrendered()).expect("something to check");
    let expected = [
        "what its Argo CD Application points at is not rendered (shop)",
        "what its Argo CD ApplicationSet points at is not rendered (all)",
        "what its Flux HelmRelease points at is not rendered (base)",
    ];
    assert_eq!(skipped(&workspace.clusters[0]), expected.map(|e| format!("clusters/east/a.yaml: {e}")));
    assert!(workspace.clusters[0].skipped.iter().all(|s| s.may_hold_objects));
}

#[test]
fn nesting_without_end_is_cut_off() {
    let dir = tree(&[("k8s/a.yaml", "")]);
    write(dir.path(), &format!("k8s/{}/b.yaml", vec!["d"; 150].join("/")), "");
    let workspace = look(&dir, &["k8s"]);
    assert_eq!(workspace.clusters[0].files.len(), 1);
    assert_eq!(workspace.clusters[0].skipped[0].reason, "nested too deep");
}
