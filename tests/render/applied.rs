//! What each cluster applies, object for object against what the real programs print.

use super::*;

/// Two clusters over one base, as a file says it: the overlays change names and namespaces.
fn overlays() -> TempDir {
    tree(&[
        ("apps/base/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [a.yaml, b.yaml]\n")),
        ("apps/base/a.yaml", &service("a")),
        ("apps/base/b.yaml", &format!("{}---\n{RULE}", service("b"))),
        ("apps/base/unused.yaml", &service("unused")),
        (
            "apps/east/kustomization.yaml",
            &format!(
                "{KUSTOMIZATION}resources: [../base]\nnamespace: east\nnamePrefix: x-\nconfigMapGenerator: [{{name: c, literals: [a=b]}}]\n"
            ),
        ),
        ("apps/west/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [../base]\n")),
        ("infra/ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: east\n"),
        ("infra/in/c.yaml", &service("c")),
        ("infra/built/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [d.yaml]\nnameSuffix: -x\n")),
        ("infra/built/d.yaml", &service("d")),
        ("infra/built/unused.yaml", &service("unused")),
    ])
}

#[test]
fn kustomize_overlays_in_the_folders_of_clusters() {
    let dir = tree(&[
        ("clusters/east/base/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [a.yaml]\n")),
        ("clusters/east/base/a.yaml", &service("a")),
        (
            "clusters/east/overlay/kustomization.yaml",
            &format!("{KUSTOMIZATION}resources: [../base]\nnamespace: shop\n"),
        ),
        ("clusters/west/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [../east/base, w.yaml]\n")),
        ("clusters/west/w.yaml", &service("w")),
        ("clusters/west/unused.yaml", &service("unused")),
    ]);
    // The base is part of the overlay, and not applied beside it.
    assert_eq!(applied(&dir, "east"), sorted(built(&dir, "clusters/east/overlay", "default")));
    assert_eq!(applied(&dir, "west"), sorted(built(&dir, "clusters/west", "default")));
}

#[test]
fn flux_kustomizations() {
    let dir = overlays();
    let apps = flux("apps", "./apps/east", "") + "---\n" + &flux("infra", "./infra", "");
    put(&dir, "clusters/east/flux-system/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [sync.yaml]\n"));
    put(&dir, "clusters/east/flux-system/sync.yaml", &flux("flux-system", "./clusters/east", ""));
    put(&dir, "clusters/east/apps.yaml", &apps);
    put(&dir, "clusters/west/apps.yaml", &flux("apps", "./apps/west", "  targetNamespace: west\n"));
    let (east, west) = (applied(&dir, "east"), applied(&dir, "west"));
    // What Flux makes where there is no kustomization: all files, and the folders that have one.
    put(&dir, "infra/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [ns.yaml, in/c.yaml, built]\n"));
    let mut expected = written(&dir, "clusters/east/apps.yaml", "default");
    for folder in ["clusters/east/flux-system", "apps/east", "infra"] {
        expected.extend(built(&dir, folder, "default"));
    }
    assert_eq!(east, sorted(expected));
    put(&dir, "target/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [../apps/west]\nnamespace: west\n"));
    let mut expected = written(&dir, "clusters/west/apps.yaml", "default");
    expected.extend(built(&dir, "target", "default"));
    assert_eq!(west, sorted(expected));
}

#[test]
fn flux_kustomizations_of_artifacts_that_are_cut_out_of_the_repository() {
    let dir = overlays();
    let artifacts = "apiVersion: source.extensions.fluxcd.io/v1beta1\nkind: ArtifactGenerator\nmetadata:\n  name: parts\n  \
                     namespace: flux-system\nspec:\n  sources:\n  - {alias: repo, kind: GitRepository, name: flux-system}\n  \
                     artifacts:\n  - name: apps\n    copy:\n    - {from: '@repo/apps/base/**', to: '@artifact/base/'}\n    - \
                     {from: '@repo/apps/east/**', to: '@artifact/east/'}\n";
    let apps = flux("apps", "./east", "")
        .replace("kind: GitRepository\n    name: flux-system", "kind: ExternalArtifact\n    name: apps");
    put(&dir, "clusters/east/artifacts.yaml", artifacts);
    put(&dir, "clusters/east/apps.yaml", &apps);
    let mut expected = built(&dir, "apps/east", "default");
    expected.extend(written(&dir, "clusters/east/apps.yaml", "default"));
    expected.extend(written(&dir, "clusters/east/artifacts.yaml", "default"));
    assert_eq!(applied(&dir, "east"), sorted(expected));
}

#[test]
fn argo_applications() {
    let dir = overlays();
    let plain = "    directory:\n      recurse: true\n      exclude: 'x*'\n";
    put(&dir, "clusters/east/root.yaml", &application("root", "argo", ""));
    put(&dir, "argo/apps.yaml", &(application("built", "apps/west", "") + &application("plain", "plain", plain)));
    put(&dir, "argo/more.yaml", &application("changed", "infra/built", "    kustomize: {namePrefix: y-}\n"));
    put(&dir, "plain/b.yaml", &service("b"));
    put(&dir, "plain/in/c.yaml", &service("c"));
    put(&dir, "plain/x.yaml", &service("x"));
    put(&dir, "changed/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [../infra/built]\nnamePrefix: y-\n"));
    let mut expected = built(&dir, "apps/west", "shop");
    expected.extend(built(&dir, "changed", "shop"));
    for file in ["clusters/east/root.yaml", "argo/apps.yaml", "argo/more.yaml", "plain/b.yaml", "plain/in/c.yaml"] {
        expected.extend(written(&dir, file, "shop"));
    }
    assert_eq!(applied(&dir, "east"), sorted(expected));
}

