//! What is said when there is nothing to check.

use super::*;

#[test]
fn a_path_that_does_not_exist() {
    let dir = tree(&[("clusters/east/a.yaml", "")]);
    assert_eq!(error(&dir, &["./cluster"]), "./cluster: no such file or folder; did you mean ./clusters?");
    assert_eq!(error(&dir, &["cluster/east"]), "cluster/east: no such file or folder; did you mean clusters/east?");
    assert_eq!(error(&dir, &["zzz"]), "zzz: no such file or folder");
}

#[test]
fn nothing_but_templates() {
    let names: Vec<String> = (0..14).map(|i| format!("charts/web/templates/t{i}.yaml")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), "a: {{ .Values.x }}\n")).collect();
    files.push(("charts/web/Chart.yaml", "apiVersion: v2\nname: web\n"));
    let expected = "nothing to check: ./charts holds 14 Helm templates and no manifests; render them \
                    (`helm template … | meshlint -`), or point meshlint at what applies them";
    assert_eq!(error(&tree(&files), &["./charts"]), expected);
}

#[test]
fn nothing_but_what_kustomize_builds() {
    let dir = tree(&[("clusters/east/kustomization.yaml", "resources: []\n"), ("clusters/east/a.yaml", "")]);
    let expected = "nothing to check: ./clusters holds 1 folder that Kustomize builds and no manifests; render what a \
                    cluster applies (`kustomize build ./clusters/east | meshlint -`), or point meshlint at the result";
    assert_eq!(run(dir.path(), &["clusters"], &unrendered()).expect_err("nothing").to_string(), expected);
}

#[test]
fn nothing_at_all() {
    let dir = tree(&[("values/a.yaml", "replicas: 1\n"), ("ignored/a.yaml", ""), ("ignored/.ignore", "*.yaml\n")]);
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    let help = "point meshlint at what the clusters apply";
    assert_eq!(error(&dir, &["empty"]), format!("nothing to check: ./empty holds no YAML or JSON files; {help}"));
    let expected = format!("nothing to check: ./values holds 1 YAML or JSON file and no Kubernetes manifests; {help}");
    assert_eq!(error(&dir, &["values"]), expected);
    let expected = "nothing to check: ./ignored holds nothing but what `exclude` or an ignore file leaves out (1 entry); \
                    give its path itself to check it all the same";
    assert_eq!(error(&dir, &["ignored"]), expected);
}
