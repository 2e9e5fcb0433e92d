//! `docs/ci/flux.md`.

use crate::pages::block;
use crate::scene::Scene;

fn fleet(name: &str) -> Scene {
    let scene = Scene::with_fleet(name);
    scene.commit_all();
    scene.git(&["remote", "add", "origin", "https://git.example.com/fleet.git"]);
    scene.record("flux", "");
    scene
}

#[test]
fn an_artifact_is_pushed_with_its_revision_and_then_tagged_as_checked() {
    let scene = fleet("shop");
    let outcome = scene.script(&block("flux.md", "push-fleet.sh"), &["oci://registry.example.com/fleet"]);
    assert_eq!(outcome.status, 0, "{}", outcome.printed());
    let commit = scene.git(&["rev-parse", "HEAD"]);
    let artifact = format!("[artifact][oci://registry.example.com/fleet:{}]", &commit[..12]);
    let source = "[--source=https://git.example.com/fleet.git]";
    assert_eq!(
        scene.calls("flux"),
        [
            format!("[push]{artifact}[--path=.]{source}[--revision=main@sha1:{commit}]"),
            format!("[tag]{artifact}[--tag][checked]"),
        ]
    );
}

#[test]
fn nothing_is_pushed_with_a_finding_or_with_what_is_not_committed() {
    let script = block("flux.md", "push-fleet.sh");
    let scene = fleet("shop-broken");
    let outcome = scene.script(&script, &["oci://registry.example.com/fleet"]);
    assert_eq!(outcome.status, 1, "{}", outcome.printed());
    assert!(scene.calls("flux").is_empty());

    let scene = fleet("shop");
    scene.write("clusters/east/more.yaml", "kind: Namespace\napiVersion: v1\nmetadata: {name: more}\n");
    let outcome = scene.script(&script, &["oci://registry.example.com/fleet"]);
    assert_eq!(outcome.status, 2, "{}", outcome.printed());
    assert!(outcome.stderr.contains("not committed"), "{}", outcome.stderr);
    assert!(scene.calls("flux").is_empty());
}

/// Clusters whose folders hold a Flux Kustomization only, and `flux build` by the real kustomize.
fn built(name: &str) -> Scene {
    let scene = Scene::with_fleet(name);
    std::fs::rename(scene.work().join("clusters"), scene.work().join("apps")).expect("renamed");
    for cluster in ["east", "west"] {
        let folder = scene.work().join("apps").join(cluster);
        let files = std::fs::read_dir(folder).expect("a folder").flatten().map(|e| e.file_name());
        let list: Vec<String> = files.map(|f| format!("  - {}\n", f.to_string_lossy())).collect();
        scene.write(&format!("apps/{cluster}/kustomization.yaml"), &format!("resources:\n{}", list.concat()));
        let flux = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: apps\n  namespace: \
             flux-system\nspec:\n  interval: 10m\n  path: ./apps/{cluster}\n  prune: true\n  sourceRef:\n    kind: \
             GitRepository\n    name: flux-system\n"
        );
        scene.write(&format!("clusters/{cluster}/apps.yaml"), &flux);
    }
    scene.record("flux", "shift 4; [ \"$1\" = --path ] || exit 9; exec kustomize build \"$2\"");
    scene
}

#[test]
fn what_flux_builds_is_checked_across_clusters() {
    let script = block("flux.md", "check-flux-build.sh");
    let scene = built("shop");
    let outcome = scene.script(&script, &[]);
    assert_eq!(outcome.status, 0, "{}", outcome.printed());
    let call = |c| {
        format!(
            "[build][kustomization][apps][--dry-run][--path][apps/{c}][--kustomization-file][clusters/{c}/apps.yaml]"
        )
    };
    assert_eq!(scene.calls("flux"), [call("east"), call("west")]);

    let outcome = built("shop-broken").script(&script, &[]);
    assert_eq!(outcome.status, 1, "{}", outcome.printed());
    assert!(outcome.stdout.contains("west defines no subset `v3`"), "{}", outcome.stdout);
}
