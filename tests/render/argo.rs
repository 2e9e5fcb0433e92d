//! What Argo CD's sources and generators give.

use super::*;

#[test]
fn values_of_another_source_of_the_application() {
    let dir = chart("v1", "v1");
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\n  namespace: argocd\nspec:\n  \
                sources:\n  - repoURL: https://example.com/org/repo\n    path: charts/shop\n    helm:\n      valueFiles: \
                [$env/envs/east.yaml]\n  - repoURL: https://example.com/org/repo\n    ref: env\n  destination: {name: \
                in-cluster, namespace: shop}\n";
    put(&dir, "clusters/east/shop.yaml", text);
    put(&dir, "envs/east.yaml", "# East.\nroute:\n  subset: v9\n");
    assert_eq!(found(&check(&dir)), ["subset-undefined envs/east.yaml:3"]);
    let values = ["--values", "envs/east.yaml"];
    let mut expected = rendered(&dir, "shop", "charts/shop", "shop", &values);
    expected.extend(written(&dir, "clusters/east/shop.yaml", "default"));
    assert_eq!(applied(&dir, "east"), sorted(expected));
}

/// A set with these generators, and `more` fields.
fn set(generators: &str, more: &str) -> String {
    let generators: String = generators.lines().map(|l| format!("  {l}\n")).collect();
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: shop
  namespace: argocd
spec:
  goTemplate: true
  generators:
{generators}{more}  template:
    metadata:
      name: 'shop-{{{{.cluster}}}}'
    spec:
      source:
        repoURL: https://example.com/org/repo.git
        path: charts/shop
        helm:
          parameters:
          - name: route.subset
            value: '{{{{.subset}}}}'
      destination: {{name: '{{{{.cluster}}}}', namespace: shop}}
"
    )
}

/// What is found in a repository with this set, by the line that a part of its text stands in.
fn lines(dir: &TempDir, set: &str, expected: &[&str]) {
    put(dir, "clusters/hub/set.yaml", set);
    let line = |what: &&str| format!("subset-undefined clusters/hub/set.yaml:{}", line_of(set, what));
    let report = check(dir);
    assert_eq!(found(&report), expected.iter().map(line).collect::<Vec<_>>(), "{set}\n{}", skipped(&report));
}

/// The chart alone.
fn repository() -> TempDir {
    let dir = chart("v1", "v1");
    std::fs::remove_dir_all(dir.path().join("clusters")).expect("removed");
    dir
}

/// The names of the clusters.
fn clusters(dir: &TempDir) -> Vec<String> {
    let overview = run(dir.path(), &["clusters", "--format", "json"]);
    let all = overview["clusters"].as_array().expect("clusters").iter();
    sorted(all.map(|c| c["name"].as_str().unwrap_or_default().to_string()))
}

#[test]
fn merge_puts_what_fits_on_top() {
    let text = set(
        "- merge:
    mergeKeys: [cluster]
    generators:
    - list:
        elements:
        - {cluster: west, subset: v1}
        - {cluster: north, subset: v1}
    - list:
        elements:
        - {cluster: north, subset: v9}
        - {cluster: nowhere, subset: v9}",
        "",
    );
    let dir = repository();
    lines(&dir, &text, &["north, subset: v9"]);
    assert_eq!(clusters(&dir), ["hub", "north", "west"]);
    assert_eq!(applied(&dir, "west"), sorted(rendered(&dir, "shop-west", "charts/shop", "shop", &[])));
}

#[test]
fn matrix_gives_each_with_each() {
    let text = set(
        "- matrix:
    generators:
    - list:
        elements: [{cluster: west}, {cluster: north}]
    - list:
        elements:
        - subset: v9",
        "",
    );
    let dir = repository();
    lines(&dir, &text, &["subset: v9", "subset: v9"]);
    assert_eq!(clusters(&dir), ["hub", "north", "west"]);
}

#[test]
fn git_files_give_what_they_hold() {
    let text = set("- git:\n    repoURL: https://example.com/org/repo.git\n    files: [{path: 'envs/*.yaml'}]", "");
    let dir = repository();
    put(&dir, "envs/west.yaml", "cluster: west\nsubset: v9\n");
    put(&dir, "envs/north.yaml", "- cluster: north\n  subset: v1\n- cluster: south\n  subset: v8\n");
    put(&dir, "envs/in/other.yaml", "cluster: other\nsubset: v7\n");
    put(&dir, "clusters/hub/set.yaml", &text);
    assert_eq!(found(&check(&dir)), ["subset-undefined envs/north.yaml:4", "subset-undefined envs/west.yaml:2"]);
    assert_eq!(clusters(&dir), ["hub", "north", "south", "west"]);
}

