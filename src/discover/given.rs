//! The paths that a run is given: what they are, and what is said of those that do not exist.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::path::{Component, Path, PathBuf};

use super::UsageError;
use super::walk::special;
use crate::system::plain;

/// A path that was given, and exists.
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// `-`
    Stdin,
    /// A file, or a stream that the shell made one (`<(…)`).
    File(Place),
    Folder(Place),
}

/// Where a given path is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The path without links and `..` in it.
    pub(super) path: PathBuf,
    /// The path as people know it; empty for the working directory.
    pub(super) shown: String,
    /// The last name in it, as given; `None` for `.` and `..`.
    pub(super) name: Option<OsString>,
}

impl Given {
    /// Looks at a path that was given.
    pub(super) fn of(path: &Path, cwd: &Path) -> Result<Self, UsageError> {
        if path == Path::new("-") {
            return Ok(Self::Stdin);
        }
        let full = cwd.join(path);
        let missing = |error| missing(path, cwd, &error);
        let metadata = fs::metadata(&full).map_err(missing)?;
        let name = match path.components().next_back() {
            Some(Component::Normal(name)) => Some(name.to_os_string()),
            _ => None,
        };
        if metadata.is_dir() {
            let path = fs::canonicalize(&full).map_err(missing)?;
            return Ok(Self::Folder(Place { shown: shown(&full, cwd), path, name }));
        }
        if !metadata.is_file() && !is_stream(&full) {
            let message = format!("{}: {}, not a file", path.display(), kind(&metadata));
            return Err(UsageError { message, help: Some("for a stream, use `-`: `… | meshlint -`".into()) });
        }
        let path = if metadata.is_file() { fs::canonicalize(&full).map_err(missing)? } else { full.clone() };
        Ok(Self::File(Place { shown: shown(&full, cwd), path, name }))
    }
}

fn kind(metadata: &Metadata) -> &'static str {
    special(metadata.file_type())
}

/// Whether a path stands for a file that the shell has opened already: opening it cannot wait for anybody.
fn is_stream(path: &Path) -> bool {
    ["/dev/stdin", "/dev/fd", "/proc/self/fd"].iter().any(|p| path.starts_with(p))
}

/// The path as people know it: relative to the working directory, with `/`; empty for that directory itself.
pub(super) fn shown(path: &Path, cwd: &Path) -> String {
    let rest = path.strip_prefix(cwd).unwrap_or(path);
    let plain: PathBuf = rest.components().filter(|c| *c != Component::CurDir).collect();
    let text = plain.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

/// A shown path as an argument that is plainly a path: `./clusters`.
pub(super) fn dotted(shown: &str) -> String {
    match shown {
        "" | "." => ".".into(),
        _ if shown.starts_with(['/', '.']) || shown.contains(':') => shown.into(),
        _ => format!("./{shown}"),
    }
}

fn missing(path: &Path, cwd: &Path, error: &std::io::Error) -> UsageError {
    if error.kind() != std::io::ErrorKind::NotFound {
        return UsageError { message: format!("{}: cannot be read: {}", path.display(), plain(error)), help: None };
    }
    let help = nearest(path, cwd).map(|near| format!("did you mean {}?", near.display()));
    UsageError { message: format!("{}: no such file or folder", path.display()), help }
}

/// The path with its first name that does not exist replaced by the nearest that does.
fn nearest(path: &Path, cwd: &Path) -> Option<PathBuf> {
    let components: Vec<Component<'_>> = path.components().collect();
    let mut there = PathBuf::new();
    for (i, component) in components.iter().enumerate() {
        let next = there.join(component);
        if cwd.join(&next).symlink_metadata().is_ok() {
            there = next;
            continue;
        }
        let wanted = component.as_os_str().to_string_lossy().to_lowercase();
        let similarity = |name: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &wanted);
        let mut names: Vec<String> = fs::read_dir(cwd.join(&there))
            .ok()?
            .flatten()
            .take(10_000)
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .filter(|n| !n.starts_with('.'))
            .collect();
        names.sort();
        let best = names.into_iter().map(|n| (similarity(&n), n)).filter(|(s, _)| *s >= 0.6);
        // The first of equals, so that it is always the same one.
        let (_, name) = best.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        let near = components[i + 1..].iter().fold(there.join(name), |p, c| p.join(c));
        let exists = cwd.join(&near).symlink_metadata().is_ok();
        let keeps_dot = path.starts_with(".") && !near.starts_with(".");
        return exists.then(|| if keeps_dot { Path::new(".").join(near) } else { near });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_working_directory() {
        let cwd = Path::new("/work/repo");
        for (path, expected) in [
            ("/work/repo/clusters/a.yaml", "clusters/a.yaml"),
            ("/work/repo", ""),
            ("/work/repo/./clusters/", "clusters"),
            ("/work/repo/../other", "../other"),
            ("/srv/x.yaml", "/srv/x.yaml"),
        ] {
            assert_eq!(shown(Path::new(path), cwd), expected);
        }
        assert_eq!([dotted(""), dotted("a/b"), dotted("../a"), dotted("/a")], [".", "./a/b", "../a", "/a"]);
    }
}
