//! `--since REF`, in repositories that the real git makes.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A repository of a test, in a folder that goes with it.
struct Repo {
    folder: TempDir,
    root: PathBuf,
}

fn git_in(dir: &Path, args: &[&str]) -> String {
    let output = git_command(dir).args(args).output().expect("git is installed");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {complaint}");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_string()
}

/// Git with nothing of the configuration of whoever runs the tests.
fn git_command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", dir);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Tester").env(format!("GIT_{who}_EMAIL"), "tester@example.com");
    }
    command
}

fn meshlint(dir: &Path, args: &[&str]) -> Output {
    meshlint_with(dir, args, &[])
}

fn meshlint_with(dir: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    let paths: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let git = paths.iter().find(|p| p.join("git").is_file()).expect("git is installed");
    let tools: Vec<PathBuf> = std::env::split_paths(&common::tools()).chain([git.clone()]).collect();
    Command::new(env!("CARGO_BIN_EXE_meshlint"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::join_paths(tools).expect("a PATH"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(env.iter().copied())
        .output()
        .expect("the program starts")
}

fn copy(from: &Path, to: &Path) {
    for (name, path) in common::files_in(from) {
        write(to, &name, &fs::read_to_string(path).expect("text"));
    }
}

fn write(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

impl Repo {
    fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("fleet");
        fs::create_dir(&root).expect("a folder");
        git_in(&root, &["init", "-q", "-b", "main"]);
        Self { folder, root }
    }

    /// A commit on `main` that holds these files; the present branch is `change`, and has left `main` there.
    fn of(files: &[(&str, &str)]) -> Self {
        let repo = Self::empty();
        files.iter().for_each(|(file, text)| repo.write(file, text));
        repo.begin();
        repo
    }

    /// The same of a fleet in testdata.
    fn of_fleet(name: &str) -> Self {
        let repo = Self::empty();
        copy(&common::root().join("testdata/fleets").join(name), &repo.root);
        repo.begin();
        repo
    }

    fn begin(&self) {
        self.commit();
        self.git(&["checkout", "-q", "-b", "change"]);
    }

    fn git(&self, args: &[&str]) -> String {
        git_in(&self.root, args)
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "change"]);
    }

    fn write(&self, file: &str, text: &str) {
        write(&self.root, file, text);
    }

    /// Puts a text in the place of another one.
    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.root.join(file)).expect("a file");
        assert!(text.contains(from), "{file} holds {from:?}");
        self.write(file, &text.replacen(from, to, 1));
    }

    fn json(&self, args: &[&str]) -> (i32, Value) {
        json_in(&self.root, args)
    }

    /// The message of a run that fails with status 2.
    fn failure(&self, args: &[&str]) -> String {
        failure_in(&self.root, args)
    }
}

fn json_in(dir: &Path, args: &[&str]) -> (i32, Value) {
    let output = meshlint(dir, &[&["--format", "json"], args].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {stderr}"));
    (output.status.code().expect("no signal"), value)
}

fn failure_in(dir: &Path, args: &[&str]) -> String {
    let output = meshlint(dir, args);
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
    assert!(output.stdout.is_empty() && stderr.starts_with("error: "), "{stderr}");
    stderr
}

/// `rule file` of each finding in a list.
fn named(list: &Value, file: &str) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("a list: {list}"));
    let text = |v: &Value| v.as_str().expect("a text").to_string();
    list.iter().map(|f| format!("{} {}", text(&f["rule"]), text(f.pointer(file).expect("a file")))).collect()
}

fn new(report: &Value) -> Vec<String> {
    named(&report["findings"], "/location/file")
}

fn fixed(report: &Value) -> Vec<String> {
    named(&report["fixed"], "/file")
}

const RULE_OF_WEST: &str = "clusters/west/catalog-rule.yaml";
const V3: &str = "    - name: v3\n      labels:\n        version: v3\n";
const BROKEN_ROUTE: &str = "remote-subset-undefined clusters/east/catalog-route.yaml";

#[test]
fn a_subset_that_goes_breaks_a_route_in_another_cluster() {
    let repo = Repo::of_fleet("shop");
    repo.edit(RULE_OF_WEST, V3, "");
    repo.commit();
    assert_eq!(repo.git(&["diff", "--name-only", "main..."]), RULE_OF_WEST);
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report)), (1, vec![BROKEN_ROUTE.to_string()]));
    assert_eq!(report["since"]["reference"], "main");
    assert_eq!(report["since"]["base"], repo.git(&["rev-parse", "main"]));
    assert!(fixed(&report).is_empty());
    let output = meshlint(&repo.root, &["--since", "main"]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.contains("\n1 new error in 2 clusters"), "{text}");
    assert!(text.contains("\nsince main ("), "{text}");
}

