//! `action.yml`, its steps run as GitHub's runner runs them: the inputs' defaults, the expressions in `env`, the files for
//! outputs and the PATH, and `bash -e -o pipefail` on the step's script.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::common;
use crate::pages::yaml;
use crate::scene::{Outcome, Scene, run};

/// The version that the repository is at.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a release calls this machine.
pub(crate) fn target() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    format!("{}-{system}", std::env::consts::ARCH)
}

fn action() -> Value {
    yaml(&fs::read_to_string(common::root().join("action.yml")).expect("action.yml"))
}

/// A job that uses the action.
struct Job {
    scene: Scene,
    inputs: BTreeMap<&'static str, &'static str>,
    /// What stands behind the `@`.
    at: &'static str,
}

/// How the action ended.
struct Ended {
    outcome: Outcome,
    outputs: BTreeMap<String, String>,
    summary: String,
    path: String,
}

impl Job {
    fn new(scene: Scene, inputs: &[(&'static str, &'static str)]) -> Self {
        Self { scene, inputs: inputs.iter().copied().collect(), at: "v0.1.0" }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.scene.beside("runner").join(name)
    }

    /// An expression's value, as far as the action uses them.
    fn expression(&self, action: &Value, text: &str) -> String {
        let Some(inner) = text.strip_prefix("${{ ").and_then(|t| t.strip_suffix(" }}")) else {
            assert!(!text.contains("${{"), "{text}");
            return text.into();
        };
        match inner.split_once('.').expect("a context") {
            ("inputs", name) => match self.inputs.get(name) {
                Some(value) => (*value).into(),
                None => action["inputs"][name]["default"].as_str().expect("a default").into(),
            },
            ("github", "action_ref") => self.at.into(),
            ("github", "action_repository") => "meshlint/meshlint".into(),
            _ => panic!("{text}"),
        }
    }

    fn step(&self, action: &Value, step: &Value) -> Command {
        let script = self.file("step.sh");
        fs::write(&script, step["run"].as_str().expect("a script")).expect("written");
        let mut command = self.scene.command("bash");
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(script);
        for (name, value) in step["env"].as_object().expect("an environment") {
            command.env(name, self.expression(action, value.as_str().expect("a text")));
        }
        for name in ["GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"] {
            command.env(name, self.file(name));
        }
        let added = fs::read_to_string(self.file("GITHUB_PATH")).unwrap_or_default();
        let own = command.get_envs().find_map(|(n, v)| (n == "PATH").then(|| v.map(ToOwned::to_owned))).flatten();
        let own = own.unwrap_or_default();
        let path = added.lines().map(PathBuf::from).chain(std::env::split_paths(&own));
        command.env("PATH", std::env::join_paths(path).expect("folders"));
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_WORKSPACE", self.scene.work())
            .env("GITHUB_ACTION_PATH", common::root())
            .env("RUNNER_TEMP", self.scene.beside("runner temp"))
            .env("MESHLINT_RELEASES", format!("file://{}", self.scene.beside("releases").display()));
        command
    }

    /// Runs the steps in order; as in a job, what follows a failure does not run.
    fn run(&self) -> Ended {
        let action = action();
        let steps = action["runs"]["steps"].as_array().expect("steps");
        let mut all = Outcome { status: 0, stdout: String::new(), stderr: String::new() };
        for step in steps.iter().filter(|s| s["run"].is_string()) {
            let one = run(&mut self.step(&action, step));
            all.status = one.status;
            all.stdout += &one.stdout;
            all.stderr += &one.stderr;
            if one.status != 0 {
                break;
            }
        }
        let read = |name: &str| fs::read_to_string(self.file(name)).unwrap_or_default();
        let outputs = read("GITHUB_OUTPUT");
        let outputs = outputs.lines().map(|l| l.split_once('=').expect("an output"));
        Ended {
            outputs: outputs.map(|(name, value)| (name.into(), value.into())).collect(),
            summary: read("GITHUB_STEP_SUMMARY"),
            path: read("GITHUB_PATH"),
            outcome: all,
        }
    }
}

/// Makes a release of `program`, as the release workflow makes it, and returns its folder.
fn release(scene: &Scene, program: &str) -> PathBuf {
    let folder = scene.beside("releases").join(format!("v{VERSION}"));
    fs::create_dir_all(&folder).expect("created");
    let script = common::root().join(".github/release/archive.sh");
    let mut pack = scene.command("bash");
    pack.arg(script).args([&target(), program]).arg(&folder).arg(env!("CARGO_BIN_EXE_meshlint"));
    let packed = run(&mut pack);
    assert_eq!(packed.status, 0, "{}", packed.stderr);
    let sums = run(scene.command("sh").args(["-c", "sha256sum meshlint-* >SHA256SUMS"]).current_dir(&folder));
    assert_eq!(sums.status, 0, "{}", sums.stderr);
    folder
}

