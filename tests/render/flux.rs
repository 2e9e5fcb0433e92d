//! What Flux does beside building a folder.

use super::*;

/// A Flux repository whose only route has this subset, applied by a Kustomization that says `more`.
fn plain(subset: &str, more: &str) -> TempDir {
    tree(&[
        ("clusters/east/apps.yaml", &flux("apps", "./apps", more)),
        ("apps/service.yaml", &service("reviews")),
        ("apps/rule.yaml", RULE),
        ("apps/route.yaml", &route(subset)),
    ])
}

const FAULT: &str = "subset-undefined apps/route.yaml:11";

#[test]
fn what_is_suspended_is_not_applied_and_listed() {
    assert_eq!(found(&check(&plain("v9", ""))), [FAULT]);
    let dir = plain("v9", "  suspend: true\n");
    let report = check(&dir);
    assert_eq!(found(&report), [""; 0]);
    assert!(skipped(&report).contains("suspended: Flux does not apply it"), "{report:#}");
    assert_eq!(applied(&dir, "east"), written(&dir, "clusters/east/apps.yaml", "default"));
    let release = RELEASE.replace("SUBSET", "v9").replace("  interval", "  suspend: true\n  interval");
    let dir = chart("v1", "v1");
    put(&dir, "clusters/east/shop.yaml", &release);
    assert_eq!(found(&check(&dir)), [""; 0]);
}

#[test]
fn what_depends_on_others_is_applied() {
    let dir = plain("v9", "  dependsOn:\n  - name: infra\n  - {name: more, namespace: elsewhere}\n");
    assert_eq!(found(&check(&dir)), [FAULT]);
}

#[test]
fn variables_as_flux_puts_them_in() {
    let given = |more: &str| format!("  postBuild:\n    substitute:\n      V: v1\n      LONG: xv1\n{more}");
    for (subset, is_fine) in [
        ("${V}", true),
        ("${V:-v9}", true),
        ("${NONE:-v1}", true),
        ("${NONE:=v1}", true),
        ("${NONE:=${V}}", true),
        // Flux knows no errors in variables: what stands there is the value.
        ("${NONE:?v1}", true),
        ("${V:?not set}", true),
        ("${LONG:1}", true),
        ("${LONG#x}", true),
        ("${V/1/9}", false),
        ("${NONE:-v9}", false),
    ] {
        let found = found(&check(&plain(subset, &given(""))));
        assert_eq!(found.is_empty(), is_fine, "{subset}: {found:?}");
    }
}

#[test]
fn variables_are_put_into_no_object_that_says_so() {
    let given = "  postBuild:\n    substitute:\n      V: v9\n";
    let dir = plain("${V}", given);
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/apps.yaml:14"]);
    for kind in ["annotations", "labels"] {
        let switch = format!("metadata:\n  {kind}:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\n");
        put(&dir, "apps/route.yaml", &route("${V}").replace("metadata:\n", &switch));
        assert_eq!(found(&check(&dir)), [""; 0], "{kind}");
    }
}

#[test]
fn variables_of_a_config_map_that_kustomize_generates() {
    let dir = plain("${V}", "  postBuild:\n    substituteFrom:\n    - {kind: ConfigMap, name: settings}\n");
    let kustomization = format!(
        "{KUSTOMIZATION}resources: [apps.yaml]\nnamespace: flux-system\ngeneratorOptions: {{disableNameSuffixHash: \
         true}}\nconfigMapGenerator:\n- name: settings\n  literals:\n  - U=v1\n  - V=v9\n"
    );
    put(&dir, "clusters/east/kustomization.yaml", &kustomization);
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/kustomization.yaml:10"]);
}

#[test]
fn what_a_source_leaves_out_is_not_applied() {
    let dir = plain("v9", "");
    put(&dir, ".sourceignore", "apps/route.yaml\n");
    assert_eq!(found(&check(&dir)), [""; 0]);
    // What the object says wins over the file.
    let source = |ignore: &str| {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: flux-system\n  namespace: \
             flux-system\nspec:\n  url: https://example.com/org/repo\n  ignore: |\n    {ignore}\n"
        )
    };
    put(&dir, "clusters/east/source.yaml", &source("!/apps/route.yaml"));
    assert_eq!(found(&check(&dir)), [FAULT]);
    put(&dir, ".sourceignore", "# nothing\n");
    put(&dir, "clusters/east/source.yaml", &source("/apps/r*.yaml"));
    let mut expected = written(&dir, "clusters/east/apps.yaml", "default");
    expected.extend(written(&dir, "clusters/east/source.yaml", "default"));
    expected.extend(written(&dir, "apps/service.yaml", "default"));
    assert_eq!(applied(&dir, "east"), sorted(expected));
}

#[test]
fn post_renderers_change_what_a_chart_gives() {
    let dir = chart("v9", "v9");
    let post = |subset: &str| {
        format!(
            "  postRenderers:\n  - kustomize:\n      patches:\n      - target: {{kind: VirtualService}}\n        patch: \
             |\n          - op: replace\n            path: /spec/http/0/route/0/destination/subset\n            value: \
             {subset}\n"
        )
    };
    let release = |post: &str| RELEASE.replace("SUBSET", "v9") + post;
    put(&dir, "clusters/east/shop.yaml", &release(&post("v1")));
    assert_eq!(found(&check(&dir)), [""; 0]);
    let text = release(&post("v7"));
    put(&dir, "clusters/east/shop.yaml", &text);
    let line = line_of(&text, "v7");
    assert_eq!(found(&check(&dir)), [format!("subset-undefined clusters/east/shop.yaml:{line}")]);
    // What they leave as it is comes from the chart still.
    let other = "  postRenderers:\n  - kustomize:\n      images: [{name: reviews, newTag: v2}]\n";
    put(&dir, "clusters/east/shop.yaml", &release(other));
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/shop.yaml:17"]);
}