#[test]
fn what_only_moves_is_not_new() {
    let repo = Repo::of_fleet("shop-broken");
    let (_, all) = repo.json(&[]);
    for (file, path) in common::files_in(&repo.root.join("clusters")) {
        let text = fs::read_to_string(path).expect("text");
        repo.write(&format!("clusters/{file}"), &format!("# a line\n\n{text}"));
    }
    repo.commit();
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report), fixed(&report)), (0, Vec::new(), Vec::new()));
    let count = all["findings"].as_array().map(Vec::len);
    assert!(count > Some(2), "{all}");
    assert_eq!(report["summary"]["existing"].as_u64(), count.map(|n| n as u64));
}

#[test]
fn what_is_fixed_is_told() {
    let repo = Repo::of_fleet("shop");
    repo.edit(RULE_OF_WEST, V3, "");
    repo.commit();
    repo.git(&["branch", "-f", "main"]);
    let broken = fs::read_to_string(repo.root.join(RULE_OF_WEST)).expect("a file");
    repo.write(RULE_OF_WEST, &format!("{broken}{V3}"));
    repo.commit();
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report), fixed(&report)), (0, vec![], vec![BROKEN_ROUTE.to_string()]));
    assert_eq!(report["summary"]["fixed"], 1);
    assert_eq!(report["fixed"][0]["line"], 22);
    assert_eq!(report["fixed"][0]["cluster"], "east");
    let text = String::from_utf8(meshlint(&repo.root, &["--since", "main"]).stdout).expect("UTF-8");
    assert!(text.starts_with("no new problems in 2 clusters"), "{text}");
    let line = "\nfixed: 1 finding\n  error[remote-subset-undefined]: west defines no subset `v3` of catalog.shop, and \
                east routes 20% of a match there (clusters/east/catalog-route.yaml:22)\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn many_fixed_findings_are_counted_and_some_listed() {
    let repo = Repo::of_fleet("shop");
    (0..13).for_each(|i| repo.write(&format!("clusters/east/broken-{i}.yaml"), "a: [\n"));
    repo.commit();
    (0..13).for_each(|i| fs::remove_file(repo.root.join(format!("clusters/east/broken-{i}.yaml"))).expect("removed"));
    let listed = |args: &[&str]| {
        let text = String::from_utf8(meshlint(&repo.root, args).stdout).expect("UTF-8");
        assert!(text.contains("\nfixed: 13 findings\n"), "{text}");
        let lines = text.lines().filter(|l| l.starts_with("  error[yaml-syntax]: ")).count();
        (lines, text.contains("\n  and 3 more; meshlint -v lists them\n"))
    };
    assert_eq!(listed(&["--since", "HEAD"]), (10, true));
    assert_eq!(listed(&["-v", "--since", "HEAD"]), (13, false));
}

/// An object with a key that is written twice in each item of a list: for all of them the fingerprint is the same.
fn twice_in_each(values: &[&str]) -> String {
    let items: String = values.iter().map(|v| format!("- {{x: {v}, x: z}}\n")).collect();
    format!("apiVersion: example.org/v1\nkind: Thing\nmetadata: {{name: a, namespace: shop}}\nlist:\n{items}")
}

#[test]
fn what_is_known_and_what_is_new_agree_on_which_finding_is_one_more() {
    let repo = Repo::of_fleet("shop");
    let put = |values: &[&str]| repo.write("clusters/east/twice.yaml", &twice_in_each(values));
    put(&["a", "c"]);
    assert_eq!(meshlint(&repo.root, &["baseline"]).status.code(), Some(0));
    repo.commit();
    repo.git(&["branch", "-f", "main"]);
    let shown = |values: &[&str]| -> Vec<String> {
        put(values);
        let (_, report) = repo.json(&["--since", "main"]);
        let summary = &report["summary"];
        let counts = ["baselined", "existing", "obsolete", "fixed"].map(|n| summary[n].as_u64());
        assert_eq!(counts, [Some(2), Some(2), Some(0), Some(0)], "{summary}");
        let findings = report["findings"].as_array().expect("findings");
        findings.iter().map(|f| f["message"].as_str().expect("a message").to_string()).collect()
    };
    let tells =
        |shown: Vec<String>, value: &str| shown.len() == 1 && shown[0].contains(&format!("`{value}` is dropped"));
    assert!(tells(shown(&["a", "b", "c"]), "b"));
    assert!(tells(shown(&["b", "a", "c"]), "b"));
    assert!(tells(shown(&["a", "c", "a"]), "a"));
    // All in other words: one of them is one too many.
    assert_eq!(shown(&["d", "e", "f"]).len(), 1);
    assert_eq!(shown(&["d", "c", "e"]).len(), 1);
    assert!(shown(&["f", "c"]).is_empty());
}

