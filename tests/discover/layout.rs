//! Which folder is which cluster, by names and by what is in them.

use super::*;

#[test]
fn each_folder_of_clusters_is_one() {
    let dir = tree(&[("clusters/west/b.yaml", ""), ("clusters/east/ns/a.yaml", ""), ("clusters/notes.yaml", "a: 1")]);
    write(dir.path(), "clusters/common.yaml", "");
    for paths in [&["clusters"][..], &["./clusters/"], &[]] {
        let workspace = look(&dir, paths);
        assert_clusters(&workspace, &["east: clusters/east/ns/a.yaml", "west: clusters/west/b.yaml"]);
        assert_eq!(workspace.understood, "one cluster for each folder of ./clusters");
        assert_eq!(workspace.clusters[0].why, "a folder of ./clusters");
        assert_eq!(workspace.clusters[0].root, "clusters/east");
        assert_eq!(left_out(&workspace), ["clusters/common.yaml"]);
    }
}

#[test]
fn a_repository_has_them_in_its_folder_clusters() {
    let dir = tree(&[("clusters/east/a.yaml", ""), ("apps/b.yaml", ""), ("x.yaml", ""), ("ci.yaml", "on: push")]);
    write(dir.path(), "package.json", "{}");
    let workspace = look(&dir, &["."]);
    assert_clusters(&workspace, &["east: clusters/east/a.yaml"]);
    assert_eq!(left_out(&workspace), ["apps", "x.yaml"]);
    let deep = tree(&[("deploy/mesh/clusters/east/a.yaml", ""), ("deploy/mesh/clusters/west/a.yaml", "")]);
    let workspace = look(&deep, &["."]);
    assert_clusters(&workspace, &["east: deploy/mesh/clusters/east/a.yaml", "west: deploy/mesh/clusters/west/a.yaml"]);
}

#[test]
fn clusters_side_by_side_are_known_by_their_names() {
    let dir = tree(&[("cluster1/a.yaml", ""), ("cluster2/a.yaml", ""), ("scripts/b.yaml", ""), ("hpa.yaml", "")]);
    let workspace = look(&dir, &["."]);
    assert_clusters(&workspace, &["cluster1: cluster1/a.yaml", "cluster2: cluster2/a.yaml"]);
    assert_eq!(left_out(&workspace), ["hpa.yaml", "scripts"]);
    assert_eq!(workspace.understood, "one cluster for each folder of . that is named like one");
}

#[test]
fn a_file_for_each_cluster() {
    let east_west = ["east: clusters/east.yaml", "west: clusters/west.yaml"];
    assert_clusters(&look(&tree(&[("clusters/east.yaml", ""), ("clusters/west.yaml", "")]), &[]), &east_west);
    let dir = tree(&[("clusters/rendered/east.yaml", ""), ("clusters/rendered/west.yaml", "")]);
    let rendered = ["east: clusters/rendered/east.yaml", "west: clusters/rendered/west.yaml"];
    assert_clusters(&look(&dir, &["clusters"]), &rendered);
    let dir = tree(&[("rendered/clusters/east.yaml", ""), ("rendered/clusters/west.yaml", "")]);
    let rendered = ["east: rendered/clusters/east.yaml", "west: rendered/clusters/west.yaml"];
    assert_clusters(&look(&dir, &["."]), &rendered);
    let dir = tree(&[("rendered/cluster1.yaml", ""), ("rendered/cluster2.yaml", "")]);
    let rendered = ["cluster1: rendered/cluster1.yaml", "cluster2: rendered/cluster2.yaml"];
    assert_clusters(&look(&dir, &["rendered"]), &rendered);
}

#[test]
fn manifests_by_kind_in_clusters_are_one_cluster() {
    let dir = tree(&[("clusters/deployment.yaml", ""), ("clusters/service.yaml", "")]);
    assert_clusters(&look(&dir, &[]), &["clusters: clusters/deployment.yaml clusters/service.yaml"]);
}

#[test]
fn a_folder_for_each_namespace_is_one_cluster() {
    let dir = tree(&[("k8s/frontend/a.yaml", ""), ("k8s/istio-system/b.yaml", ""), ("k8s/c.yaml", "")]);
    let workspace = look(&dir, &["k8s"]);
    assert_clusters(&workspace, &["k8s: k8s/c.yaml k8s/frontend/a.yaml k8s/istio-system/b.yaml"]);
    assert_eq!(workspace.understood, "one cluster: ./k8s");
    // A checkout's folder has another name everywhere.
    assert_eq!(look(&dir, &["."]).clusters[0].name, "default");
}

