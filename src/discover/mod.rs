//! Finding out which folder is which cluster, and which files each cluster applies.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::config::Settings;
use crate::source::{Source, Sources};
use crate::workspace::{ClusterFile, ClusterInput, Parsed, Workspace};

/// Why nothing can be checked: a mistake in how the program was called. The message is for standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError {
    /// What is wrong, without `error: ` before it.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Where a run looks.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The paths as given; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// The working directory: paths are shown relative to it.
    pub cwd: PathBuf,
}

/// Reads what the paths hold: which clusters there are, and their files, parsed.
///
/// # Errors
/// A path that does not exist, or nothing to check.
pub fn open(target: &Target, settings: &Settings) -> Result<Workspace, UsageError> {
    let _ = settings;
    let mut sources = Sources::default();
    let mut clusters = Vec::new();
    for path in &target.paths {
        let root = target.cwd.join(path);
        let mut folders: Vec<PathBuf> =
            std::fs::read_dir(&root).into_iter().flatten().flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
        folders.sort();
        for folder in folders {
            let mut files: Vec<PathBuf> = walkdir::WalkDir::new(&folder)
                .into_iter()
                .flatten()
                .map(|e| e.into_path())
                .filter(|p| p.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json"))
                .collect();
            files.sort();
            let read = |p: &PathBuf| Some((p.clone(), std::fs::read_to_string(p).ok()?));
            let texts: Vec<_> = files.par_iter().filter_map(read).collect();
            let mut input = ClusterInput {
                name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                root: shown(&folder, &target.cwd),
                ..ClusterInput::default()
            };
            for (path, text) in texts {
                let source = sources.add(Source::new(shown(&path, &target.cwd), text));
                input.files.push(ClusterFile { source, namespace: "default".into() });
            }
            clusters.push(input);
        }
    }
    let ids: Vec<_> = sources.iter().map(|(_, s)| s).collect();
    let streams =
        ids.par_iter().map(|s| Parsed { stream: crate::yaml::parse(s.text()), embedded: Vec::new() }).collect();
    Ok(Workspace { sources, streams, clusters, ..Workspace::default() })
}

fn shown(path: &Path, cwd: &Path) -> String {
    path.strip_prefix(cwd).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
