//! A repository in a temporary folder, and a PATH to run programs with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::common;

/// A folder with a repository in it (`work`) and the programs that stand in for others (`bin`).
pub(crate) struct Scene {
    dir: TempDir,
    path: Vec<PathBuf>,
}

/// What a run left.
pub(crate) struct Outcome {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// All that it printed.
    pub(crate) fn printed(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl Scene {
    /// With an empty repository, the real meshlint, and the system's programs.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let bin = dir.path().join("bin");
        fs::create_dir_all(dir.path().join("work")).expect("created");
        fs::create_dir(&bin).expect("created");
        let meshlint = Path::new(env!("CARGO_BIN_EXE_meshlint")).parent().expect("a folder").to_path_buf();
        let mut path = vec![bin, meshlint];
        path.extend(std::env::split_paths(&common::tools()));
        path.extend(std::env::split_paths(&std::env::var_os("PATH").expect("a PATH")));
        Self { dir, path }
    }

    /// With a copy of one of the fleets in `testdata/fleets`.
    pub(crate) fn with_fleet(name: &str) -> Self {
        let scene = Self::new();
        let fleet = common::root().join("testdata/fleets").join(name);
        for (file, path) in common::files_in(&fleet) {
            scene.write(&file, &fs::read_to_string(path).expect("a text"));
        }
        scene
    }

    /// The repository's folder.
    pub(crate) fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    /// A folder beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        let folder = self.dir.path().join(name);
        fs::create_dir_all(&folder).expect("created");
        folder
    }

    /// Writes a file of the repository.
    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.work().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        fs::write(path, text).expect("written");
    }

    /// Puts a shell script in the place of a program.
    pub(crate) fn fake(&self, name: &str, script: &str) {
        let path = self.dir.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made executable");
    }

    /// Puts a program in a program's place that writes down its arguments, one call a line, and then runs `then`.
    pub(crate) fn record(&self, name: &str, then: &str) {
        let calls = self.dir.path().join(format!("{name}.calls"));
        // Arguments in brackets, so that it shows where each one ends.
        let write = format!("{{ for a in \"$@\"; do printf '[%s]' \"$a\"; done; echo; }} >>'{}'", calls.display());
        self.fake(name, &format!("{write}\n{then}"));
    }

    /// The calls of a program that [`Scene::record`] stands in for.
    pub(crate) fn calls(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.dir.path().join(format!("{name}.calls"))).unwrap_or_default();
        text.lines().map(String::from).collect()
    }

    /// A command in the repository's folder, with nothing of this process's environment but what programs need.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.work()).env_clear();
        for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "SSL_CERT_FILE", "PIP_CERT", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // What `cargo test` adds to find libraries in is not a person's environment.
        command.env("PATH", std::env::join_paths(&self.path).expect("folders")).env("GIT_CONFIG_GLOBAL", "/dev/null");
        command
    }

    /// Runs a script of a page, as a file.
    pub(crate) fn script(&self, text: &str, args: &[&str]) -> Outcome {
        let path = self.dir.path().join("script.sh");
        fs::write(&path, text).expect("written");
        run(self.command("bash").arg(path).args(args))
    }

    /// Runs git, which has to succeed, and returns what it printed.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let outcome = run(self.command("git").args(who).args(args));
        assert_eq!(outcome.status, 0, "git {args:?}: {}", outcome.stderr);
        outcome.stdout.trim().to_string()
    }

    /// Makes the folder a Git repository, and commits all.
    pub(crate) fn commit_all(&self) {
        if !self.work().join(".git").exists() {
            self.git(&["init", "--quiet", "--initial-branch=main"]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=change"]);
    }

    /// Makes cluster west define the subset `v3` no more that cluster east routes to.
    pub(crate) fn break_west(&self) {
        let file = self.work().join("clusters/west/catalog-rule.yaml");
        let text = fs::read_to_string(&file).expect("a text");
        let at = text.find("    - name: v3").expect("a subset v3");
        fs::write(file, &text[..at]).expect("written");
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Outcome { status: status.code().expect("no signal"), stdout: text(stdout), stderr: text(stderr) }
}

/// A program that `.ci/tools` installs in target/tools.
pub(crate) fn tool(name: &str) -> String {
    let path = common::root().join("target/tools/bin").join(name);
    assert!(path.is_file(), "{name} is not installed, and the tests need it:\n  bash .ci/tools");
    path.display().to_string()
}
