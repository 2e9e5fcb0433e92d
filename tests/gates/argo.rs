//! `docs/ci/argo-cd.md`: the plugin's generate command and the PreSync hook's containers, without their images.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::common;
use crate::pages::{block, yaml};
use crate::scene::{Outcome, Scene, run};

fn page(file: &str) -> Value {
    yaml(&block("argo-cd.md", file))
}

/// Runs the generate command in an Application's folder, as the sidecar does.
fn generate(scene: &Scene, path: &str, fleet: Option<&str>) -> Outcome {
    let generate = &page("plugin.yaml")["spec"]["generate"];
    let words = |key: &str| -> Vec<String> {
        let list = generate[key].as_array().expect("a list");
        list.iter().map(|w| w.as_str().expect("a text").to_string()).collect()
    };
    let (command, args) = (words("command"), words("args"));
    let mut sidecar: Command = scene.command(&command[0]);
    sidecar.args(&command[1..]).args(args).current_dir(scene.work().join(path));
    sidecar
        .env("ARGOCD_APP_NAME", "catalog")
        .env("ARGOCD_APP_NAMESPACE", "shop")
        .env("ARGOCD_APP_SOURCE_PATH", path)
        .env("TMPDIR", scene.beside("tmp"));
    if let Some(fleet) = fleet {
        sidecar.env("ARGOCD_ENV_FLEET", fleet);
    }
    let outcome = run(&mut sidecar);
    let left: Vec<_> = fs::read_dir(scene.beside("tmp")).expect("a folder").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    outcome
}

/// `Kind name` of each object of a stream.
fn objects(stream: &str) -> Vec<String> {
    let mut objects = Vec::new();
    for text in stream.split("\n---").map(|t| t.trim_start_matches("---")).filter(|t| !t.trim().is_empty()) {
        let object = yaml(text);
        let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
        if object.is_object() {
            objects.push(format!("{} {}", text(&object["kind"]), text(&object["metadata"]["name"])));
        }
    }
    objects.sort();
    objects
}

const TWO: [&str; 2] = ["Namespace shop", "Service catalog"];
const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";
const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: catalog\n  namespace: shop\nspec:\n  ports:\n  - port: 80\n";
const ROUTE: &str = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: catalog\n  namespace: \
                     shop\nspec:\n  hosts: [catalog]\n  http:\n  - route:\n    - destination: {host: catalog, subset: v3}\n";
const RULE: &str = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: catalog\n  namespace: \
                    shop\nspec:\n  host: catalog\n  subsets:\n  - {name: v2, labels: {version: v2}}\n";