#[test]
fn names_of_kubernetes_and_of_software_are_no_clusters() {
    let dir =
        tree(&[("k8s/cluster-roles/a.yaml", ""), ("k8s/cluster-issuers/b.yaml", ""), ("k8s/redis-cluster/c.yaml", "")]);
    write(dir.path(), "k8s/kafka-cluster/d.yaml", "");
    assert_eq!(look(&dir, &["k8s"]).clusters.len(), 1);
}

#[test]
fn each_given_path_is_treated_by_itself() {
    let dir = tree(&[("clusters/east/a.yaml", ""), ("clusters/west/a.yaml", ""), ("clusters/north/a.yaml", "")]);
    let workspace = look(&dir, &["clusters/east", "clusters/west"]);
    assert_clusters(&workspace, &["east: clusters/east/a.yaml", "west: clusters/west/a.yaml"]);
    let dir = tree(&[("a/east/x.yaml", ""), ("b/east/x.yaml", "")]);
    assert_clusters(&look(&dir, &["a/east", "b/east"]), &["a/east: a/east/x.yaml", "b/east: b/east/x.yaml"]);
}

#[test]
fn parts_of_a_cluster_are_that_cluster() {
    let dir = tree(&[("clusters/east/a/x.yaml", ""), ("clusters/east/b/y.yaml", ""), ("clusters/west/x.yaml", "")]);
    let workspace = look(&dir, &["clusters/east/a", "clusters/east/b/y.yaml", "clusters/west"]);
    let expected = ["east: clusters/east/a/x.yaml clusters/east/b/y.yaml", "west: clusters/west/x.yaml"];
    let mut found = clusters(&workspace);
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn files_are_one_cluster() {
    let dir = tree(&[("k8s/a.yaml", ""), ("k8s/b.yaml", ""), ("k8s/c.yaml", ""), ("x.txt", "")]);
    assert_clusters(&look(&dir, &["k8s/a.yaml", "k8s/b.yaml"]), &["k8s: k8s/a.yaml k8s/b.yaml"]);
    assert_clusters(&look(&dir, &["k8s/a.yaml"]), &["k8s: k8s/a.yaml"]);
    assert_clusters(&look(&dir, &["x.txt"]), &["default: x.txt"]);
}

#[test]
fn clusters_of_an_environment() {
    let dir = tree(&[
        ("clusters/prod/us-east-1/a.yaml", ""),
        ("clusters/prod/eu-west-1/a.yaml", ""),
        ("clusters/staging/us-east-1/a.yaml", ""),
    ]);
    let expected = [
        "prod/eu-west-1: clusters/prod/eu-west-1/a.yaml",
        "prod/us-east-1: clusters/prod/us-east-1/a.yaml",
        "staging/us-east-1: clusters/staging/us-east-1/a.yaml",
    ];
    assert_clusters(&look(&dir, &["clusters"]), &expected);
    assert_clusters(&look(&dir, &["clusters/prod"]), &expected[..2]);
    assert_clusters(&look(&dir, &["clusters/prod/us-east-1"]), &expected[1..2]);
}

#[test]
fn what_clusters_share_is_left_out() {
    let dir = tree(&[("clusters/base/a.yaml", ""), ("clusters/east/a.yaml", ""), ("clusters/west/a.yaml", "")]);
    let workspace = look(&dir, &[]);
    assert_eq!(workspace.clusters.len(), 2);
    assert_eq!(left_out(&workspace), ["clusters/base"]);
    assert!(workspace.left_out[0].may_hold_objects);
}

#[test]
fn an_empty_folder_of_clusters_is_a_cluster_of_which_nothing_is_known() {
    let dir = tree(&[("clusters/east/a.yaml", "")]);
    std::fs::create_dir(dir.path().join("clusters/west")).unwrap();
    assert_clusters(&look(&dir, &[]), &["east: clusters/east/a.yaml", "west: "]);
}

#[test]
fn places_that_hold_the_same_are_clusters() {
    let files = [("deploy/east/a.yaml", ""), ("deploy/west/a.yaml", ""), ("deploy/base/x.yaml", "")];
    let workspace = look(&tree(&files), &["deploy"]);
    assert_clusters(&workspace, &["east: deploy/east/a.yaml", "west: deploy/west/a.yaml"]);
    assert_eq!(left_out(&workspace), ["deploy/base"]);
    let namespaces = tree(&[("k8s/east/a.yaml", &service("a").replace("spec:", "  namespace: east\nspec:"))]);
    write(namespaces.path(), "k8s/west/a.yaml", &service("a").replace("spec:", "  namespace: west\nspec:"));
    assert_eq!(look(&namespaces, &["k8s"]).clusters.len(), 1);
}

#[test]
fn variants_side_by_side_are_never_one_cluster() {
    let dir = tree(&[("steps/1/a.yaml", ""), ("steps/2/a.yaml", ""), ("steps/3/a.yaml", ""), ("b.yaml", "")]);
    let workspace = look(&dir, &["."]);
    let expected = [
        "default default: b.yaml",
        "steps/1 steps/1: steps/1/a.yaml",
        "steps/2 steps/2: steps/2/a.yaml",
        "steps/3 steps/3: steps/3/a.yaml",
    ];
    assert_clusters(&workspace, &expected);
    let understood = "./steps holds variants of the same objects: each of its folders is judged by itself";
    assert_eq!(workspace.understood, understood);
    assert!(workspace.clusters.iter().all(|c| c.skipped.iter().any(|s| s.path == "steps" && s.may_hold_objects)));
}

#[test]
fn fleets_side_by_side_are_not_one() {
    let dir = tree(&[("a/cluster1/x.yaml", ""), ("a/cluster2/x.yaml", ""), ("b/cluster1/x.yaml", "")]);
    write(dir.path(), "b/cluster2/x.yaml", "");
    let expected = [
        "a cluster1: a/cluster1/x.yaml",
        "a cluster2: a/cluster2/x.yaml",
        "b cluster1: b/cluster1/x.yaml",
        "b cluster2: b/cluster2/x.yaml",
    ];
    let workspace = look(&dir, &["."]);
    assert_clusters(&workspace, &expected);
    let report = meshlint::lint(&workspace, &Settings::default());
    let names: Vec<&str> = report.clusters.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["a/cluster1", "a/cluster2", "b/cluster1", "b/cluster2"]);
}

