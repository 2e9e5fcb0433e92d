//! Links, FIFOs, and what cannot be read.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

#[test]
fn a_fifo_is_never_opened() {
    let dir = tree(&[("clusters/east/a.yaml", "")]);
    let fifo = dir.path().join("clusters/east/b.yaml");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    let workspace = look(&dir, &[]);
    assert_clusters(&workspace, &["east: clusters/east/a.yaml"]);
    assert_eq!(skipped(&workspace.clusters[0]), ["clusters/east/b.yaml: a FIFO, not a file"]);
    let given = error(&dir, &["clusters/east/b.yaml"]);
    assert_eq!(given, "clusters/east/b.yaml: a FIFO, not a file; for a stream, use `-`: `… | meshlint -`");
}

#[test]
fn links_are_followed_inside_and_only_once() {
    let dir = tree(&[("clusters/east/a.yaml", ""), ("clusters/west/b.yaml", ""), ("outside/c.yaml", "")]);
    let at = |path: &str| dir.path().join(path);
    symlink("a.yaml", at("clusters/east/0-again.yaml")).unwrap();
    symlink("..", at("clusters/east/loop")).unwrap();
    symlink("loop2", at("clusters/east/loop2")).unwrap();
    symlink("nowhere", at("clusters/east/broken.yaml")).unwrap();
    symlink("../../outside", at("clusters/west/out")).unwrap();
    symlink("../../outside/c.yaml", at("clusters/west/out.yaml")).unwrap();
    symlink("../east/a.yaml", at("clusters/west/a.yaml")).unwrap();
    let workspace = look(&dir, &["clusters"]);
    // A link out of a cluster is out of the folder that was given, unless a repository holds both.
    let expected = [
        "clusters/east/broken.yaml: a link to what does not exist",
        "clusters/east/loop: a link to a folder that it is in: not followed",
    ];
    assert_eq!(skipped(&workspace.clusters[0]), expected);
    assert!(workspace.clusters[0].skipped[0].is_error);
    let out = "a link that leads outside: not followed";
    let expected = [format!("clusters/west/out: {out}"), format!("clusters/west/out.yaml: {out}")];
    assert_eq!(skipped(&workspace.clusters[1]), expected);
    // One text for both clusters.
    assert_clusters(&workspace, &["east: clusters/east/a.yaml", "west: clusters/east/a.yaml clusters/west/b.yaml"]);
    std::fs::create_dir(at(".git")).unwrap();
    let workspace = look(&dir, &["clusters/west"]);
    assert_eq!(workspace.clusters[0].files.len(), 3, "{:?}", clusters(&workspace));
}

#[test]
fn links_that_multiply_come_to_an_end() {
    let dir = tree(&[("k8s/d0/a.yaml", "")]);
    for i in 1..12 {
        std::fs::create_dir(dir.path().join(format!("k8s/d{i}"))).unwrap();
        for name in ["x", "y", "z"] {
            symlink(format!("../d{}", i - 1), dir.path().join(format!("k8s/d{i}/{name}"))).unwrap();
        }
    }
    assert_eq!(look(&dir, &["k8s"]).clusters[0].files.len(), 1);
}

#[test]
fn what_cannot_be_read_is_said() {
    let dir = tree(&[("clusters/east/a.yaml", ""), ("clusters/east/b.yaml", ""), ("clusters/east/ns/c.yaml", "")]);
    let set = |path: &str, mode| {
        std::fs::set_permissions(dir.path().join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set("clusters/east/b.yaml", 0);
    set("clusters/east/ns", 0);
    if std::fs::read(dir.path().join("clusters/east/b.yaml")).is_ok() {
        // Permissions do not bind root.
        set("clusters/east/ns", 0o755);
        return;
    }
    let workspace = look(&dir, &[]);
    set("clusters/east/ns", 0o755);
    let why = "cannot be read: permission denied";
    let expected = [format!("clusters/east/b.yaml: {why}"), format!("clusters/east/ns: {why}")];
    assert_eq!(skipped(&workspace.clusters[0]), expected);
    assert!(workspace.clusters[0].skipped.iter().all(|s: &Skipped| s.is_error));
}

#[test]
fn a_cluster_that_cannot_be_read_is_a_cluster() {
    let dir = tree(&[("repo/clusters/east/a.yaml", ""), ("elsewhere/west/b.yaml", "")]);
    symlink(dir.path().join("elsewhere/west"), dir.path().join("repo/clusters/west")).unwrap();
    symlink(dir.path().join("elsewhere"), dir.path().join("repo/clusters/scripts")).unwrap();
    let workspace = run(&dir.path().join("repo"), &["clusters"], &Settings::default()).unwrap();
    assert_clusters(&workspace, &["east: clusters/east/a.yaml", "west: "]);
    let why = "a link that leads outside: not followed";
    assert_eq!(skipped(&workspace.clusters[1]), [format!("clusters/west: {why}")]);
    assert_eq!(left_out(&workspace), ["clusters/scripts"]);
}
