//! Clusters whose paths the configuration gives, and what it excludes.

use super::*;

fn settings(clusters: &[(&str, &[&str])]) -> Settings {
    let of = |(name, paths): &(&str, &[&str])| ClusterSettings {
        name: (*name).into(),
        paths: paths.iter().map(PathBuf::from).collect(),
        ..ClusterSettings::default()
    };
    Settings { clusters: clusters.iter().map(of).collect(), ..Settings::default() }
}

#[test]
fn configured_clusters_win_over_everything() {
    let dir = tree(&[("clusters/a/x.yaml", ""), ("clusters/b/y.yaml", ""), ("base/z.yaml", "")]);
    let settings = settings(&[("east", &["base", "clusters/a"]), ("west", &["base", "clusters/b/y.yaml"])]);
    for paths in [&[][..], &["."], &["clusters"], &["clusters/a/x.yaml"]] {
        let workspace = run(dir.path(), paths, &settings).unwrap();
        let expected = ["east: base/z.yaml clusters/a/x.yaml", "west: base/z.yaml clusters/b/y.yaml"];
        assert_clusters(&workspace, &expected);
        assert_eq!(workspace.sources.len(), 3, "a file of two clusters is read once");
    }
}

#[test]
fn what_is_not_configured_is_left_out_or_besides() {
    let dir = tree(&[("clusters/a/x.yaml", ""), ("clusters/b/y.yaml", ""), ("other/north/z.yaml", "")]);
    let settings = settings(&[("east", &["clusters/a"])]);
    let workspace = run(dir.path(), &["clusters"], &settings).unwrap();
    assert_clusters(&workspace, &["east: clusters/a/x.yaml"]);
    assert_eq!(left_out(&workspace), ["clusters/b"]);
    let workspace = run(dir.path(), &["other/north"], &settings).unwrap();
    assert_clusters(&workspace, &["east: clusters/a/x.yaml", "north: other/north/z.yaml"]);
}

#[test]
fn a_configured_path_that_does_not_exist() {
    let dir = tree(&[("clusters/east/x.yaml", "")]);
    let error = run(dir.path(), &[], &settings(&[("east", &["clusters/eats"])])).unwrap_err();
    let expected = "cluster east: clusters/eats: no such file or folder; did you mean clusters/east?";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn excluded_paths_are_not_read() {
    let dir = tree(&[("clusters/a/x.yaml", ""), ("clusters/a/gen/y.yaml", ""), ("clusters/b/z.tmpl.yaml", "")]);
    write(dir.path(), "clusters/b/z.yaml", "");
    let exclude = vec!["gen/".into(), "*.tmpl.yaml".into(), "/clusters/none".into()];
    let settings = Settings { exclude, ..Settings::default() };
    let workspace = run(dir.path(), &["clusters"], &settings).unwrap();
    assert_clusters(&workspace, &["a: clusters/a/x.yaml", "b: clusters/b/z.yaml"]);
    let given = run(dir.path(), &["clusters/b/z.tmpl.yaml"], &settings).unwrap();
    assert_eq!(given.clusters[0].files.len(), 1, "what is named is read");
}

#[test]
fn a_configured_cluster_that_is_not_there_is_said() {
    let dir = tree(&[("clusters/east/x.yaml", "")]);
    let workspace = run(dir.path(), &[], &settings(&[("east", &[]), ("eats", &[])])).unwrap();
    let expected = "one cluster for each folder of ./clusters; the configuration names `eats`, not found here";
    assert_eq!(workspace.understood, expected);
}

#[test]
fn what_kustomize_builds_is_a_part_of_a_configured_cluster() {
    let dir = tree(&[
        ("deploy/east/kustomization.yaml", "resources: [x.yaml]\n"),
        ("deploy/east/x.yaml", ""),
        ("deploy/both/apps/kustomization.yaml", "resources: [y.yaml]\n"),
        ("deploy/both/apps/y.yaml", ""),
        ("deploy/west/z.yaml", ""),
    ]);
    let clusters = settings(&[("east", &["deploy/east", "deploy/both"]), ("west", &["deploy/west"])]).clusters;
    let workspace = run(dir.path(), &[], &Settings { clusters, ..unrendered() }).unwrap();
    let why = "built by Kustomize: render it (`kustomize build … | meshlint -`)";
    let expected = ["deploy/both/apps", "deploy/east"].map(|p| format!("{p}: {why}"));
    assert_eq!(skipped(&workspace.clusters[0]), expected);
}
