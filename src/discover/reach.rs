//! Whether a run looks at the whole repository: only then something that is not found is not there.

use std::path::{Path, PathBuf};

use super::Target;
use crate::config::Settings;
use crate::workspace::Reach;

/// How much a run with these paths reads of what a run without any would read in the folder `root`, where the
/// configuration is.
pub(super) fn of(target: &Target, settings: &Settings, root: &Path) -> Reach {
    // What the configuration names is always read, whatever is given.
    if settings.file.as_ref().is_some_and(|f| f.names_clusters) {
        return Reach::Whole;
    }
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let all = real(&default_of(root));
    let clusters = settings.clusters.iter().flat_map(|c| &c.paths);
    let mut read: Vec<PathBuf> = clusters.chain(&target.paths).map(|p| real(&target.cwd.join(p))).collect();
    if read.is_empty() {
        read.push(real(&default_of(&target.cwd)));
    }
    if read.iter().any(|path| all.starts_with(path)) {
        Reach::Whole
    } else if all == *root {
        Reach::Unknown
    } else {
        Reach::Part
    }
}

/// What is read in a folder where nothing is given.
fn default_of(folder: &Path) -> PathBuf {
    let clusters = folder.join("clusters");
    if clusters.is_dir() { clusters } else { folder.to_path_buf() }
}