#[test]
fn a_baseline_is_judged_alike_with_and_without_an_earlier_state() {
    let repo = Repo::of_fleet("shop-broken");
    assert_eq!(meshlint(&repo.root, &["baseline"]).status.code(), Some(0));
    repo.commit();
    repo.git(&["branch", "-f", "main"]);
    let known = repo.json(&[]).1["summary"]["baselined"].as_u64().expect("a number");
    assert!(known > 2);
    for paths in [&[][..], &["clusters"], &["clusters/east"], &["clusters/east/catalog-route.yaml"]] {
        let numbers = |args: &[&str]| {
            let (_, report) = repo.json(&[paths, args].concat());
            ["baselined", "obsolete"].map(|n| report["summary"][n].as_u64())
        };
        assert_eq!(numbers(&["--since", "main"]), numbers(&[]), "{paths:?}");
        assert_eq!(numbers(&[])[1], Some(0), "{paths:?}");
    }
    // What was known and is mended is told by both.
    let (_, all) = repo.json(&["--no-baseline"]);
    let mended = new(&all).into_iter().next().expect("a finding");
    let file = mended.split(' ').nth(1).expect("a file");
    repo.git(&["rm", "-q", file]);
    let (_, report) = repo.json(&["--since", "main"]);
    assert!(fixed(&report).contains(&mended), "{report}");
    assert_eq!(report["summary"]["fixed"], report["summary"]["obsolete"], "{report}");
    let text = String::from_utf8(meshlint(&repo.root, &["--since", "main"]).stdout).expect("UTF-8");
    assert!(text.contains("\nfixed: ") && text.contains("obsolete; `meshlint baseline --prune` removes"), "{text}");
}

#[test]
fn a_suppression_that_the_change_adds_and_nothing_needs_is_new() {
    let entry = |rule: &str| format!("- rule: {rule}\n  reason: not yet\n");
    let configuration =
        |entries: &[&str]| format!("suppressions:\n{}", entries.iter().map(|r| entry(r)).collect::<String>());
    let repo = Repo::of_fleet("shop");
    repo.write("meshlint.yaml", &configuration(&["host-unknown"]));
    repo.commit();
    repo.git(&["branch", "-f", "main"]);
    assert_eq!(new(&repo.json(&["--since", "main"]).1), Vec::<String>::new());
    // The old one is at another place now.
    repo.write("meshlint.yaml", &configuration(&["gateway-closed", "host-unknown"]));
    let (_, report) = repo.json(&["--since", "main"]);
    assert_eq!(new(&report), ["suppression-unused meshlint.yaml"]);
    assert_eq!(report["findings"][0]["location"]["line"], 2, "{report}");
    assert_eq!(report["summary"]["existing"], 1);
    // What is suppressed no longer was there all along.
    repo.write("meshlint.yaml", "{}\n");
    assert_eq!(new(&repo.json(&["--since", "main"]).1), Vec::<String>::new());
}

#[test]
fn what_others_did_on_the_branch_is_not_this_change() {
    let repo = Repo::of_fleet("shop");
    repo.git(&["checkout", "-q", "main"]);
    repo.edit(RULE_OF_WEST, V3, "");
    repo.commit();
    repo.git(&["checkout", "-q", "change"]);
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report), fixed(&report)), (0, vec![], vec![]));
}

