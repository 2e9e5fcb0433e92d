//! Running a program within limits.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::programs::Failure;

/// What a program may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Time by the clock.
    pub(super) time: Duration,
    /// Bytes of output.
    pub(super) output: u64,
    /// Bytes of memory, where the system tells (Linux).
    pub(super) memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(60), output: 256 << 20, memory: 2 << 30 }
    }
}

/// The most of its complaints that is kept.
const MAX_COMPLAINT: u64 = 64 << 10;

/// How often a running program is looked at: when its output is closed, and before.
const LOOKS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

/// Runs a command to its end and returns what it printed. `home`: an empty folder that serves for all of its own.
pub(super) fn run(command: &mut Command, home: &Path, limits: &Limits) -> Result<String, Failure> {
    confine(command, home);
    let mut child = command.spawn().map_err(|e| Failure::Io(e.to_string()))?;
    let (Some(mut stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Failure::Io("its output cannot be read".into()));
    };
    let too_much = AtomicBool::new(false);
    let (done, closed) = channel::<()>();
    let (output, complaint, ended) = thread::scope(|scope| {
        let output = scope.spawn(|| {
            // Dropped at the end: then the program has closed its output.
            let _done = done;
            let mut bytes = Vec::new();
            let read = stdout.by_ref().take(limits.output + 1).read_to_end(&mut bytes);
            if bytes.len() as u64 > limits.output {
                too_much.store(true, Ordering::Relaxed);
            }
            read.map(|_| bytes)
        });
        let complaint = scope.spawn(|| {
            let mut bytes = Vec::new();
            let _ = stderr.by_ref().take(MAX_COMPLAINT).read_to_end(&mut bytes);
            // The rest is read too: a full pipe would stop the program.
            let _ = io::copy(&mut stderr, &mut io::sink());
            bytes
        });
        let ended = wait(&mut child, limits, &too_much, &closed);
        if ended.is_err() {
            kill(&mut child);
        }
        (output.join(), complaint.join().unwrap_or_default(), ended)
    });
    let status = ended?;
    let output = output.map_err(|_| Failure::Io("its output cannot be read".into()))?;
    let output = output.map_err(|e| Failure::Io(e.to_string()))?;
    if too_much.load(Ordering::Relaxed) {
        return Err(Failure::Output(limits.output));
    }
    if !status.success() {
        return Err(Failure::Said(said(&complaint, home)));
    }
    String::from_utf8(output).map_err(|_| Failure::NotText)
}

fn wait(
    child: &mut Child,
    limits: &Limits,
    too_much: &AtomicBool,
    closed: &Receiver<()>,
) -> Result<std::process::ExitStatus, Failure> {
    let started = Instant::now();
    let mut pause = LOOKS.1;
    loop {
        if let Some(status) = child.try_wait().map_err(|e| Failure::Io(e.to_string()))? {
            return Ok(status);
        }
        if too_much.load(Ordering::Relaxed) {
            return Err(Failure::Output(limits.output));
        }
        if started.elapsed() > limits.time {
            return Err(Failure::Time(limits.time));
        }
        if memory(child.id()).is_some_and(|bytes| bytes > limits.memory) {
            return Err(Failure::Memory(limits.memory));
        }
        match closed.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => {}
            // It is about to end, or has closed its output to go on without.
            _ => {
                thread::sleep(LOOKS.0);
                pause = LOOKS.0;
            }
        }
    }
}

fn kill(child: &mut Child) {
    // It may have ended by itself in between.
    let _ = child.kill();
    let _ = child.wait();
}

/// The memory that a process really holds, in bytes.
fn memory(id: u32) -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let statm = std::fs::read_to_string(format!("/proc/{id}/statm")).ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    // A page has at least that many bytes everywhere.
    Some(pages * 4096)
}

/// Leaves it nothing of the user's, and no way to the network.
fn confine(command: &mut Command, home: &Path) {
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // An empty PATH: no git, no other helper is found.
    command.env("PATH", "").env("LANG", "C").env("GIT_ALLOW_PROTOCOL", "none");
    for name in [
        "HOME",
        "TMPDIR",
        "TEMP",
        "TMP",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
        "HELM_CONFIG_HOME",
        "HELM_CACHE_HOME",
        "HELM_DATA_HOME",
        "HELM_PLUGINS",
        "KUSTOMIZE_PLUGIN_HOME",
        "USERPROFILE",
        "LOCALAPPDATA",
        "APPDATA",
    ] {
        command.env(name, home);
    }
    command.env("KUBECONFIG", home.join("none"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        // The discard port: whatever would be fetched is refused at once.
        command.env(name, "http://127.0.0.1:9");
    }
    // A Go program that lives for 50 ms need not collect garbage, but one that grows has to.
    command.env("GOGC", "off").env("GOMEMLIMIT", "768MiB");
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
}

/// What a program complained of, without the names of temporary folders.
fn said(bytes: &[u8], home: &Path) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.replace(&*home.to_string_lossy(), "");
    // What is deprecated fails nothing.
    let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with("# Warning:")).collect();
    let text = lines.join("\n");
    let text = text.trim().trim_start_matches("Error: ").trim_start_matches("error: ");
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, limits: &Limits) -> Result<String, Failure> {
        let home = tempfile::tempdir().unwrap();
        run(Command::new("/bin/sh").args(["-c", script]), home.path(), limits)
    }

    #[test]
    fn output_comes_back_and_complaints_are_failures() {
        let limits = Limits::default();
        assert_eq!(sh("echo out; echo err >&2", &limits).unwrap(), "out\n");
        let failure = sh("echo 'Error: no' >&2; exit 1", &limits).unwrap_err();
        assert!(matches!(failure, Failure::Said(text) if text == "no"));
        assert!(matches!(sh("printf '\\377'", &limits), Err(Failure::NotText)));
    }

    #[test]
    fn limits_end_it() {
        let limits = Limits { time: Duration::from_millis(100), output: 1000, memory: 1 << 30 };
        let started = Instant::now();
        assert!(matches!(sh("exec /bin/sleep 20", &limits), Err(Failure::Time(_))));
        let endless = "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done";
        let limits = Limits { time: Duration::from_secs(20), ..limits };
        assert!(matches!(sh(endless, &limits), Err(Failure::Output(1000))));
        assert!(started.elapsed() < Duration::from_secs(15));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_ends_it() {
        let limits = Limits { time: Duration::from_secs(20), memory: 64 << 20, ..Limits::default() };
        let grows = "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done";
        assert!(matches!(sh(grows, &limits), Err(Failure::Memory(_))));
    }

    #[test]
    fn a_flood_of_complaints_does_not_stop_it() {
        let script = "i=0; while [ $i -lt 20000 ]; do echo complaint >&2; i=$((i+1)); done; echo done";
        assert_eq!(sh(script, &Limits::default()).unwrap(), "done\n");
    }
}
