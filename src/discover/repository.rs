//! Which repository a URL names.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Whether two URLs name the same repository: `https://`, `ssh://` and `git@host:path` ones, with or without `.git`.
pub(super) fn same(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

/// `host/path`, without user, port, and `.git`.
fn plain(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split_once('@').filter(|(user, _)| !user.contains('/')).map_or(rest, |(_, rest)| rest);
    let (host, path) = match (rest.split_once('/'), rest.split_once(':')) {
        // `host:path`, and not `host:22/path`
        (slash, Some((host, path))) if slash.is_none_or(|(h, _)| h.len() > host.len()) => {
            let digits = path.split('/').next().is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
            (host, if digits { path.split_once('/').map_or("", |(_, p)| p) } else { path })
        }
        (Some((host, path)), _) => (host, path),
        _ => (rest, ""),
    };
    let path = path.trim_matches('/').trim_end_matches(".git").trim_end_matches('/');
    format!("{}/{}", host.to_ascii_lowercase(), path.to_ascii_lowercase())
}

/// The URLs of a checkout's remotes.
pub(crate) fn remotes(root: &Path) -> Vec<String> {
    let mut text = String::new();
    let read = File::open(root.join(".git/config")).and_then(|f| f.take(64 << 10).read_to_string(&mut text));
    if read.is_err() {
        return Vec::new();
    }
    let urls = text.lines().filter_map(|l| l.trim().strip_prefix("url")?.trim_start().strip_prefix('='));
    urls.map(|u| u.trim().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_one_repository() {
        for url in [
            "https://github.com/Org/repo",
            "https://github.com/org/repo.git/",
            "git@github.com:org/repo.git",
            "ssh://git@github.com/org/repo",
            "ssh://git@github.com:22/org/repo.git",
            "https://user:token@github.com/org/repo",
        ] {
            assert!(same(url, "https://github.com/org/repo"), "{url}");
        }
        assert!(!same("https://github.com/org/repo2", "https://github.com/org/repo"));
        assert!(!same("https://gitlab.com/org/repo", "https://github.com/org/repo"));
    }
}
