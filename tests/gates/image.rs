//! The `Dockerfile`, read: what no engine is needed for to know.

use std::collections::BTreeMap;
use std::fs;

use crate::common;
use crate::pages::block;
use crate::scene::Scene;

/// A stage: what it starts from, and its instructions.
struct Stage {
    from: String,
    instructions: Vec<(String, String)>,
}

impl Stage {
    fn all(&self, name: &str) -> Vec<&str> {
        self.instructions.iter().filter(|(n, _)| n == name).map(|(_, rest)| rest.as_str()).collect()
    }
}

fn read(file: &str) -> String {
    fs::read_to_string(common::root().join(file)).expect("a text")
}

fn stages() -> BTreeMap<String, Stage> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let mut stages = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
        let (instruction, rest) = line.split_once(' ').expect("an instruction");
        if instruction == "FROM" {
            let (from, stage) = rest.split_once(" AS ").expect("a named stage");
            name = stage.into();
            stages.insert(name.clone(), Stage { from: from.into(), instructions: Vec::new() });
        } else {
            let stage: &mut Stage = stages.get_mut(&name).expect("a stage");
            stage.instructions.push((instruction.into(), rest.trim().into()));
        }
    }
    stages
}

#[test]
fn the_images_have_no_shell_and_run_as_nobody() {
    let stages = stages();
    for name in ["meshlint", "meshlint-render"] {
        let stage = &stages[name];
        let from = if name == "meshlint" { "gcr.io/distroless/static-debian12:nonroot" } else { "meshlint" };
        assert_eq!(stage.from, from);
        // RUN and SHELL take a shell; so does an ENTRYPOINT that is no list.
        for shell in ["RUN", "SHELL", "CMD", "HEALTHCHECK", "ADD"] {
            assert!(stage.all(shell).is_empty(), "{name}: {shell}");
        }
        let entry: Vec<String> = serde_json::from_str(stage.all("ENTRYPOINT")[0]).expect("a list");
        assert_eq!(entry, ["/usr/local/bin/meshlint"]);
        let [user] = stage.all("USER")[..] else { panic!("{name}: one USER") };
        // Kubernetes' runAsNonRoot can tell from a number only.
        assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{name}: {user}");
    }
}

#[test]
fn what_is_copied_is_made_by_the_stage_that_it_is_copied_from() {
    let stages = stages();
    let copies = |name: &str| -> Vec<(String, String)> {
        let one = |rest: &&str| {
            let words: Vec<&str> = rest.split_whitespace().collect();
            let from = words[0].strip_prefix("--from=").expect("from a stage");
            (from.to_string(), words[1].to_string())
        };
        stages[name].all("COPY").iter().map(one).collect()
    };
    assert_eq!(copies("meshlint"), [("build".into(), "/out/bin/meshlint".into())]);
    assert!(stages["build"].all("RUN").iter().any(|r| r.contains("cargo install --locked --path . --root /out")));
    let tools = ["kustomize", "helm"].map(|t| ("tools".to_string(), format!("/out/{t}")));
    assert_eq!(copies("meshlint-render"), tools);
    assert!(stages["tools"].all("ENV")[0].contains("CGO_ENABLED=0 GOBIN=/out"));
}

#[test]
fn the_images_are_built_of_the_versions_that_are_tested() {
    let stages = stages();
    let tools = stages["tools"].all("RUN").join(" ");
    let modules = tools.split_whitespace().filter(|w| w.contains('@'));
    assert_eq!(modules.clone().count(), 2);
    let tested = read(".ci/tools");
    for module in modules {
        assert!(tested.contains(module), "{module}");
    }
    let rust = read("Cargo.toml");
    let rust = rust.lines().find_map(|l| l.strip_prefix("rust-version = ")).expect("a version").trim_matches('"');
    assert_eq!(stages["build"].from, format!("rust:{rust}-alpine"));
}

#[test]
fn nothing_that_building_needs_is_kept_from_the_engine() {
    let ignored = read(".dockerignore");
    let ignored: Vec<&str> = ignored.lines().filter_map(|l| l.strip_prefix('/')).collect();
    assert!(ignored.contains(&"target") && ignored.contains(&".git"), "{ignored:?}");
    for file in crate::packages::packaged() {
        let top = file.split('/').next().expect("a name");
        assert!(!ignored.contains(&top), "{file}");
    }
}

#[test]
fn the_command_of_the_page_checks_the_working_directory_and_nothing_else() {
    let scene = Scene::with_fleet("shop-broken");
    // What the image's entry point does, where the volume is mounted.
    scene.record("docker", "for argument; do :; done; exec meshlint \"$argument\"");
    let outcome = scene.script(&block("docker.md", "check.sh"), &[]);
    assert_eq!(outcome.status, 1, "{}", outcome.printed());
    assert!(outcome.stdout.contains("error[remote-subset-undefined]"), "{}", outcome.stdout);
    let image = format!("[ghcr.io/meshlint/meshlint:{}-render]", env!("CARGO_PKG_VERSION"));
    let volume = format!("[--volume][{}:/work:ro]", scene.work().display());
    assert_eq!(
        scene.calls("docker"),
        [format!("[run][--rm][--network][none][--read-only][--tmpfs][/tmp]{volume}{image}[./clusters]")]
    );
    assert_eq!(stages()["meshlint"].all("WORKDIR"), ["/work"]);
    // The image with a shell takes all three programs from where they are in ours.
    assert!(block("docker.md", "Dockerfile").contains("-render /usr/local/bin/ /usr/local/bin/\n"));
}