/// The same two objects, healthy, or with two more that contradict each other: as files, a kustomization and a chart.
fn applications(broken: bool) -> Vec<(&'static str, Scene)> {
    let mut kinds = vec![("a.yaml", NAMESPACE), ("b.yml", SERVICE)];
    if broken {
        kinds.extend([("c.yaml", ROUTE), ("d.yaml", RULE)]);
    }
    let (files, kustomization, chart) = (Scene::new(), Scene::new(), Scene::new());
    for (file, text) in &kinds {
        files.write(&format!("app/{file}"), text);
        kustomization.write(&format!("app/{file}"), text);
        let template = text.replace("name: catalog\n", "name: {{ .Release.Name }}\n");
        chart.write(&format!("app/templates/{file}"), &template);
    }
    let list: Vec<&str> = kinds.iter().map(|(f, _)| *f).collect();
    kustomization.write("app/kustomization.yaml", &format!("resources: [{}]\n", list.join(", ")));
    chart.write("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    vec![("files", files), ("kustomization", kustomization), ("chart", chart)]
}

#[test]
fn the_plugin_prints_what_it_built_and_nothing_else() {
    for (kind, scene) in applications(false) {
        let outcome = generate(&scene, "app", None);
        assert_eq!(outcome.status, 0, "{kind}: {}", outcome.printed());
        assert_eq!(objects(&outcome.stdout), TWO, "{kind}: {}", outcome.stdout);
    }
}

#[test]
fn the_plugin_fails_on_a_finding_with_the_finding_on_standard_error() {
    for (kind, scene) in applications(true) {
        let outcome = generate(&scene, "app", None);
        assert_eq!(outcome.status, 1, "{kind}: {}", outcome.printed());
        assert!(outcome.stdout.is_empty(), "{kind}: {}", outcome.stdout);
        assert!(outcome.stderr.contains("error[subset-undefined]"), "{kind}: {}", outcome.stderr);
    }
}

#[test]
fn the_plugin_fails_where_the_build_fails() {
    let scene = Scene::new();
    scene.write("app/kustomization.yaml", "resources: [missing.yaml]\n");
    let outcome = generate(&scene, "app", None);
    assert_ne!(outcome.status, 0);
    assert!(outcome.stdout.is_empty() && outcome.stderr.contains("missing.yaml"), "{}", outcome.printed());
}

#[test]
fn with_fleet_the_plugin_sees_the_other_clusters_and_without_it_does_not() {
    let scene = Scene::with_fleet("shop");
    let outcome = generate(&scene, "clusters/east", Some("clusters"));
    assert_eq!(outcome.status, 0, "{}", outcome.printed());
    assert!(objects(&outcome.stdout).contains(&"VirtualService catalog".into()), "{}", outcome.stdout);
    scene.break_west();
    let outcome = generate(&scene, "clusters/east", Some("clusters"));
    assert_eq!(outcome.status, 1, "{}", outcome.printed());
    assert!(outcome.stdout.is_empty());
    assert!(outcome.stderr.contains("west defines no subset `v3`"), "{}", outcome.stderr);
    // East by itself contradicts nothing.
    let outcome = generate(&scene, "clusters/east", None);
    assert_eq!(outcome.status, 0, "{}", outcome.printed());
}

#[test]
fn the_sidecar_is_added_to_the_repo_server_and_the_application_uses_the_plugin() {
    let scene = Scene::new();
    for file in ["plugin.yaml", "repo-server.yaml", "kustomization.yaml"] {
        scene.write(file, &block("argo-cd.md", file));
    }
    scene.write(
        "install.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: argocd-repo-server\nspec:\n  template:\n    spec:\n      \
         containers:\n      - name: argocd-repo-server\n        image: argocd\n      volumes:\n      - {name: var-files, \
         emptyDir: {}}\n      - {name: plugins, emptyDir: {}}\n",
    );
    let built = run(scene.command("kustomize").args(["build", "."]));
    assert_eq!(built.status, 0, "{}", built.stderr);
    let documents: Vec<Value> = built.stdout.split("\n---\n").map(yaml).collect();
    let of = |kind: &str| documents.iter().find(|d| d["kind"] == kind).expect("a document");
    let spec = &of("Deployment")["spec"]["template"]["spec"];
    let containers = spec["containers"].as_array().expect("containers");
    assert_eq!(containers.len(), 2);
    let sidecar = containers.iter().find(|c| c["name"] == "meshlint").expect("the sidecar");
    let volumes: Vec<&Value> = spec["volumes"].as_array().expect("volumes").iter().map(|v| &v["name"]).collect();
    for mount in sidecar["volumeMounts"].as_array().expect("mounts") {
        assert!(volumes.contains(&&mount["name"]), "{mount}");
    }
    // The generated name of the ConfigMap reaches the volume, and its key is the file that is mounted.
    let config = of("ConfigMap");
    let volume = spec["volumes"].as_array().expect("volumes").iter().find(|v| v["configMap"].is_object());
    assert_eq!(volume.expect("a volume")["configMap"]["name"], config["metadata"]["name"]);
    assert!(config["data"]["plugin.yaml"].is_string());

    let plugin = page("plugin.yaml");
    let name =
        format!("{}-{}", plugin["metadata"]["name"].as_str().unwrap(), plugin["spec"]["version"].as_str().unwrap());
    assert_eq!(page("application.yaml")["spec"]["source"]["plugin"]["name"], name);
}

#[test]
fn the_hook_clones_the_branch_and_checks_all_clusters() {
    let job = page("meshlint-presync.yaml");
    let spec = &job["spec"]["template"]["spec"];
    let (clone, check) = (&spec["initContainers"][0], &spec["containers"][0]);
    assert_eq!(job["metadata"]["annotations"]["argocd.argoproj.io/hook"], "PreSync");
    for (fleet, status) in [("shop", 0), ("shop-broken", 1)] {
        let scene = Scene::with_fleet(fleet);
        scene.commit_all();
        // The volume and the remote repository, as this machine has them.
        let volume = scene.beside("volume");
        let local = |v: &Value| {
            let text = v.as_str().expect("a text");
            let text = text.replace("https://git.example.com/fleet.git", &format!("file://{}", scene.work().display()));
            text.replace("/repo/", &format!("{}/", volume.display()))
        };
        let args = |container: &Value| -> Vec<String> {
            container["args"].as_array().expect("arguments").iter().map(local).collect()
        };
        let cloned = run(scene.command(clone["command"][0].as_str().expect("a program")).args(args(clone)));
        assert_eq!(cloned.status, 0, "{}", cloned.stderr);
        let checked = run(scene.command("meshlint").args(args(check)).current_dir(local(&check["workingDir"])));
        assert_eq!(checked.status, status, "{}", checked.printed());
        assert!(common::files_in(&volume).len() > 10);
    }
}
