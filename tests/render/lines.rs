//! The line that a finding leads to: that of the base, the patch, the value, the variable, the parameter.

use super::*;

#[test]
fn a_healthy_repository_has_no_findings() {
    assert_eq!(found(&check(&repository("v1", None, "v1"))), [""; 0]);
    assert_eq!(found(&check(&repository("${SUBSET}", None, "v1"))), [""; 0]);
    assert_eq!(found(&check(&repository("v9", Some("v1"), "v1"))), [""; 0]);
}

#[test]
fn a_fault_in_a_base_is_found_in_the_base() {
    assert_eq!(found(&check(&repository("v9", None, "v1"))), ["subset-undefined apps/base/route.yaml:11"]);
}

#[test]
fn a_fault_in_a_patch_is_found_in_the_patch() {
    let found = found(&check(&repository("v1", Some("v9"), "v1")));
    assert_eq!(found, ["subset-undefined apps/east/kustomization.yaml:10"]);
}

#[test]
fn a_fault_in_a_patch_file_is_found_in_that_file() {
    let dir = repository("v1", None, "v1");
    let overlay = format!("{KUSTOMIZATION}resources: [../base]\npatches:\n- path: patch.yaml\n");
    std::fs::write(dir.path().join("apps/east/kustomization.yaml"), overlay).expect("written");
    std::fs::write(dir.path().join("apps/east/patch.yaml"), route("v9")).expect("written");
    assert_eq!(found(&check(&dir)), ["subset-undefined apps/east/patch.yaml:11"]);
}

#[test]
fn a_fault_in_a_flux_variable_is_found_at_its_value() {
    let report = check(&repository("${SUBSET}", None, "v9"));
    assert_eq!(found(&report), ["subset-undefined clusters/east/apps.yaml:14"]);
    let related = report["findings"][0]["related"].to_string();
    assert!(related.contains("apps/base/route.yaml") && related.contains("${SUBSET}"), "{related}");
}

#[test]
fn a_fault_in_a_config_map_that_flux_takes_variables_from_is_found_there() {
    let dir = repository("${SUBSET:=v1}", None, "v1");
    let more = "  postBuild:\n    substituteFrom:\n    - kind: ConfigMap\n      name: settings\n";
    std::fs::write(dir.path().join("clusters/east/apps.yaml"), flux("apps", "./apps/east", more)).expect("written");
    let settings =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: flux-system\ndata:\n  SUBSET: v9\n";
    std::fs::write(dir.path().join("clusters/east/settings.yaml"), settings).expect("written");
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/settings.yaml:7"]);
}

#[test]
fn a_fault_in_a_helm_value_is_found_at_the_value() {
    assert_eq!(found(&check(&chart("v9", "v1"))), [""; 0]);
    let report = check(&chart("v1", "v9"));
    assert_eq!(found(&report), ["subset-undefined clusters/east/shop.yaml:17"]);
    let related = report["findings"][0]["related"].to_string();
    assert!(related.contains("charts/shop/templates/route.yaml"), "{related}");
    assert!(related.contains("Flux HelmRelease shop/shop"), "{related}");
    // Without a value in the release, the chart's own counts.
    let dir = chart("v9", "v1");
    let release = RELEASE.split("  values:").next().expect("a part");
    std::fs::write(dir.path().join("clusters/east/shop.yaml"), release).expect("written");
    assert_eq!(found(&check(&dir)), ["subset-undefined charts/shop/values.yaml:2"]);
}

#[test]
fn a_fault_in_a_parameter_of_an_application_set_is_found_at_the_parameter() {
    let dir = chart("v1", "v1");
    let set = |subset: &str| {
        std::fs::write(dir.path().join("clusters/east/shop.yaml"), SET.replace("SUBSET", subset)).expect("written");
    };
    set("v1");
    assert_eq!(found(&check(&dir)), [""; 0]);
    set("v9");
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/shop.yaml:13"]);
    let more = ["--set", "route.subset=v1"];
    assert_eq!(applied(&dir, "west"), sorted(rendered(&dir, "shop-west", "charts/shop", "shop", &more)));
}

