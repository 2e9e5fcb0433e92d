//! Paths as programs elsewhere want them: as URIs, and as seen from the root of a checkout.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// A path with all that a URI does not take as it is percent-encoded; `/` stays.
pub(super) fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    for &b in path.as_bytes() {
        if b.is_ascii_alphanumeric() || b"/-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// Where paths are relative to: sources are named from the working directory, GitHub and GitLab know files from the root
/// of their checkout.
#[derive(Clone, Debug, Default)]
pub struct Root {
    /// Empty: sources keep their names.
    root: PathBuf,
    /// The working directory as seen from there, with `/` at its end; empty where it is the same.
    prefix: String,
}

impl Root {
    /// Seen from `root`, of what is in it; both without links.
    pub fn new(root: &Path, cwd: &Path) -> Self {
        let mut prefix = String::new();
        for part in cwd.strip_prefix(root).iter().flat_map(|below| below.components()) {
            prefix.push_str(&part.as_os_str().to_string_lossy());
            prefix.push('/');
        }
        Self { root: root.to_path_buf(), prefix }
    }

    /// A source's path from there.
    pub(super) fn path<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if Path::new(path).is_absolute() {
            let below = Path::new(path).strip_prefix(&self.root).ok().and_then(Path::to_str);
            return Cow::Borrowed(below.unwrap_or(path));
        }
        if self.prefix.is_empty() || path.starts_with('<') {
            return Cow::Borrowed(path);
        }
        let mut parts: Vec<&str> = self.prefix.trim_end_matches('/').split('/').collect();
        for part in Path::new(path).components() {
            match part {
                Component::ParentDir if parts.last().is_some_and(|p| *p != "..") => {
                    parts.pop();
                }
                Component::CurDir => {}
                other => parts.extend(other.as_os_str().to_str()),
            }
        }
        Cow::Owned(parts.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(encode("clusters/a b/é:%.yaml"), "clusters/a%20b/%C3%A9%3A%25.yaml");
    }

    #[test]
    fn paths_are_seen_from_the_root_of_the_checkout() {
        let root = Root::new(Path::new("/repo"), Path::new("/repo/deploy/prod"));
        assert_eq!(root.path("clusters/a.yaml"), "deploy/prod/clusters/a.yaml");
        assert_eq!(root.path("../base/a.yaml"), "deploy/base/a.yaml");
        assert_eq!(root.path("../../../x/a.yaml"), "../x/a.yaml");
        assert_eq!(root.path("/etc/a.yaml"), "/etc/a.yaml");
        assert_eq!(root.path("/repo/other/a.yaml"), "other/a.yaml");
        assert_eq!(root.path("<stdin>"), "<stdin>");
        for elsewhere in [Path::new("/repo"), Path::new("/other")] {
            assert_eq!(Root::new(Path::new("/repo"), elsewhere).path("a.yaml"), "a.yaml");
            assert_eq!(Root::new(Path::new("/repo"), elsewhere).path("/repo/a.yaml"), "a.yaml");
            assert_eq!(Root::default().path("/repo/a.yaml"), "/repo/a.yaml");
        }
    }
}
