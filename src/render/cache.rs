//! Results of programs, kept by the content of all that they read.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use super::programs::Tool;

/// Counts changes of what is kept, or of how programs are called.
const FORMAT: &[u8] = b"1";

/// How long an entry is kept that nothing asks for.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How often old entries are looked for.
const SWEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// The most bytes that are kept.
const MAX_BYTES: u64 = 1 << 30;

/// What a result depends on.
#[derive(Clone)]
pub struct Key(blake3::Hasher);

impl Key {
    /// The key of a result of this tool, without input yet.
    pub fn new(tool: Tool) -> Self {
        Self(blake3::Hasher::new()).add("format", FORMAT).add("tool", tool.to_string().as_bytes())
    }

    /// With one more input.
    #[must_use]
    pub fn add(mut self, label: &str, input: &[u8]) -> Self {
        // With their lengths, so that no two inputs can run together.
        for part in [label.as_bytes(), input] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
        self
    }

    fn name(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

/// The folder in which results are kept.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    /// The first thing that could not be written, and why.
    problem: Arc<OnceLock<String>>,
}

impl Cache {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, problem: Arc::default() }
    }

    fn path(&self, key: &Key) -> PathBuf {
        let name = key.name();
        let (first, rest) = name.split_at(2);
        self.folder.join(first).join(rest)
    }

    /// What is kept for a key; `None` where nothing is, or something damaged.
    pub(super) fn get(&self, key: &Key) -> Option<String> {
        let path = self.path(key);
        let mut bytes = fs::read(&path).ok()?;
        let end = bytes.len().checked_sub(blake3::OUT_LEN)?;
        if blake3::hash(&bytes[..end]).as_bytes() != &bytes[end..] {
            return None;
        }
        bytes.truncate(end);
        // So that the sweep sees that it is still asked for, at little cost.
        let is_old = fs::metadata(&path).and_then(|m| m.modified()).is_ok_and(|t| age(t) > SWEEP);
        if is_old && let Ok(file) = fs::File::options().append(true).open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        String::from_utf8(bytes).ok()
    }

    /// Why nothing is kept, where that failed.
    pub(super) fn problem(&self) -> Option<String> {
        self.problem.get().cloned()
    }

    /// Keeps a result. A cache that cannot be written is none: nothing fails.
    pub(super) fn put(&self, key: &Key, text: &str) {
        let path = self.path(key);
        let Some(folder) = path.parent() else { return };
        let written = fs::create_dir_all(folder).and_then(|()| {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.write_all(blake3::hash(text.as_bytes()).as_bytes())?;
            file.persist(&path).map_err(|e| e.error)
        });
        match written {
            Ok(_) => self.sweep(),
            Err(e) => {
                self.problem.get_or_init(|| format!("{}: {e}", self.folder.display()));
            }
        }
    }

    /// Removes what nothing has asked for in a long time, and the oldest entries of too many.
    fn sweep(&self) {
        let marker = self.folder.join("swept");
        if fs::metadata(&marker).and_then(|m| m.modified()).is_ok_and(|t| age(t) < SWEEP) {
            return;
        }
        if fs::write(&marker, "").is_err() {
            return;
        }
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for folder in list(&self.folder) {
            for path in list(&folder) {
                if let Ok(data) = fs::symlink_metadata(&path)
                    && data.is_file()
                {
                    entries.push((data.modified().unwrap_or(SystemTime::UNIX_EPOCH), data.len(), path));
                }
            }
        }
        entries.sort_by_key(|(time, ..)| std::cmp::Reverse(*time));
        let mut total = 0;
        for (time, bytes, path) in entries {
            total += bytes;
            if age(time) > KEPT || total > MAX_BYTES {
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn list(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect()
}

fn age(time: SystemTime) -> Duration {
    time.elapsed().unwrap_or_default()
}

/// The user's own cache folder for meshlint, by the conventions of the system; `None` where none is known.
pub fn default_dir() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let home = || absolute("HOME");
    let base = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|h| h.join("Library/Caches"))
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| home().map(|h| h.join(".cache")))
    };
    base.map(|b| b.join("meshlint"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::new(Tool::Kustomize).add("content", text.as_bytes())
    }

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("new"));
        assert_eq!(cache.get(&key("a")), None);
        cache.put(&key("a"), "text");
        assert_eq!(cache.get(&key("a")).as_deref(), Some("text"));
        assert_eq!(cache.get(&key("b")), None);
        let path = cache.path(&key("a"));
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.get(&key("a")), None);
        fs::write(&path, "cut").unwrap();
        assert_eq!(cache.get(&key("a")), None);
    }

    #[test]
    fn inputs_do_not_run_together() {
        let name =
            |parts: &[(&str, &str)]| parts.iter().fold(Key::new(Tool::Helm), |k, (l, i)| k.add(l, i.as_bytes())).name();
        assert_ne!(name(&[("a", "bc")]), name(&[("ab", "c")]));
        assert_ne!(name(&[("a", "b"), ("c", "d")]), name(&[("a", "bcd")]));
    }

    #[test]
    fn old_entries_go() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_path_buf());
        cache.put(&key("old"), "x");
        let old = SystemTime::now() - KEPT - Duration::from_secs(60);
        for path in [cache.path(&key("old")), folder.path().join("swept")] {
            fs::File::options().append(true).open(path).unwrap().set_modified(old).unwrap();
        }
        cache.put(&key("new"), "y");
        assert!(!cache.path(&key("old")).exists() && cache.path(&key("new")).exists());
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let cache = Cache::new(file);
        assert_eq!(cache.problem(), None);
        cache.put(&key("a"), "x");
        assert_eq!(cache.get(&key("a")), None);
        assert!(cache.problem().is_some_and(|p| p.contains("file: ")));
    }
}
