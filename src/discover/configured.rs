//! The clusters whose paths the configuration or the command line gives: these win over everything.

use std::path::Path;

use ignore::gitignore::Gitignore;

use super::UsageError;
use super::collect::{Collected, Found};
use super::given::Given;
use super::layout::{Draft, Layout};
use super::walk::Walker;
use crate::config::{ClusterSettings, Settings};
use crate::workspace::Workspace;

/// The clusters that have paths of their own.
pub(super) fn lay_out(settings: &Settings, cwd: &Path, excludes: &Gitignore) -> Result<Layout, UsageError> {
    let mut layout = Layout::default();
    for cluster in settings.clusters.iter().filter(|c| !c.paths.is_empty()) {
        layout.drafts.push(draft(cluster, cwd, excludes)?);
    }
    if !layout.drafts.is_empty() {
        layout.understood.push("the clusters that the configuration names".into());
    }
    Ok(layout)
}

/// Says which clusters of the configuration are not among those that were found: a name may be mistyped.
pub(super) fn say_missing(settings: &Settings, workspace: &mut Workspace) {
    let is_missing = |c: &&ClusterSettings| workspace.clusters.iter().all(|found| found.name != c.name);
    let missing: Vec<String> = settings.clusters.iter().filter(is_missing).map(|c| format!("`{}`", c.name)).collect();
    if !missing.is_empty() {
        workspace.understood += &format!("; the configuration names {}, not found here", missing.join(", "));
    }
}

fn draft(cluster: &ClusterSettings, cwd: &Path, excludes: &Gitignore) -> Result<Draft, UsageError> {
    let mut draft = Draft { name: cluster.name.clone(), why: "named by the configuration".into(), ..Draft::default() };
    let mut roots = Vec::new();
    for path in &cluster.paths {
        let given = Given::of(path, cwd).map_err(|e| e.of_cluster(&cluster.name))?;
        let mut found = Collected::default();
        let (path, shown) = match given {
            Given::Stdin => {
                found.files.push(Found { path: "-".into(), shown: "<stdin>".into(), link: false });
                ("-".into(), "-".into())
            }
            Given::File(place) => {
                found.files.push(Found { path: place.path.clone(), shown: place.shown.clone(), link: false });
                (place.path, place.shown)
            }
            Given::Folder(place) => {
                let tree = Walker::new(excludes).walk(&place.path, place.shown.clone(), String::new());
                found.folder(&tree);
                (place.path, if place.shown.is_empty() { ".".into() } else { place.shown })
            }
        };
        draft.found.append(found);
        draft.paths.push(path);
        roots.push(shown);
    }
    draft.root = roots.join(", ");
    Ok(draft)
}

impl UsageError {
    /// Says which cluster's path it is about.
    fn of_cluster(self, name: &str) -> Self {
        Self { message: format!("cluster {name}: {}", self.message), help: self.help }
    }
}