#[test]
fn the_target_of_a_patch_is_a_regular_expression() {
    let dir = repository("v1", None, "v1");
    let patch = |name: &str| {
        format!(
            "- target: {{kind: VirtualService, name: '{name}'}}\n  patch: |\n    - op: replace\n      path: \
             /spec/http/0/route/0/destination/subset\n      value: v9\n"
        )
    };
    let overlay = format!("{KUSTOMIZATION}resources: [../base]\npatches:\n{}{}", patch("rev.*"), patch("rat.*"));
    put(&dir, "apps/east/kustomization.yaml", &overlay);
    let line = line_of(&overlay, "rev.*") + 4;
    assert_eq!(found(&check(&dir)), [format!("subset-undefined apps/east/kustomization.yaml:{line}")]);
}

/// A release that takes its values from a ConfigMap.
fn release_from(reference: &str) -> String {
    let head = RELEASE.split("  values:").next().expect("a part");
    format!("{head}  valuesFrom:\n  - kind: ConfigMap\n    name: values\n{reference}")
}

const VALUES: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: values
  namespace: shop
data:
  subset: v8
  values.yaml: |
    # All of them.

    route:
      subset: v9
";

#[test]
fn a_value_in_a_config_map_is_found_at_its_line() {
    let dir = chart("v1", "v1");
    put(&dir, "clusters/east/shop.yaml", &release_from(""));
    put(&dir, "clusters/east/values.yaml", VALUES);
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/values.yaml:12"]);
    // One value of it.
    put(&dir, "clusters/east/shop.yaml", &release_from("    valuesKey: subset\n    targetPath: route.subset\n"));
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/values.yaml:7"]);
    // Through a build, and with a variable that Flux puts in.
    put(&dir, "clusters/east/values.yaml", &flux("values", "./values", "  postBuild:\n    substitute:\n      S: v9\n"));
    put(&dir, "clusters/east/shop.yaml", &release_from(""));
    put(&dir, "values/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [values.yaml]\n"));
    put(&dir, "values/values.yaml", VALUES);
    assert_eq!(found(&check(&dir)), ["subset-undefined values/values.yaml:12"]);
    put(&dir, "values/values.yaml", &VALUES.replace("v9", "${S}"));
    let report = check(&dir);
    assert_eq!(found(&report), ["subset-undefined clusters/east/values.yaml:14"]);
    assert!(report["findings"][0]["related"].to_string().contains("values/values.yaml"), "{report:#}");
}

#[test]
fn a_value_in_a_config_map_that_kustomize_generates_is_found_in_its_file() {
    let dir = chart("v1", "v1");
    let kustomization = |generator: &str| {
        let options = "generatorOptions: {disableNameSuffixHash: true}\n";
        let text = format!(
            "{KUSTOMIZATION}resources: [shop.yaml]\n{options}configMapGenerator:\n- name: values\n  namespace: shop\n  {generator}\n"
        );
        put(&dir, "clusters/east/kustomization.yaml", &text);
    };
    put(&dir, "clusters/east/shop.yaml", &release_from(""));
    put(&dir, "clusters/east/own.yaml", "# All of them.\nroute:\n  subset: v9\n");
    kustomization("files: [values.yaml=own.yaml]");
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/own.yaml:3"]);
    put(&dir, "clusters/east/shop.yaml", &release_from("    valuesKey: subset\n    targetPath: route.subset\n"));
    kustomization("literals: [a=b, subset=v9]");
    assert_eq!(found(&check(&dir)), ["subset-undefined clusters/east/kustomization.yaml:8"]);
}

