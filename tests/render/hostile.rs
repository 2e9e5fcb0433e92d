//! Input that means harm, or grows without end.

use super::*;

#[test]
fn what_leads_out_or_to_the_network_is_refused_and_the_rest_checked() {
    let outside = tree(&[("kustomization.yaml", KUSTOMIZATION), ("secret.yaml", &service("secret"))]);
    let outside = outside.path().display().to_string();
    let up = "../".repeat(20);
    let dir = tree(&[
        ("meshlint.yaml", "{}\n"),
        ("clusters/a/kustomization.yaml", &format!("{KUSTOMIZATION}resources: ['{up}{outside}']\n")),
        (
            "clusters/b/kustomization.yaml",
            &format!("{KUSTOMIZATION}resources: ['https://example.com/x.yaml', 'github.com/org/repo//base?ref=v1']\n"),
        ),
        ("clusters/c/kustomization.yaml", &format!("{KUSTOMIZATION}generators: [plugin.yaml]\n")),
        ("clusters/c/plugin.yaml", "apiVersion: example.com/v1\nkind: Runs\nmetadata:\n  name: x\n"),
        (
            "clusters/d/kustomization.yaml",
            &format!("{KUSTOMIZATION}helmCharts: [{{name: x, repo: 'https://example.com'}}]\n"),
        ),
        ("clusters/e/a.yaml", &format!("{}---\n{RULE}---\n{}", service("reviews"), route("v9"))),
    ]);
    let report = check(&dir);
    assert!(found(&report).contains(&"subset-undefined clusters/e/a.yaml:41".to_string()), "{report:#}");
    let said = skipped(&report);
    for part in ["leads out of the repository", "nothing is fetched", "plugins are not run", "--enable-helm"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn what_is_put_on_top_is_read_no_further_than_a_kustomization() {
    let outside = tree(&[("patch.yaml", &service("a")), ("kustomization.yaml", "kind: Component\n")]);
    let (up, outside) = ("../".repeat(20), outside.path().display().to_string());
    let application = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop}}\nspec:\n  source:\n    repoURL: \
         https://example.com/r\n    path: apps\n    kustomize:\n      patches: [{{path: '{up}{outside}/patch.yaml'}}]\n"
    );
    let component = |path: &str| flux("apps", "./apps", &format!("  components: ['{path}']\n"));
    let post = "  postRenderers:\n  - kustomize:\n      patches: [{path: /etc/hostname}]\n";
    let dir = chart("v1", "v1");
    for (path, text) in [
        ("meshlint.yaml", "{}\n"),
        ("apps/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [a.yaml]\n")),
        ("apps/a.yaml", &service("a")),
        ("clusters/east/shop.yaml", &(RELEASE.replace("SUBSET", "v1") + post)),
        ("clusters/a/app.yaml", &application),
        ("clusters/b/app.yaml", &component(&format!("{up}{outside}"))),
        ("clusters/c/app.yaml", &component("https://example.com/component")),
    ] {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        std::fs::write(path, text).expect("written");
    }
    let report = check(&dir);
    let said = skipped(&report);
    assert_eq!(said.matches("leads out of the repository").count(), 2, "{said}");
    for part in ["nothing is fetched", "a post renderer that asks for other files"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(report["clusters"].as_array().expect("clusters").iter().all(|c| c["built"] == 0), "{said}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_refused() {
    let outside = tree(&[("a.yaml", &service("a"))]);
    let dir = tree(&[
        ("meshlint.yaml", "{}\n"),
        ("clusters/a/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [link.yaml]\n")),
        ("clusters/b/b.yaml", &service("b")),
    ]);
    std::os::unix::fs::symlink(outside.path().join("a.yaml"), dir.path().join("clusters/a/link.yaml")).expect("a link");
    let report = check(&dir);
    assert!(skipped(&report).contains("leads out of the repository"), "{report:#}");
}

