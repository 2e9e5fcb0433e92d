//! What lies beside each other: what no cluster applies, and folders of the same shape.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::skip::Why;
use super::walk::{Entry, Folder};
use crate::workspace::Skipped;

/// What is in `root` beside the `chosen` paths; what is shared is said to be so.
pub(super) fn list(root: &Folder, chosen: &[PathBuf], shared: &[Skipped]) -> Vec<Skipped> {
    let mut all = Vec::new();
    add(root, chosen, shared, &mut all);
    all
}

fn add(folder: &Folder, chosen: &[PathBuf], shared: &[Skipped], all: &mut Vec<Skipped>) {
    for entry in &folder.entries {
        let path = folder.path.join(entry.name());
        let shown = folder.shown_of(entry.name());
        if chosen.contains(&path) {
            continue;
        }
        if let Some(shared) = shared.iter().find(|s| s.path == shown) {
            all.push(shared.clone());
            continue;
        }
        match entry {
            Entry::Folder(inner) if chosen.iter().any(|c| c.starts_with(&path)) => add(inner, chosen, shared, all),
            Entry::Folder(inner) if holds_yaml(inner) => all.push(Why::BesideClusters.at(shown)),
            Entry::File { .. } if head(&path).contains("apiVersion") => all.push(Why::BesideClusters.at(shown)),
            Entry::Skipped { why, .. } => all.push(why.at(shown)),
            _ => {}
        }
    }
}

fn holds_yaml(folder: &Folder) -> bool {
    folder.files().any(|n| !Path::new(n).extension().is_some_and(|e| e.eq_ignore_ascii_case("json")))
        || folder.folders().any(holds_yaml)
}

/// Whether two folders have half of the smaller one's files in common, by their paths: the same thing twice.
pub(super) fn is_parallel(a: &Folder, b: &Folder) -> bool {
    let (a, b) = (paths(a), paths(b));
    let shared = a.intersection(&b).count();
    shared > 0 && 2 * shared >= a.len().min(b.len())
}

fn paths(folder: &Folder) -> BTreeSet<PathBuf> {
    fn add(folder: &Folder, at: &Path, all: &mut BTreeSet<PathBuf>) {
        all.extend(folder.files().map(|n| at.join(n)));
        folder.folders().for_each(|f| add(f, &at.join(&f.name), all));
    }
    let mut all = BTreeSet::new();
    add(folder, Path::new(""), &mut all);
    all
}

/// Whether a folder is named after the namespace of what is in it, by its first file.
pub(super) fn is_namespace(folder: &Folder) -> bool {
    let Some(first) = folder.files().next() else { return false };
    let head = head(&folder.path.join(first));
    head.lines()
        .any(|l| l.trim().strip_prefix("namespace:").is_some_and(|n| n.trim().trim_matches(['"', '\'']) == folder.name))
}

/// The first part of a file; empty where it cannot be read.
fn head(path: &Path) -> String {
    let mut bytes = Vec::new();
    if path.metadata().is_ok_and(|m| m.is_file()) {
        let _ = File::open(path).and_then(|f| f.take(64 << 10).read_to_end(&mut bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