#[test]
fn what_is_not_committed_counts() {
    let repo = Repo::of_fleet("shop");
    repo.edit(RULE_OF_WEST, V3, "");
    assert_eq!(new(&repo.json(&["--since", "main"]).1), [BROKEN_ROUTE]);
    assert_eq!(new(&repo.json(&["--since", "HEAD"]).1), [BROKEN_ROUTE]);
    repo.git(&["checkout", "-q", "."]);
    repo.write("clusters/east/new.yaml", "a: [\n");
    assert_eq!(new(&repo.json(&["--since", "main"]).1), ["yaml-syntax clusters/east/new.yaml"]);
    fs::remove_file(repo.root.join("clusters/east/new.yaml")).expect("removed");
    fs::remove_file(repo.root.join(RULE_OF_WEST)).expect("removed");
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!(status, 1);
    assert!(new(&report).contains(&BROKEN_ROUTE.to_string()), "{:?}", new(&report));
}

#[test]
fn a_path_may_be_given_from_anywhere_in_the_repository() {
    let repo = Repo::of_fleet("shop");
    repo.edit(RULE_OF_WEST, V3, "");
    let from = |dir: &str, args: &[&str]| {
        let (status, report) = json_in(&repo.root.join(dir), &[&["--since", "main"], args].concat());
        assert_eq!(status, 1, "{dir} {args:?}");
        report["findings"][0]["location"]["file"].as_str().map(String::from)
    };
    let file = "east/catalog-route.yaml";
    assert_eq!(from("clusters", &["."]).as_deref(), Some(file));
    assert_eq!(from("clusters/west", &[".."]), Some(format!("../{file}")));
    let whole = repo.root.join("clusters");
    let whole = whole.to_string_lossy();
    assert_eq!(from("", &[&whole]), Some(format!("clusters/{file}")));
    // From beside it, it is shown as a whole path; what is known is known all the same.
    assert_eq!(from("clusters/west", &[&whole]), Some(format!("{whole}/{file}")));
    let output = repo.failure(&["--since", "main", "../elsewhere"]);
    assert!(output.contains("../elsewhere has no earlier state in "), "{output}");
    let output = repo.failure(&["--since", "main", "-"]);
    assert!(output.contains("standard input has no earlier state in "), "{output}");
}

#[test]
fn configured_clusters_that_are_new_have_no_earlier_findings() {
    let repo = Repo::of_fleet("shop-broken");
    let (_, all) = repo.json(&[]);
    repo.write("meshlint.yaml", "clusters:\n  east: {paths: [clusters/east]}\n  north: {paths: [deploy/north]}\n  west: {paths: [clusters/west]}\n");
    repo.write("deploy/north/a.yaml", "a: [\n");
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!(
        (status, new(&report), fixed(&report)),
        (1, vec!["yaml-syntax deploy/north/a.yaml".to_string()], vec![])
    );
    assert_eq!(report["summary"]["existing"].as_u64(), all["findings"].as_array().map(|l| l.len() as u64));
    // From below, where the paths lead upwards.
    let (_, report) = json_in(&repo.root.join("deploy"), &["--since", "main"]);
    assert_eq!(new(&report), ["yaml-syntax ../deploy/north/a.yaml"]);
}

#[test]
fn a_new_cluster_and_a_first_fleet_are_new_as_a_whole() {
    let repo = Repo::of_fleet("shop");
    repo.write("clusters/north/a.yaml", "a: [\n");
    assert_eq!(new(&repo.json(&["--since", "main"]).1), ["yaml-syntax clusters/north/a.yaml"]);
    assert_eq!(new(&repo.json(&["--since", "main", "clusters/north"]).1), ["yaml-syntax clusters/north/a.yaml"]);
    // Before there was any fleet, there were other files.
    let repo = Repo::of(&[("docs/a.yaml", "a: [\n")]);
    copy(&common::root().join("testdata/fleets/shop-broken"), &repo.root);
    let (_, all) = repo.json(&[]);
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, report["findings"].as_array()), (1, all["findings"].as_array()));
    assert!(fixed(&report).is_empty());
}

#[test]
fn a_folder_that_is_renamed_keeps_its_findings() {
    let repo = Repo::of_fleet("shop-broken");
    repo.git(&["mv", "clusters/west/payments.yaml", "clusters/west/accounts.yaml"]);
    fs::create_dir(repo.root.join("clusters/east/shop")).expect("a folder");
    for file in ["catalog.yaml", "catalog-global.yaml", "catalog-route.yaml"] {
        repo.git(&["mv", &format!("clusters/east/{file}"), &format!("clusters/east/shop/{file}")]);
    }
    repo.commit();
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report), fixed(&report)), (0, vec![], vec![]));
}