#[test]
fn many_fleets_are_told_apart_by_their_folders() {
    let names: Vec<String> = (0..5).map(|i| format!("case{i}/clusters/east/a.yaml")).collect();
    let dir = tree(&names.iter().map(|n| (n.as_str(), "")).collect::<Vec<_>>());
    let workspace = look(&dir, &["."]);
    let expected = "one cluster for each folder of ./case0/clusters; one cluster for each folder of ./case1/clusters; \
                    one cluster for each folder of ./case2/clusters; and so on in 2 more folders; \
                    each of these fleets is judged by itself";
    assert_eq!(workspace.understood, expected);
    assert_eq!(workspace.clusters[0].title(), "case0/east");
}

#[test]
fn paths_are_shown_from_the_working_directory() {
    let dir = tree(&[("repo/clusters/east/a.yaml", ""), ("here/x.yaml", "")]);
    let here = dir.path().join("here");
    let up = run(&here, &["../repo/clusters"], &Settings::default()).unwrap();
    assert_clusters(&up, &["east: ../repo/clusters/east/a.yaml"]);
    let full = dir.path().join("repo/clusters");
    let inside = run(&dir.path().join("repo"), &[full.to_str().unwrap()], &Settings::default()).unwrap();
    assert_clusters(&inside, &["east: clusters/east/a.yaml"]);
}

#[test]
fn parts_of_a_cluster_that_kustomize_builds_are_that_cluster() {
    let dir = tree(&[
        ("clusters/east/a/x.yaml", ""),
        ("clusters/east/b/kustomization.yaml", "resources: [y.yaml]\n"),
        ("clusters/east/b/y.yaml", ""),
    ]);
    let workspace = run(dir.path(), &["clusters/east/a", "clusters/east/b"], &unrendered()).unwrap();
    assert_clusters(&workspace, &["east: clusters/east/a/x.yaml"]);
    let why = "built by Kustomize: render it (`kustomize build … | meshlint -`)";
    assert_eq!(skipped(&workspace.clusters[0]), [format!("clusters/east/b: {why}")]);
}