#[test]
fn clusters_are_those_whose_secrets_are_there() {
    let secret = |name: &str, stage: &str, subset: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: argocd\n  labels:\n    \
             argocd.argoproj.io/secret-type: cluster\n    stage: {stage}\n  annotations:\n    subset: \
             {subset}\nstringData:\n  name: {name}\n  server: https://{name}.example.com\n"
        )
    };
    let dir = repository();
    put(&dir, "clusters/hub/north.yaml", &secret("north", "prod", "v9"));
    put(&dir, "clusters/hub/west.yaml", &secret("west", "prod", "v1"));
    put(&dir, "clusters/hub/test.yaml", &secret("test", "test", "v9"));
    let values = "\n    values: {cluster: '{{.name}}', subset: '{{.metadata.annotations.subset}}'}";
    let with = |selector: &str| {
        let text = set(&format!("- clusters:\n    selector: {selector}{values}"), "");
        text.replace("{{.cluster}}", "{{.values.cluster}}").replace("{{.subset}}", "{{.metadata.annotations.subset}}")
    };
    for selector in
        ["{matchLabels: {stage: prod}}", "{matchExpressions: [{key: stage, operator: NotIn, values: [test]}]}"]
    {
        put(&dir, "clusters/hub/set.yaml", &with(selector));
        assert_eq!(found(&check(&dir)), ["subset-undefined clusters/hub/north.yaml:10"]);
        assert_eq!(clusters(&dir), ["hub", "north", "west"]);
    }
    // Without a selector, the cluster that Argo CD runs in is one of them.
    put(&dir, "clusters/hub/set.yaml", &with("{}").replace("{{.metadata.annotations.subset}}", "v1"));
    assert_eq!(clusters(&dir), ["hub", "north", "test", "west"]);
    let own = applied(&dir, "hub");
    assert!(own.contains(&"networking.istio.io/v1 VirtualService shop/reviews".to_string()), "{own:?}");
}

const TWO: &str = "\
- list:
    elements:
    - {cluster: west, subset: v1}
    - {cluster: north, subset: v9}";

#[test]
fn selectors_leave_sets_of_parameters_out() {
    let dir = repository();
    lines(&dir, &set(TWO, ""), &["subset: v9"]);
    let selector = "\n  selector: {matchExpressions: [{key: cluster, operator: In, values: [west]}]}";
    lines(&dir, &set(&format!("{TWO}{selector}"), ""), &[]);
    assert_eq!(clusters(&dir), ["hub", "west"]);
}

#[test]
fn the_template_of_a_generator_wins() {
    let own = "
    template:
      metadata: {}
      spec:
        source:
          helm:
            parameters:
            - name: route.subset
              value: v7
- list:
    elements: [{cluster: south, subset: v1}]";
    lines(&repository(), &set(&format!("{}{own}", TWO.replace("v9", "v1")), ""), &["v7", "v7"]);
}

#[test]
fn the_template_patch_is_put_on() {
    let patch = |subset: &str| {
        format!(
            "  templatePatch: |\n    # On top.\n    spec:\n      source:\n        helm:\n          parameters:\n          - \
             name: route.subset\n            value: {subset}\n"
        )
    };
    let dir = repository();
    lines(&dir, &set(TWO, &patch("v1")), &[]);
    lines(&dir, &set(TWO, &patch("v7")), &["v7", "v7"]);
    lines(&dir, &set(TWO, &patch("'{{ .subset }}'")), &["subset: v9"]);
    // What cannot be worked out is left out and listed.
    put(&dir, "clusters/hub/set.yaml", &set(TWO, &patch("{{ if .x }}v1{{ end }}")));
    let report = check(&dir);
    assert!(skipped(&report).contains("its templatePatch has `{{ if .x }}`"), "{}", skipped(&report));
    assert_eq!(clusters(&dir), ["hub"]);
}

#[test]
fn sets_that_are_none_are_listed() {
    let dir = repository();
    let two = set(TWO, "");
    let head = two.split("  template:").next().expect("a head");
    for text in [
        format!("{head}  template: none\n"),
        format!("{head}  template: [1, 2]\n"),
        set(TWO, "  templatePatch: none\n"),
        set(TWO, "  templatePatch: |\n    - 1\n"),
    ] {
        put(&dir, "clusters/hub/set.yaml", &text);
        let report = check(&dir);
        assert!(skipped(&report).contains("its template gives no Application"), "{text}{}", skipped(&report));
    }
    for text in [
        format!("{head}  template: {{metadata: none, spec: 1}}\n"),
        set(TWO, "  templatePatch: |\n    a: [\n"),
        set("- {list: none, selector: 1, git: [1], clusters: 2, matrix: {generators: 1}, merge: 0}", ""),
        set("- list: {elements: [1, a], template: x}", ""),
    ] {
        put(&dir, "clusters/hub/set.yaml", &text);
        assert_eq!(found(&check(&dir)), [""; 0], "{text}");
    }
}