/// A repository and a release whose meshlint writes down its arguments, and then runs `then`.
fn recorded(then: &str) -> Scene {
    let scene = Scene::new();
    scene.record("meshlint-stand-in", &format!("[ \"$1\" != --version ] || exit 0\n{then}"));
    let program = scene.beside("bin").join("meshlint-stand-in");
    release(&scene, &program.display().to_string());
    scene
}

/// The call that follows `--version`.
fn call(job: &Job) -> String {
    let calls = job.scene.calls("meshlint-stand-in");
    assert_eq!(calls[0], "[--version]");
    assert_eq!(calls.len(), 2, "{calls:?}");
    calls[1].clone()
}

#[test]
fn a_release_with_the_right_checksum_is_installed_and_run() {
    let job = Job::new(recorded(""), &[]);
    let ended = job.run();
    assert_eq!(ended.outcome.status, 0, "{}", ended.outcome.printed());
    assert_eq!(call(&job), "[check][--format][github][--]");
    assert_eq!(ended.outputs, BTreeMap::from([("exit-status".into(), "0".into())]));
    assert!(ended.path.trim_end().ends_with(&format!("meshlint-{VERSION}/bin")), "{}", ended.path);
}

#[test]
fn a_release_whose_checksum_is_wrong_or_missing_is_not_installed() {
    let archive = format!("meshlint-{VERSION}-{}.tar.gz", target());
    let wrong = "0".repeat(64);
    let cases = [
        (format!("{wrong}  {archive}\n"), format!("and SHA256SUMS says {wrong}: not installed")),
        (format!("{wrong}  {archive}.sig\n"), format!("SHA256SUMS of v{VERSION} does not name {archive}")),
    ];
    for (sums, message) in cases {
        let job = Job::new(recorded(""), &[]);
        fs::write(job.scene.beside("releases").join(format!("v{VERSION}/SHA256SUMS")), sums).expect("written");
        let ended = job.run();
        assert_eq!(ended.outcome.status, 2, "{}", ended.outcome.printed());
        assert!(ended.outcome.stderr.starts_with("::error title=meshlint::"), "{}", ended.outcome.stderr);
        assert!(ended.outcome.stderr.contains(&message), "{}", ended.outcome.stderr);
        assert!(ended.path.is_empty() && job.scene.calls("meshlint-stand-in").is_empty());
    }
}

#[test]
fn a_version_that_is_none_or_does_not_exist_is_named() {
    for (version, message) in [
        ("9.9.9", "/v9.9.9/SHA256SUMS"),
        ("latest", "expected a release such as 0.1.0, or source, and not `latest`"),
        ("1.0.0/../../x", "expected a release"),
        ("1.0.0\n::warning::x", "expected a release"),
    ] {
        let ended = Job::new(recorded(""), &[("version", version)]).run();
        assert_eq!(ended.outcome.status, 2, "{version}: {}", ended.outcome.printed());
        assert!(ended.outcome.stderr.contains(message), "{version}: {}", ended.outcome.stderr);
        assert!(!ended.outcome.printed().contains("\n::warning"), "{}", ended.outcome.printed());
    }
}

#[test]
fn a_tag_installs_its_release_and_anything_else_builds_the_source() {
    for at in ["v0.1.0", "v0", "main", "1f2e3d4c", ""] {
        let mut job = Job::new(recorded(""), &[]);
        job.at = at;
        let stand_in = job.scene.beside("bin").join("meshlint-stand-in");
        // What `cargo install --root FOLDER` leaves, without the minutes.
        let install =
            format!("for root; do :; done; mkdir -p \"$root/bin\"; cp '{}' \"$root/bin/meshlint\"", stand_in.display());
        job.scene.record("cargo", &install);
        let ended = job.run();
        assert_eq!(ended.outcome.status, 0, "{at}: {}", ended.outcome.printed());
        let builds: Vec<String> = if at.starts_with('v') {
            Vec::new()
        } else {
            let (source, root) = (common::root(), job.scene.beside("runner temp").join("meshlint-source"));
            vec![format!("[install][--locked][--quiet][--path][{}][--root][{}]", source.display(), root.display())]
        };
        assert_eq!(job.scene.calls("cargo"), builds, "{at}");
        assert_eq!(call(&job), "[check][--format][github][--]");
    }
}

#[test]
fn inputs_become_arguments_and_nothing_of_them_is_run() {
    let job = Job::new(
        recorded("exit 1"),
        &[
            ("paths", "'deploy/east 1'\n  deploy/west\\ 2 $(touch pwned) `touch pwned` * ; touch pwned"),
            ("args", "--set 'A=$(touch pwned)' --quiet"),
            ("since", "HEAD^1"),
            ("fail-on", "warning; touch pwned"),
        ],
    );
    let ended = job.run();
    assert_eq!(ended.outcome.status, 1, "{}", ended.outcome.printed());
    assert_eq!(
        call(&job),
        "[check][--format][github][--since=HEAD^1][--fail-on=warning; touch pwned][--set][A=$(touch pwned)][--quiet]\
         [--][deploy/east 1][deploy/west 2][$(touch][pwned)][`touch][pwned`][*][;][touch][pwned]"
    );
    assert!(!job.scene.work().join("pwned").exists());
    assert_eq!(ended.outputs["exit-status"], "1");

    let ended = Job::new(recorded(""), &[("args", "--set 'A=b")]).run();
    assert_eq!((ended.outcome.status, ended.outputs["exit-status"].as_str()), (2, "2"));
    assert!(ended.outcome.stderr.contains("::error title=meshlint::args: a quote is not closed"));
}