#[cfg(unix)]
#[test]
fn a_fifo_that_a_kustomization_names_is_never_opened() {
    // Opened, it would wait for a writer without end.
    let names = [
        "resources: [pipe]",
        "patches: [{path: pipe}]",
        "patchesStrategicMerge: [pipe]",
        "patchesJson6902: [{path: pipe, target: {kind: Service, name: a, version: v1}}]",
        "replacements: [{path: pipe}]",
        "configurations: [pipe]",
        "crds: [pipe]",
        "configMapGenerator: [{name: x, files: [pipe]}]",
        "configMapGenerator: [{name: x, envs: [pipe]}]",
    ];
    let dir = tree(&[("meshlint.yaml", "{}\n"), ("clusters/plain/a.yaml", &service("a"))]);
    for (i, named) in names.iter().enumerate() {
        let folder = dir.path().join(format!("clusters/c{i}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("a.yaml"), service("a")).expect("written");
        let more = if named.starts_with("resources") { "" } else { "resources: [a.yaml]\n" };
        std::fs::write(folder.join("kustomization.yaml"), format!("{KUSTOMIZATION}{more}{named}\n")).expect("written");
        let made = Command::new("mkfifo").arg(folder.join("pipe")).status();
        assert!(made.expect("mkfifo").success());
    }
    let report = check(&dir);
    let findings = report["findings"].as_array().expect("findings");
    for (i, named) in names.iter().enumerate() {
        let said = findings.iter().find(|f| f["cluster"] == format!("c{i}")).map(|f| f["message"].to_string());
        assert!(
            said.is_some_and(|s| s.contains("`kustomize build` fails: `pipe` is not a file")),
            "{named}: {report:#}"
        );
    }
}

#[test]
fn what_grows_without_end_is_cut_off() {
    // 2^24 copies of a Service, by bases that stand twice in each other.
    let mut files = vec![("clusters/a/l0/s.yaml".to_string(), service("s"))];
    files.push(("clusters/a/l0/kustomization.yaml".into(), format!("{KUSTOMIZATION}resources: [s.yaml]\n")));
    for i in 1..=24 {
        let below = i - 1;
        for side in ["x", "y"] {
            let text = format!("{KUSTOMIZATION}resources: [../l{below}]\nnamePrefix: {side}\n");
            files.push((format!("clusters/a/l{below}{side}/kustomization.yaml"), text));
        }
        let text = format!("{KUSTOMIZATION}resources: [../l{below}x, ../l{below}y]\n");
        files.push((format!("clusters/a/l{i}/kustomization.yaml"), text));
    }
    let looping =
        "{{ define \"x\" }}{{ range until 100000000 }}aaaaaaaaaaaaaaaa{{ end }}{{ end }}{{ include \"x\" . }}\n";
    files.push(("clusters/b/shop.yaml".into(), RELEASE.into()));
    files.push(("charts/shop/Chart.yaml".into(), "apiVersion: v2\nname: shop\nversion: 1.0.0\n".into()));
    files.push(("charts/shop/templates/a.yaml".into(), looping.into()));
    files.push(("clusters/c/c.yaml".into(), format!("{}---\n{RULE}---\n{}", service("reviews"), route("v9"))));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let dir = tree(&files);
    let started = Instant::now();
    let report = check(&dir);
    assert!(started.elapsed() < Duration::from_secs(100), "{:?}", started.elapsed());
    assert!(found(&report).contains(&"subset-undefined clusters/c/c.yaml:41".to_string()), "{report:#}");
    let said = skipped(&report);
    assert!(said.contains("clusters/a") && said.contains("shop.yaml") || said.contains("charts/shop"), "{said}");
}

#[test]
fn a_matrix_that_explodes_is_cut_off() {
    let elements: String = (0..3000).map(|i| format!("          - n{{}}: x{i}\n")).collect();
    let list = |name: &str| format!("      - list:\n          elements:\n{}", elements.replace("{}", name));
    let set = SET.split("  generators:").next().expect("a head").to_string()
        + "  generators:\n  - matrix:\n      generators:\n"
        + &list("a")
        + &list("b")
        + "  template:\n    metadata:\n      name: '{{na}}-{{nb}}'\n    spec:\n      source: {repoURL: 'https://example.com/r', path: apps}\n      destination: {name: in-cluster}\n";
    let dir = tree(&[("clusters/east/set.yaml", &set), ("apps/a.yaml", &service("a"))]);
    let started = Instant::now();
    let report = check(&dir);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert!(skipped(&report).contains("more than 1000 Applications"), "{}", skipped(&report));
}