#[test]
fn ignored_files_are_ignored_in_both_states() {
    let repo = Repo::of_fleet("shop");
    repo.write(".gitignore", "*.draft.yaml\n");
    repo.write("clusters/east/old.draft.yaml", "a: [\n");
    repo.git(&["add", "-f", "clusters/east/old.draft.yaml"]);
    repo.commit();
    repo.git(&["branch", "-f", "main"]);
    repo.write("clusters/east/new.draft.yaml", "a: [\n");
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report), fixed(&report)), (0, vec![], vec![]));
    fs::remove_file(repo.root.join(".gitignore")).expect("removed");
    let (_, report) = repo.json(&["--since", "main"]);
    assert_eq!(new(&report).len(), 2);
}

#[test]
fn overlays_are_built_in_both_states() {
    let route = fs::read_to_string(common::root().join("testdata/fleets/shop/clusters/east/catalog-route.yaml"));
    let repo = Repo::of_fleet("shop");
    repo.git(&["checkout", "-q", "main"]);
    fs::remove_file(repo.root.join("clusters/east/catalog-route.yaml")).expect("removed");
    repo.write("base/route.yaml", &route.expect("a fixture"));
    repo.write("base/kustomization.yaml", "resources: [route.yaml]\n");
    let east = common::files_in(&repo.root.join("clusters/east"));
    let list: String = east.iter().map(|(file, _)| format!("- {file}\n")).collect();
    repo.write("clusters/east/kustomization.yaml", &format!("resources:\n- ../../base\n{list}"));
    repo.commit();
    repo.git(&["checkout", "-q", "-B", "change"]);
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report), fixed(&report)), (0, vec![], vec![]), "{report:#}");
    repo.edit("base/route.yaml", "subset: v3", "subset: v4");
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report)), (1, vec!["subset-undefined base/route.yaml".to_string()]));
    // What does not build does not build before and after, whatever the paths in the complaint are.
    repo.write("base/kustomization.yaml", "resources: [route.yaml, gone.yaml]\n");
    repo.commit();
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report)), (1, vec!["build-failed base/kustomization.yaml".to_string()]));
    repo.git(&["branch", "-f", "main"]);
    repo.write("clusters/west/more.yaml", "# nothing yet\n");
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report), fixed(&report)), (0, vec![], vec![]));
}

#[test]
fn names_that_mean_no_commit_are_explained() {
    let repo = Repo::of_fleet("shop");
    for (name, expected) in [
        ("mian", "--since mian: no branch, tag or commit of that name is here; did you mean `main`?"),
        ("nothing-like-it", "--since nothing-like-it: no branch, tag or commit of that name is here\n"),
        ("", "not a name that a commit can have"),
        ("main:clusters", "no branch, tag or commit of that name is here"),
        ("0000000000000000000000000000000000000000", "the branch is new"),
        (
            "0123456789012345678901234567890123456789",
            "this commit is not in this clone; fetch it: `git fetch origin 0123",
        ),
    ] {
        let message = repo.failure(&["--since", name]);
        assert!(message.contains(expected), "{name}: {message}");
    }
    let clone = repo.folder.path().join("clone");
    git_in(repo.folder.path(), &["clone", "-q", "-b", "change", "fleet", "clone"]);
    let message = failure_in(&clone, &["--since", "main"]);
    assert!(message.contains("only the remote has it: did you mean `origin/main`?"), "{message}");
    assert_eq!(meshlint(&clone, &["--since", "origin/main"]).status.code(), Some(0));
    git_in(&clone, &["checkout", "-q", "--orphan", "other"]);
    git_in(&clone, &["commit", "-q", "-m", "other"]);
    let message = failure_in(&clone, &["--since", "origin/main"]);
    assert!(message.contains("it has no commit in common with this branch"), "{message}");
}

#[test]
fn a_name_is_never_an_option() {
    let repo = Repo::of_fleet("shop");
    for name in ["--upload-pack=touch ran", "--output=ran", "-h", "--all"] {
        let message = repo.failure(&[&format!("--since={name}")]);
        assert!(message.contains(&format!("--since {name}: not a name that a commit can have")), "{message}");
    }
    assert!(!repo.root.join("ran").exists());
}

