//! What the tests over fixtures and pages share: fleets on disk whose files say what has to be found in them.
//!
//! A comment `# error: [rule]` (also `warning`, `note`, and several rules with commas) at the end of a line says that
//! this rule reports this line at this level. Where no comment can stand (a folder, JSON, a broken text), a file
//! `marks.txt` beside `clusters/` says it: `clusters/east/a.json:3: error: [rule]`. `args.txt` holds the program's
//! arguments, one a line; without it, it is `clusters`.

// Each test binary uses a part of it.
#![allow(dead_code, unreachable_pub)]

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A finding, as far as a mark says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub file: String,
    pub line: u64,
    pub level: String,
    pub rule: String,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: [{}]", self.file, self.line, self.level, self.rule)
    }
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program with these arguments, started in `dir`.
pub fn meshlint<S: AsRef<std::ffi::OsStr>>(dir: &Path, args: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meshlint"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", tools())
        .output()
        .expect("the program starts")
}

/// The folders of the real kustomize and helm, as a PATH: what is rendered is tested with them, or not at all.
pub fn tools() -> std::ffi::OsString {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let go = std::env::var_os("GOBIN").map(PathBuf::from).into_iter().chain([home.join("go/bin")]);
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(go).collect();
    let found = ["kustomize", "helm"].map(|name| {
        let folder = folders.iter().find(|f| f.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)).is_file());
        folder.unwrap_or_else(|| {
            panic!(
                "{name} is not installed, and the tests need it:\n  go install \
                 sigs.k8s.io/kustomize/kustomize/v5@v5.8.1\n  go install helm.sh/helm/v3/cmd/helm@v3.22.0"
            )
        })
    });
    std::env::join_paths(found).expect("folders of the PATH")
}

/// The marks in one line.
fn marks_of_line(file: &str, number: u64, line: &str, marks: &mut BTreeSet<Mark>) {
    for level in ["error", "warning", "note"] {
        for (at, _) in line.match_indices(&format!("{level}: [")) {
            let before = line[..at].trim_end();
            if !before.ends_with(['#', ']', ',']) {
                continue;
            }
            let rules = &line[at + level.len() + 3..];
            let rules = rules.split(']').next().unwrap_or_default();
            for rule in rules.split(',') {
                let (file, level) = (file.to_string(), level.to_string());
                marks.insert(Mark { file, line: number, level, rule: rule.trim().into() });
            }
        }
    }
}

/// All files below a folder, by their path in it, with `/`.
pub fn files_in(dir: &Path) -> Vec<(String, PathBuf)> {
    let mut files: Vec<_> = walkdir::WalkDir::new(dir)
        .into_iter()
        .flatten()
        .filter(|e| !e.file_type().is_dir())
        .map(|e| e.into_path())
        .map(|p| (p.strip_prefix(dir).expect("below").to_string_lossy().replace('\\', "/"), p))
        .collect();
    files.sort();
    files
}

/// What the files of a fleet say has to be found in them.
pub fn marks_in(dir: &Path) -> BTreeSet<Mark> {
    let mut marks = BTreeSet::new();
    for (file, path) in files_in(dir) {
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
        if file == "marks.txt" {
            for line in text.lines().filter(|l| !l.trim().is_empty()) {
                let mut parts = line.splitn(3, ':');
                let (file, number) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                let number = number.parse().unwrap_or_else(|_| panic!("{}: {line}", dir.display()));
                marks_of_line(file, number, &format!("#{}", parts.next().unwrap_or_default()), &mut marks);
            }
        } else if file.ends_with(".yaml") || file.ends_with(".yml") {
            for (i, line) in text.lines().enumerate() {
                marks_of_line(&file, i as u64 + 1, line, &mut marks);
            }
        }
    }
    marks
}

/// The arguments that a fleet is checked with.
pub fn args_of(dir: &Path) -> Vec<String> {
    match std::fs::read_to_string(dir.join("args.txt")) {
        Ok(text) => text.lines().map(str::trim).filter(|l| !l.is_empty()).map(String::from).collect(),
        Err(_) => vec!["clusters".into()],
    }
}

/// Runs the program over a fleet for the sake of one rule and returns its findings.
pub fn findings(dir: &Path, rule: &str) -> Result<Vec<serde_json::Value>, String> {
    let mut args: Vec<String> = vec!["--format".into(), "json".into()];
    if meshlint::rules::find(rule).is_some_and(|r| !r.info().enabled) {
        args.extend(["--select".into(), format!("default,{rule}")]);
    }
    args.extend(args_of(dir));
    let output = meshlint(dir, &args);
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(format!("exit {:?}: {}", output.status.code(), String::from_utf8_lossy(&output.stderr)));
    }
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|e| format!("the output is no JSON: {e}"))?;
    Ok(report["findings"].as_array().cloned().unwrap_or_default())
}

/// Compares what is found in a fleet with `expected`: errors and warnings of all rules, notes of those that count here.
/// Returns what differs, in lines for people.
pub fn compare(dir: &Path, rule: &str, expected: &BTreeSet<Mark>) -> Result<(), String> {
    let mut found = BTreeSet::new();
    let mut wrong = Vec::new();
    for f in findings(dir, rule)? {
        let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_string();
        let mark = Mark {
            file: text(&f["location"]["file"]),
            line: f["location"]["line"].as_u64().unwrap_or_default(),
            level: text(&f["severity"]),
            rule: text(&f["rule"]),
        };
        let counts = mark.level != "note"
            || mark.rule == rule
            || expected.iter().any(|e| e.rule == mark.rule && e.level == mark.level);
        if counts && !expected.contains(&mark) {
            wrong.push(format!("not expected: {mark} {}", text(&f["message"])));
        }
        found.insert(mark);
    }
    wrong.extend(expected.difference(&found).map(|m| format!("not found: {m}")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n    ")) }
}

/// Whether the environment variable RULE asks for this rule, or for none in particular.
pub fn is_wanted(rule: &str) -> bool {
    std::env::var("RULE").map_or(true, |r| r.is_empty() || r == rule)
}
