//! The programs: where they are, and calling them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::cache::{Cache, Key};
use super::process::{self, Limits};
use crate::config::Rendering;
use crate::system::Scratch;

/// What makes manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// `kustomize`, or `kubectl kustomize`.
    Kustomize,
    /// `helm`
    Helm,
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tool::Kustomize => "kustomize",
            Tool::Helm => "helm",
        })
    }
}

/// How one gets a tool.
pub fn install_hint(tool: Tool) -> &'static str {
    match tool {
        Tool::Kustomize => {
            "install it (https://kubectl.docs.kubernetes.io/installation/kustomize) or kubectl, or give it with \
             `--kustomize PATH`; `--render never` leaves out what it builds"
        }
        Tool::Helm => {
            "install it (https://helm.sh/docs/intro/install), or give it with `--helm PATH`; `--render never` leaves \
             out what it renders"
        }
    }
}

/// Why there is no output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The program is not there.
    Missing(Tool),
    /// It ended with a complaint: this one.
    Said(String),
    /// It ran for longer than this.
    Time(Duration),
    /// It printed more than so many bytes.
    Output(u64),
    /// It took more than so many bytes of memory.
    Memory(u64),
    /// Its output is no text.
    NotText,
    /// It was not run, for this reason: the input is none that meshlint gives to a program.
    Refused(String),
    /// A chart needs these others, which are not in its folder.
    Unvendored(String),
    /// It could not be run.
    Io(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Missing(tool) => write!(f, "{tool} is not installed"),
            Failure::Said(text) => f.write_str(text),
            Failure::Time(limit) => write!(f, "stopped after {} s", limit.as_secs()),
            Failure::Output(limit) => write!(f, "stopped after {} MiB of output", limit >> 20),
            Failure::Memory(limit) => write!(f, "stopped when it took more than {} MiB of memory", limit >> 20),
            Failure::NotText => f.write_str("its output is not UTF-8"),
            Failure::Refused(why) => f.write_str(why),
            Failure::Unvendored(names) => write!(f, "it needs charts that are not in its folder: {names}"),
            Failure::Io(why) => write!(f, "it could not be run: {why}"),
        }
    }
}

/// The programs that were found.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    kustomize: Option<Program>,
    helm: Option<Program>,
    cache: Option<Cache>,
    limits: Limits,
}

/// A program that was found.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// It is a kubectl, whose `kustomize` does the same.
    is_kubectl: bool,
    /// What tells one version from another: path, size, time.
    identity: String,
}

impl Programs {
    /// Looks for the programs: those that are given, else those on the PATH.
    ///
    /// # Errors
    /// One that is given is not there, or cannot be run.
    pub fn find(rendering: &Rendering) -> Result<Self, String> {
        let given = |path: &Option<PathBuf>, option: &str| match path {
            None => Ok(None),
            Some(path) => Program::given(path).map(Some).map_err(|why| format!("{option} {}: {why}", path.display())),
        };
        let kustomize = given(&rendering.kustomize, "--kustomize")?;
        let helm = given(&rendering.helm, "--helm")?;
        Ok(Self {
            kustomize: kustomize.or_else(|| Program::on_path("kustomize")).or_else(|| Program::on_path("kubectl")),
            helm: helm.or_else(|| Program::on_path("helm")),
            cache: rendering.cache.clone().map(Cache::new),
            limits: Limits::default(),
        })
    }

    /// Whether a tool was found.
    pub fn has(&self, tool: Tool) -> bool {
        self.program(tool).is_some()
    }

    /// Why results are not kept, where one could not be written.
    pub fn unkept(&self) -> Option<String> {
        self.cache.as_ref().and_then(Cache::problem)
    }

    fn program(&self, tool: Tool) -> Option<&Program> {
        match tool {
            Tool::Kustomize => self.kustomize.as_ref(),
            Tool::Helm => self.helm.as_ref(),
        }
    }

    /// Builds a kustomization, whose text `wrapper` gives for the temporary folder that it will be in. What is kept, and
    /// comes back, is what `kept` makes of the output.
    ///
    /// # Errors
    /// There is no output.
    pub fn kustomize(
        &self,
        wrapper: &dyn Fn(&Path) -> String,
        key: Key,
        kept: &dyn Fn(String) -> String,
    ) -> Result<String, Failure> {
        let command = |program: &Program, home: &Path| {
            let folder = home.join("build");
            fs::create_dir(&folder).map_err(|e| Failure::Io(e.to_string()))?;
            fs::write(folder.join("kustomization.yaml"), wrapper(&folder)).map_err(|e| Failure::Io(e.to_string()))?;
            let mut command = Command::new(&program.path);
            command.arg(if program.is_kubectl { "kustomize" } else { "build" }).arg(&folder);
            // What lies outside of the repository was refused before; Flux does not restrict it, either.
            command.args(["--load-restrictor", "LoadRestrictionsNone"]);
            Ok(command)
        };
        self.run(Tool::Kustomize, key, &command, kept)
    }

    /// Runs a tool in an empty folder of its own, or returns what it printed before for the same input.
    pub(super) fn run(
        &self,
        tool: Tool,
        key: Key,
        command: &dyn Fn(&Program, &Path) -> Result<Command, Failure>,
        kept: &dyn Fn(String) -> String,
    ) -> Result<String, Failure> {
        let program = self.program(tool).ok_or(Failure::Missing(tool))?;
        let key = key.add("program", program.identity.as_bytes());
        if let Some(text) = self.cache.as_ref().and_then(|c| c.get(&key)) {
            return Ok(text);
        }
        let home = Scratch::new().map_err(|e| Failure::Io(e.to_string()))?;
        let path = fs::canonicalize(home.path()).map_err(|e| Failure::Io(e.to_string()))?;
        let text = kept(process::run(&mut command(program, &path)?, &path, &self.limits)?);
        if let Some(cache) = &self.cache {
            cache.put(&key, &text);
        }
        Ok(text)
    }
}

impl Program {
    fn given(path: &Path) -> Result<Self, &'static str> {
        let data = fs::metadata(path).map_err(|_| "no such program")?;
        if !data.is_file() {
            return Err("not a program");
        }
        if !is_executable(&data) {
            return Err("not executable");
        }
        Self::of(path).ok_or("it cannot be read")
    }

    fn on_path(name: &str) -> Option<Self> {
        Self::of(&on_path(name)?)
    }

    fn of(path: &Path) -> Option<Self> {
        let real = fs::canonicalize(path).ok()?;
        let data = fs::metadata(&real).ok()?;
        let time = data.modified().ok().and_then(|t| t.duration_since(SystemTime::UNIX_EPOCH).ok());
        let identity = format!("{} {} {:?}", real.display(), data.len(), time);
        let is_kubectl = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("kubectl"));
        // As it was found: some programs do one thing or another by the name that they are called by.
        let path = std::path::absolute(path).ok()?;
        Some(Self { path, is_kubectl, identity })
    }
}

/// The program of that name on the PATH; relative folders on it, which depend on where one stands, do not count.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let mut candidates = std::env::split_paths(&path).filter(|p| p.is_absolute()).map(|p| p.join(&name));
    candidates.find(|p| fs::metadata(p).is_ok_and(|data| data.is_file() && is_executable(&data)))
}

#[cfg(unix)]
fn is_executable(data: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    data.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    true
}