#[test]
fn outside_of_a_repository_and_without_git_there_is_a_message() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&common::root().join("testdata/fleets/shop"), folder.path());
    let message = failure_in(folder.path(), &["--since", "main"]);
    assert!(message.contains("not in a Git repository"), "{message}");
    let output = common::meshlint(folder.path(), &["--since", "main"]);
    let has_git = std::env::split_paths(&common::tools()).any(|p| p.join("git").is_file());
    let expected = if has_git { "not in a Git repository" } else { "git is not installed" };
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && stderr.contains(expected), "{stderr}");
    let empty = Repo::empty();
    copy(&common::root().join("testdata/fleets/shop"), &empty.root);
    let message = empty.failure(&["--since", "HEAD"]);
    assert!(message.contains("--since HEAD: no branch, tag or commit of that name is here"), "{message}");
}

/// Runs the command that a message gives between backquotes.
fn obey(dir: &Path, message: &str) {
    let command = message.split('`').nth(1).expect("a command");
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("git"), "{message}");
    git_in(dir, &words.collect::<Vec<_>>());
}

#[test]
fn a_shallow_clone_says_what_to_fetch() {
    let repo = Repo::of_fleet("shop");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("README.md", "moved on\n");
    repo.commit();
    repo.git(&["checkout", "-q", "change"]);
    repo.edit(RULE_OF_WEST, V3, "");
    repo.commit();
    repo.edit(RULE_OF_WEST, "ISTIO_MUTUAL", "ISTIO_MUTUAL # as everywhere");
    repo.commit();
    let url = format!("file://{}", repo.root.display());
    let all = repo.folder.path();
    // The branch is there, where they part is not.
    git_in(all, &["clone", "-q", "--depth", "1", "--no-single-branch", "-b", "change", &url, "parted"]);
    let message = failure_in(&all.join("parted"), &["--since", "origin/main"]);
    assert!(message.contains("where this branch left it is not in this shallow clone; fetch more of the history"));
    assert!(message.contains("`fetch-depth: 0` for actions/checkout"), "{message}");
    obey(&all.join("parted"), &message);
    assert_eq!(new(&json_in(&all.join("parted"), &["--since", "origin/main"]).1), [BROKEN_ROUTE]);
    // Not even the branch is there.
    git_in(all, &["clone", "-q", "--depth", "1", "-b", "change", &url, "alone"]);
    let message = failure_in(&all.join("alone"), &["--since", "origin/main"]);
    assert!(message.contains("no branch, tag or commit of that name is here; fetch more of the history"), "{message}");
    obey(&all.join("alone"), &message);
    assert_eq!(new(&json_in(&all.join("alone"), &["--since", "origin/main"]).1), [BROKEN_ROUTE]);
}

#[test]
fn an_ancestor_that_a_shallow_clone_lacks_says_what_to_fetch() {
    let repo = Repo::of_fleet("shop");
    repo.edit(RULE_OF_WEST, V3, "");
    repo.commit();
    // As a pull request is built: its merge, on no branch.
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "change"]);
    let url = format!("file://{}", repo.root.display());
    let all = repo.folder.path();
    git_in(all, &["clone", "-q", "--depth", "1", &url, "branch"]);
    git_in(all, &["clone", "-q", "--depth", "1", &url, "detached"]);
    git_in(&all.join("detached"), &["checkout", "-q", "--detach"]);
    for clone in ["branch", "detached"] {
        let clone = all.join(clone);
        let message = failure_in(&clone, &["--since", "HEAD^1"]);
        assert!(message.contains("HEAD^1: the history of this shallow clone does not reach that far;"), "{message}");
        assert!(message.contains("`git fetch --deepen=1") && message.contains("`fetch-depth: 2`"), "{message}");
        obey(&clone, &message);
        assert_eq!(new(&json_in(&clone, &["--since", "HEAD^1"]).1), [BROKEN_ROUTE]);
    }
    let message = failure_in(&all.join("branch"), &["--since", "origin/main~3"]);
    assert!(message.contains("`git fetch --deepen=3 origin +main:refs/remotes/origin/main`"), "{message}");
    let message = repo.failure(&["--since", "HEAD~9"]);
    assert!(message.contains("--since HEAD~9: HEAD has no such ancestor"), "{message}");
}

#[test]
fn a_partial_clone_fetches_nothing() {
    let repo = Repo::of_fleet("shop");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    repo.edit(RULE_OF_WEST, V3, "");
    repo.commit();
    let url = format!("file://{}", repo.root.display());
    git_in(repo.folder.path(), &["clone", "-q", "--filter=blob:none", "-b", "change", &url, "partial"]);
    let clone = repo.folder.path().join("partial");
    let message = failure_in(&clone, &["--since", "origin/main"]);
    assert!(
        message.contains(&format!("an object of the earlier state is not in this clone: {RULE_OF_WEST}")),
        "{message}"
    );
    obey(&clone, &message);
    assert_eq!(new(&json_in(&clone, &["--since", "origin/main"]).1), [BROKEN_ROUTE]);
}

