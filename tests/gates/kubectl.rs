//! `docs/ci/kubectl.md`.

use crate::pages::block;
use crate::scene::Scene;

#[test]
fn what_is_healthy_is_applied_cluster_by_cluster() {
    let scene = Scene::with_fleet("shop");
    scene.record("kubectl", "");
    let outcome = scene.script(&block("kubectl.md", "apply.sh"), &[]);
    assert_eq!(outcome.status, 0, "{}", outcome.printed());
    let call = |c| format!("[--context][{c}][apply][--server-side][--recursive][--filename][clusters/{c}/]");
    assert_eq!(scene.calls("kubectl"), [call("east"), call("west")]);
}

#[test]
fn with_a_finding_kubectl_is_never_called() {
    let scene = Scene::with_fleet("shop-broken");
    scene.record("kubectl", "");
    let outcome = scene.script(&block("kubectl.md", "apply.sh"), &[]);
    assert_eq!(outcome.status, 1, "{}", outcome.printed());
    assert!(outcome.stdout.contains("error[remote-subset-undefined]"), "{}", outcome.stdout);
    assert!(scene.calls("kubectl").is_empty());
}

/// The fleet's clusters as overlays.
fn overlays(fleet: &str) -> Scene {
    let scene = Scene::with_fleet(fleet);
    std::fs::rename(scene.work().join("clusters"), scene.work().join("overlays")).expect("renamed");
    for cluster in ["east", "west"] {
        let folder = scene.work().join("overlays").join(cluster);
        let files = std::fs::read_dir(folder).expect("a folder").flatten().map(|e| e.file_name());
        let list: Vec<String> = files.map(|f| format!("  - {}\n", f.to_string_lossy())).collect();
        let text = format!("resources:\n{}", list.concat());
        scene.write(&format!("overlays/{cluster}/kustomization.yaml"), &text);
    }
    scene
}

#[test]
fn what_was_built_and_checked_is_what_is_applied() {
    let script = block("kubectl.md", "apply-built.sh");
    let scene = overlays("shop");
    // The last argument is the built file, which is there while kubectl runs.
    scene.record("kubectl", "for last; do :; done; grep -c '^kind: ' \"$last\" >>\"$HOME_OF_TEST/kinds\"");
    let script = format!("export HOME_OF_TEST='{}'\n{script}", scene.beside("seen").display());
    let outcome = scene.script(&script, &[]);
    assert_eq!(outcome.status, 0, "{}", outcome.printed());
    assert_eq!(scene.calls("kubectl").len(), 2, "{:?}", scene.calls("kubectl"));
    let kinds = std::fs::read_to_string(scene.beside("seen").join("kinds")).expect("what kubectl saw");
    let count = |cluster: &str| {
        let files = crate::common::files_in(&scene.work().join("overlays").join(cluster)).into_iter();
        let texts = files.filter(|(f, _)| f != "kustomization.yaml").map(|(_, p)| std::fs::read_to_string(p).unwrap());
        texts.map(|t| t.lines().filter(|l| l.starts_with("kind: ")).count()).sum::<usize>().to_string()
    };
    assert_eq!(kinds.lines().collect::<Vec<_>>(), [count("east"), count("west")]);

    let scene = overlays("shop-broken");
    scene.record("kubectl", "");
    let outcome = scene.script(&block("kubectl.md", "apply-built.sh"), &[]);
    assert_eq!(outcome.status, 1, "{}", outcome.printed());
    assert!(scene.calls("kubectl").is_empty());
}
