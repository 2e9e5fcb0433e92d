//! `docs/ci/gitlab.md`.

use crate::pages::{block, yaml};
use crate::scene::{Outcome, Scene, run};

/// Runs the job's scripts as a runner does, in one shell that stops at the first failure.
fn job(scene: &Scene, base: Option<&str>) -> Outcome {
    let file = yaml(&block("gitlab.md", ".gitlab-ci.yml"));
    let job = &file["meshlint"];
    let lines = ["before_script", "script"].map(|key| job[key].as_array().expect("a script").clone());
    let text: Vec<&str> = lines.iter().flatten().map(|l| l.as_str().expect("a line")).collect();
    let mut command = scene.command("sh");
    command.args(["-e", "-c", &text.join("\n")]);
    if let Some(base) = base {
        command.env("CI_MERGE_REQUEST_DIFF_BASE_SHA", base);
    }
    run(&mut command)
}

#[test]
fn the_job_runs_meshlint_with_its_reports_and_the_base_of_a_merge_request() {
    let scene = Scene::with_fleet("shop");
    scene.record("pip", "");
    scene.record("meshlint", "");
    assert_eq!(job(&scene, None).status, 0);
    assert_eq!(job(&scene, Some("1234abcd")).status, 0);
    assert_eq!(scene.calls("pip")[0], format!("[install][--quiet][meshlint=={}]", env!("CARGO_PKG_VERSION")));
    let formats = "[--format][text][--format][gitlab=gl-code-quality-report.json][--format][junit=meshlint.xml]";
    assert_eq!(
        scene.calls("meshlint"),
        [format!("{formats}[./clusters]"), format!("{formats}[--since][1234abcd][./clusters]")]
    );
    // What the job hands on is what meshlint was told to write.
    let reports = &yaml(&block("gitlab.md", ".gitlab-ci.yml"))["meshlint"]["artifacts"]["reports"];
    assert_eq!(reports["codequality"], "gl-code-quality-report.json");
    assert_eq!(reports["junit"], "meshlint.xml");
}

#[test]
fn a_merge_request_that_breaks_another_cluster_fails_and_leaves_its_reports() {
    let scene = Scene::with_fleet("shop");
    scene.record("pip", "");
    scene.commit_all();
    let base = scene.git(&["rev-parse", "HEAD"]);
    scene.break_west();
    scene.commit_all();
    let outcome = job(&scene, Some(&base));
    assert_eq!(outcome.status, 1, "{}", outcome.printed());
    assert!(outcome.stdout.contains("error[remote-subset-undefined]"), "{}", outcome.stdout);
    let read = |file: &str| std::fs::read_to_string(scene.work().join(file)).expect("a report");
    let issues: serde_json::Value = serde_json::from_str(&read("gl-code-quality-report.json")).expect("JSON");
    assert_eq!(issues[0]["location"]["path"], "clusters/east/catalog-route.yaml", "{issues:#}");
    assert!(read("meshlint.xml").contains("remote-subset-undefined"));
}