#[test]
fn hooks_and_linked_worktrees_are_places_like_others() {
    let repo = Repo::of_fleet("shop");
    repo.edit(RULE_OF_WEST, V3, "");
    // What git sets for its hooks, as seen from the root; and something that is not there at all.
    for env in [[("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/index")], [("GIT_DIR", "/none"), ("GIT_WORK_TREE", "/")]]
    {
        let args = ["--format", "concise", "--since", "main", "."];
        let output = meshlint_with(&repo.root.join("clusters"), &args, &env);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.starts_with("east/catalog-route.yaml:22:21: error[remote-subset-undefined]"), "{text}");
        assert_eq!((output.status.code(), text.lines().count()), (Some(1), 1));
    }
    repo.git(&["worktree", "add", "-q", "-b", "linked", "../linked"]);
    let linked = repo.folder.path().join("linked");
    assert_eq!(json_in(&linked, &["--since", "main"]).0, 0);
    write(&linked, "clusters/east/a.yaml", "a: [\n");
    assert_eq!(new(&json_in(&linked, &["--since", "main"]).1), ["yaml-syntax clusters/east/a.yaml"]);
}

/// Makes a tree object of `mode type id\tname` lines.
fn tree(repo: &Repo, lines: &[String]) -> String {
    let mut child = git_command(&repo.root)
        .args(["mktree", "--missing"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut stdin, (lines.join("\n") + "\n").as_bytes()).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_string()
}

#[test]
fn a_hostile_tree_leads_nowhere() {
    let repo = Repo::of_fleet("shop");
    let secret = repo.folder.path().join("secret");
    write(&secret, "a.yaml", "a: [\n");
    fs::write(repo.root.join("blob"), "kind: [\n").expect("a file");
    let blob = repo.git(&["hash-object", "-w", "blob"]);
    fs::write(repo.root.join("blob"), secret.to_str().expect("UTF-8")).expect("a file");
    let link = repo.git(&["hash-object", "-w", "blob"]);
    fs::remove_file(repo.root.join("blob")).expect("removed");
    let evil = tree(&repo, &[format!("100644 blob {blob}\tevil.yaml")]);
    let up = tree(&repo, &[format!("040000 tree {evil}\t..")]);
    let fine = repo.git(&["rev-parse", "HEAD:clusters"]);
    let root = tree(
        &repo,
        &[
            format!("100644 blob {blob}\t.."),
            format!("040000 tree {evil}\t.git"),
            format!("040000 tree {up}\tclimbs"),
            format!("040000 tree {fine}\tclusters"),
            // The same name as a link and as a folder: what is in the folder would be written through the link.
            format!("120000 blob {link}\tthrough"),
            format!("040000 tree {evil}\tthrough"),
        ],
    );
    let commit = repo.git(&["commit-tree", &root, "-m", "hostile"]);
    let base = repo.git(&["commit-tree", &repo.git(&["rev-parse", "HEAD^{tree}"]), "-p", &commit, "-m", "mended"]);
    repo.git(&["reset", "-q", "--hard", &base]);
    let temporary = repo.folder.path().join("tmp");
    fs::create_dir(&temporary).expect("a folder");
    let env = [("TMPDIR", temporary.to_str().expect("UTF-8"))];
    let output = meshlint_with(&repo.root, &["--format", "json", "--since", &commit, "."], &env);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(new(&report).is_empty(), "{report:#}");
    let skipped: Vec<&str> =
        report["since"]["skipped"].as_array().expect("a list").iter().filter_map(|s| s["file"].as_str()).collect();
    for name in ["..", ".git/evil.yaml", "climbs/../evil.yaml", "through"] {
        assert!(skipped.contains(&name), "{name}: {skipped:?}");
    }
    // Nothing was written through the link, or beside the folder, and nothing is left.
    let names = |dir: &Path| common::files_in(dir).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&secret), ["a.yaml"]);
    assert_eq!(fs::read_dir(&temporary).expect("a folder").count(), 0);
    assert!(!repo.folder.path().join("evil.yaml").exists());
}