#[test]
fn a_value_in_the_text_of_an_application_is_found_at_its_line() {
    let dir = chart("v1", "v1");
    let text = application(
        "shop",
        "charts/shop",
        "    helm:\n      values: |\n        a: b\n        route:\n          subset: v9\n",
    );
    put(&dir, "clusters/east/shop.yaml", &text);
    let line = line_of(&text, "v9");
    assert_eq!(found(&check(&dir)), [format!("subset-undefined clusters/east/shop.yaml:{line}")]);
    // The same, built by a root Application.
    put(&dir, "clusters/east/shop.yaml", &application("root", "argo", ""));
    put(
        &dir,
        "argo/kustomization.yaml",
        &format!("{KUSTOMIZATION}resources: [shop.yaml]\ncommonAnnotations: {{a: b}}\n"),
    );
    put(&dir, "argo/shop.yaml", &text);
    assert_eq!(found(&check(&dir)), [format!("subset-undefined argo/shop.yaml:{line}")]);
}

#[test]
fn a_value_in_the_text_of_a_sets_template_is_found_at_its_line_or_parameter() {
    let dir = chart("v1", "v1");
    let given = "          parameters:\n          - name: route.subset\n            value: '{{subset}}'\n";
    let block = "          values: |\n            a: b\n            route:\n              subset: {{subset}}\n";
    let set = SET.replace(given, block).replace("SUBSET", "v9");
    put(&dir, "clusters/east/shop.yaml", &set);
    let line = |needle: &str| format!("subset-undefined clusters/east/shop.yaml:{}", line_of(&set, needle));
    assert_eq!(found(&check(&dir)), [line("subset: v9")]);
    let set = set.replace("subset: {{subset}}", "subset: v7");
    put(&dir, "clusters/east/shop.yaml", &set);
    let line = format!("subset-undefined clusters/east/shop.yaml:{}", line_of(&set, "v7"));
    assert_eq!(found(&check(&dir)), [line.clone(), line]);
}

#[test]
fn a_fault_in_a_base_of_several_clusters_is_shown_once() {
    let dir = repository("v9", None, "v1");
    put(&dir, "clusters/west/apps.yaml", &flux("apps", "./apps/west", ""));
    put(&dir, "apps/west/kustomization.yaml", &format!("{KUSTOMIZATION}resources: [../base]\nnamespace: shop\n"));
    let out = common::meshlint(dir.path(), &[""; 0]);
    let text = String::from_utf8_lossy(&out.stdout);
    assert_eq!(text.matches("error[").count(), 1, "{text}");
    assert!(text.contains("apps/base/route.yaml:11") && text.contains("\n  in east, west\n"), "{text}");
}

#[test]
fn a_value_that_a_replacement_puts_in_is_found_where_it_comes_from() {
    let dir = repository("v1", None, "v1");
    let overlay = format!(
        "{KUSTOMIZATION}resources: [../base]\nconfigMapGenerator:\n- name: settings\n  literals:\n  - \
         subset=v9\nreplacements:\n- source:\n    kind: ConfigMap\n    name: settings\n    fieldPath: data.subset\n  \
         targets:\n  - select: {{kind: VirtualService}}\n    fieldPaths: ['spec.http.*.route.0.destination.subset']\n"
    );
    put(&dir, "apps/east/kustomization.yaml", &overlay);
    let line = line_of(&overlay, "subset=v9");
    assert_eq!(found(&check(&dir)), [format!("subset-undefined apps/east/kustomization.yaml:{line}")]);
    // Of an object that is written elsewhere: the replacement.
    let overlay = overlay.replace("configMapGenerator:\n- name: settings\n  literals:\n  - subset=v9\n", "");
    let overlay = overlay.replace("[../base]", "[../base, settings.yaml]");
    put(&dir, "apps/east/kustomization.yaml", &overlay);
    put(
        &dir,
        "apps/east/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  subset: v9\n",
    );
    let line = line_of(&overlay, "fieldPath: data.subset");
    assert_eq!(found(&check(&dir)), [format!("subset-undefined apps/east/kustomization.yaml:{line}")]);
}