#[test]
fn sarif_is_an_output_where_it_was_written() {
    let write = "for a; do case \"$a\" in sarif=*) echo '{}' >\"${a#sarif=}\" ;; esac; done; exit 1";
    let job = Job::new(recorded(write), &[("sarif", "true")]);
    let ended = job.run();
    let file = job.scene.beside("runner temp").join("meshlint.sarif").display().to_string();
    assert_eq!(call(&job), format!("[check][--format][github][--format][sarif={file}][--]"));
    assert_eq!(ended.outputs, BTreeMap::from([("exit-status".into(), "1".into()), ("sarif".into(), file)]));

    // A run that failed wrote none: then there is nothing to upload.
    let ended = Job::new(recorded("exit 2"), &[("sarif", "true")]).run();
    assert_eq!(ended.outputs, BTreeMap::from([("exit-status".into(), "2".into())]));
    let ended = Job::new(recorded(""), &[("sarif", "yes")]).run();
    assert!(ended.outcome.stderr.contains("sarif: expected true or false"), "{}", ended.outcome.stderr);
}

#[test]
fn the_released_program_annotates_sums_up_and_fails_the_step() {
    let scene = Scene::with_fleet("shop-broken");
    release(&scene, env!("CARGO_BIN_EXE_meshlint"));
    let job = Job::new(scene, &[("paths", "clusters"), ("sarif", "true")]);
    let ended = job.run();
    assert_eq!(ended.outcome.status, 1, "{}", ended.outcome.printed());
    assert!(ended.outcome.stdout.contains(&format!("meshlint {VERSION}\n")), "{}", ended.outcome.stdout);
    let annotation = |l: &str| l.starts_with("::error ") && l.contains("file=clusters/east/catalog-route.yaml");
    assert!(ended.outcome.stdout.lines().any(annotation), "{}", ended.outcome.stdout);
    assert!(ended.summary.contains("remote-subset-undefined"), "{}", ended.summary);
    let sarif = fs::read_to_string(&ended.outputs["sarif"]).expect("a SARIF file");
    let sarif: Value = serde_json::from_str(&sarif).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(3), "{sarif:#}");
}

#[test]
fn a_pull_request_is_held_to_what_it_adds() {
    let scene = Scene::with_fleet("shop");
    scene.commit_all();
    scene.git(&["switch", "--quiet", "--create", "change"]);
    scene.break_west();
    scene.commit_all();
    scene.git(&["switch", "--quiet", "main"]);
    scene.write("clusters/east/other.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: other\n");
    scene.commit_all();
    // What actions/checkout checks out: the branch, merged.
    scene.git(&["merge", "--quiet", "--no-ff", "--message=merge", "change"]);
    release(&scene, env!("CARGO_BIN_EXE_meshlint"));
    let mut job = Job::new(scene, &[("paths", "clusters"), ("since", "HEAD^1")]);
    let ended = job.run();
    assert_eq!(ended.outcome.status, 1, "{}", ended.outcome.printed());
    assert!(ended.outcome.stdout.contains("file=clusters/east/catalog-route.yaml"), "{}", ended.outcome.stdout);
    // What main has had before is nobody's fault.
    job.inputs.insert("since", "HEAD");
    let ended = job.run();
    assert_eq!(ended.outcome.status, 0, "{}", ended.outcome.printed());
}

#[test]
fn scripts_hold_no_expression_and_the_page_says_every_input() {
    let action = action();
    let page = fs::read_to_string(common::root().join("docs/ci/github.md")).expect("the page");
    for kind in ["inputs", "outputs"] {
        for name in action[kind].as_object().expect("a mapping").keys() {
            assert!(page.contains(&format!("\n| `{name}` |")), "{kind}: {name}");
        }
    }
    for step in action["runs"]["steps"].as_array().expect("steps") {
        if let Some(script) = step["run"].as_str() {
            assert!(!script.contains("${{"), "{script}");
            assert_eq!(step["shell"], "bash");
        }
    }
    // The workflow to copy gives inputs that exist, and can upload.
    let workflow = yaml(&crate::pages::block("github.md", ".github/workflows/meshlint.yml"));
    let job = &workflow["jobs"]["meshlint"];
    let step = &job["steps"][1];
    assert_eq!(step["uses"], format!("meshlint/meshlint@v{VERSION}"));
    for name in step["with"].as_object().expect("inputs").keys() {
        assert!(action["inputs"][name].is_object(), "{name}");
    }
    assert_eq!(job["permissions"]["security-events"], "write");
    assert_eq!(job["steps"][0]["with"]["fetch-depth"], 2);
}