#[cfg(unix)]
#[test]
fn links_lead_where_they_led() {
    use std::os::unix::fs::symlink;
    let repo = Repo::of_fleet("shop");
    write(repo.folder.path(), "outside/a.yaml", "a: [\n");
    repo.write("shared/broken.yaml", "a: [\n");
    let east = repo.root.join("clusters/east");
    symlink("../../shared", east.join("shared")).expect("a link");
    symlink(repo.root.join("shared/broken.yaml"), east.join("whole.yaml")).expect("a link");
    symlink("../../../outside", east.join("out")).expect("a link");
    symlink("../../../outside/a.yaml", east.join("out.yaml")).expect("a link");
    symlink("nowhere.yaml", east.join("dangling.yaml")).expect("a link");
    repo.commit();
    repo.git(&["branch", "-f", "main"]);
    let (_, all) = repo.json(&[]);
    for expected in ["yaml-syntax clusters/east/shared/broken.yaml", "document-skipped clusters/east/out"] {
        assert!(new(&all).contains(&expected.to_string()), "{expected}: {all:#}");
    }
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report), fixed(&report)), (0, vec![], vec![]), "{report:#}");
    assert_eq!(report["summary"]["existing"], new(&all).len());
}

#[test]
fn nothing_of_the_repository_runs() {
    let repo = Repo::of_fleet("shop");
    let touch = format!("touch {}/ran; cat", repo.folder.path().display());
    repo.write(".gitattributes", "*.yaml filter=evil diff=evil\n");
    for (key, value) in [
        ("filter.evil.smudge", &*touch),
        ("filter.evil.clean", "cat"),
        ("diff.evil.textconv", &touch),
        ("core.fsmonitor", &touch),
        ("core.pager", &touch),
        ("core.sshCommand", &touch),
    ] {
        repo.git(&["config", key, value]);
    }
    repo.git(&["-c", "core.fsmonitor=false", "add", ".gitattributes"]);
    repo.git(&["-c", "core.fsmonitor=false", "commit", "-q", "-m", "evil"]);
    let _ = fs::remove_file(repo.folder.path().join("ran"));
    assert_eq!(meshlint(&repo.root, &["--since", "main"]).status.code(), Some(0));
    assert!(!repo.folder.path().join("ran").exists());
}

#[test]
fn submodules_are_read_at_their_earlier_commit() {
    let apps = Repo::of(&[("a.yaml", "a: [\n")]);
    let repo = Repo::of_fleet("shop");
    let url = apps.root.to_string_lossy();
    let inner = "clusters/east/apps";
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, inner]);
    repo.commit();
    repo.git(&["branch", "-f", "main"]);
    let (status, report) = repo.json(&["--since", "main"]);
    assert_eq!((status, new(&report), fixed(&report)), (0, vec![], vec![]));
    write(&repo.root.join(inner), "b.yaml", "b: [\n");
    git_in(&repo.root.join(inner), &["add", "-A"]);
    git_in(&repo.root.join(inner), &["commit", "-q", "-m", "more"]);
    repo.commit();
    let (_, report) = repo.json(&["--since", "main"]);
    assert_eq!(new(&report), ["yaml-syntax clusters/east/apps/b.yaml"]);
    assert_eq!(report["since"]["skipped"], serde_json::json!([]));
}

#[test]
#[cfg(unix)]
fn an_interrupt_leaves_no_folder() {
    use std::os::unix::process::ExitStatusExt;

    let repo = Repo::of_fleet("shop");
    for i in 0..3000 {
        repo.write(&format!("clusters/east/more/{i}.yaml"), "# nothing yet\n");
    }
    repo.commit();
    let scratch = tempfile::tempdir().expect("a folder");
    let entries = || fs::read_dir(scratch.path()).expect("it is there").count();
    // A run that is over before the signal comes, as on a busy machine, shows nothing: then another one is interrupted.
    let interrupted = |name: &str, number: i32| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_meshlint"))
            .args(["--since", "HEAD"])
            .current_dir(&repo.root)
            .env("TMPDIR", scratch.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("it runs");
        while entries() == 0 {
            if child.try_wait().expect("its status").is_some() {
                return false;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
        let signal = child.wait().expect("it ends").signal();
        assert_eq!(entries(), 0, "{name}");
        signal == Some(number)
    };
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        assert!((0..50).any(|_| interrupted(name, number)), "no run could be interrupted by {name}");
    }
}