#[test]
fn argo_application_sets() {
    let dir = overlays();
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: apps\n  namespace: argocd\nspec:\n  \
               goTemplate: true\n  generators:\n  - git:\n      repoURL: https://example.com/org/repo\n      \
               directories: [{path: 'apps/*'}, {path: apps/base, exclude: true}]\n  template:\n    metadata:\n      name: \
               '{{.path.basename}}'\n    spec:\n      source: {repoURL: 'https://example.com/org/repo', path: \
               '{{.path.path}}'}\n      destination: {name: '{{.path.basename}}', namespace: shop}\n";
    put(&dir, "clusters/hub/set.yaml", set);
    assert_eq!(applied(&dir, "hub"), sorted(written(&dir, "clusters/hub/set.yaml", "default")));
    assert_eq!(applied(&dir, "east"), sorted(built(&dir, "apps/east", "shop")));
    assert_eq!(applied(&dir, "west"), sorted(built(&dir, "apps/west", "shop")));
}

#[test]
fn charts_of_flux_and_argo() {
    let dir = chart("v1", "v2");
    let both = "{{ if .Values.both }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-both\n  namespace: \
                {{ .Values.both }}\n{{ end }}\n";
    put(&dir, "charts/shop/templates/both.yaml", both);
    put(
        &dir,
        "charts/shop/templates/tests/t.yaml",
        &format!("{}  annotations: {{helm.sh/hook: test}}\n", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: t\n"),
    );
    put(
        &dir,
        "charts/shop/crds/x.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: x.example.com\n  namespace: none\n",
    );
    let helm = "    helm:\n      releaseName: sold\n      parameters: [{name: both, value: other}]\n";
    put(&dir, "clusters/west/shop.yaml", &application("shop", "charts/shop", helm));
    let more = ["--include-crds", "--skip-tests"];
    let of_cluster = |all: Vec<String>| {
        let bare = |o: String| if o.contains("CustomResourceDefinition") { o.replace(" none/", " -/") } else { o };
        all.into_iter().map(bare).collect::<Vec<_>>()
    };
    let mut expected = of_cluster(rendered(&dir, "shop", "charts/shop", "shop", &more));
    expected.extend(written(&dir, "clusters/east/shop.yaml", "default"));
    assert_eq!(applied(&dir, "east"), sorted(expected));
    let more = [&more[..], &["--set", "both=other"]].concat();
    let mut expected = of_cluster(rendered(&dir, "sold", "charts/shop", "shop", &more));
    expected.extend(written(&dir, "clusters/west/shop.yaml", "default"));
    assert_eq!(applied(&dir, "west"), sorted(expected));
}

#[test]
fn hydrated_manifests() {
    let dir = overlays();
    // What the hydrator, or a pipeline, leaves: a folder of each cluster, or a file.
    let (east, west) =
        (printed(&dir, "kustomize", &["build", "apps/east"]), printed(&dir, "kustomize", &["build", "infra/built"]));
    for (one, two) in [("east/manifest.yaml", "west/manifest.yaml"), ("east.yaml", "west.yaml")] {
        put(&dir, &format!("clusters/{one}"), &format!("# Source: shop/templates/a.yaml\n{east}"));
        put(&dir, &format!("clusters/{two}"), &west);
        put(&dir, "clusters/README.md", "# hydrated\n");
        assert_eq!(applied(&dir, "east"), sorted(objects(&east, "default")));
        assert_eq!(applied(&dir, "west"), sorted(objects(&west, "default")));
        std::fs::remove_dir_all(dir.path().join("clusters")).expect("removed");
    }
}

#[test]
fn an_application_that_is_hydrated_applies_what_its_dry_source_gives() {
    let dir = overlays();
    let hydrated = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\n  namespace: argocd\nspec:\n  \
                    sourceHydrator:\n    drySource: {repoURL: 'https://example.com/org/repo', path: apps/west, targetRevision: \
                    HEAD}\n    syncSource: {targetBranch: env/west, path: shop}\n  destination: {name: in-cluster, namespace: shop}\n";
    put(&dir, "clusters/west/shop.yaml", hydrated);
    let mut expected = built(&dir, "apps/west", "shop");
    expected.extend(written(&dir, "clusters/west/shop.yaml", "default"));
    assert_eq!(applied(&dir, "west"), sorted(expected));
}

#[test]
fn a_copy_of_a_part_of_a_repository() {
    // Who stands in `clusters` of a copy without `.git` sees what lies beside it.
    let dir = overlays();
    put(&dir, "clusters/west/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [../../apps/west]\n"));
    put(&dir, "clusters/east/apps.yaml", &flux("apps", "./apps/east", ""));
    let overview = run(&dir.path().join("clusters"), &["clusters", "--format", "json"]);
    let resources: Vec<_> =
        overview["clusters"].as_array().expect("clusters").iter().map(|c| &c["resources"]).collect();
    assert_eq!(resources, [6, 4], "{overview:#}");
    // A copy of `deploy` alone, whose objects say `./deploy/…`.
    let dir = tree(&[
        ("deploy/east/apps.yaml", &flux("apps", "./deploy/apps", "").replace("name: flux-system", "name: repo")),
        ("deploy/west/w.yaml", &service("w")),
        ("deploy/apps/a.yaml", &service("a")),
        ("deploy/meshlint.yaml", "clusters: {east: {paths: [east]}, west: {paths: [west]}}\n"),
    ]);
    let overview = run(&dir.path().join("deploy"), &["clusters", "--format", "json"]);
    assert_eq!(overview["clusters"][0]["resources"], 2, "{overview:#}");
}
