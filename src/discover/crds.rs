//! Folders of CustomResourceDefinitions (`--crds`).

use std::path::{Path, PathBuf};

use super::UsageError;
use super::walk::is_manifest_name;
use crate::config::Settings;
use crate::source::Source;
use crate::workspace::{MAX_BYTES, Parsed};

/// Reads the manifests in the folders and files that the settings name.
///
/// # Errors
/// A path that does not exist, or a file that cannot be read.
pub(super) fn read(settings: &Settings, cwd: &Path) -> Result<Vec<(Source, Parsed)>, UsageError> {
    let mut all = Vec::new();
    for path in &settings.crds {
        for file in files(&cwd.join(path), path)? {
            let bytes = std::fs::read(&file).map_err(|e| unreadable(&file, &e))?;
            all.push(Parsed::read(file.to_string_lossy().into_owned(), bytes, &settings.variables));
        }
    }
    Ok(all)
}

/// The manifests below a path, links not followed.
fn files(path: &Path, given: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let mut files = Vec::new();
    for entry in ignore::WalkBuilder::new(path).standard_filters(false).build() {
        let entry = entry.map_err(|e| unreadable(given, &e))?;
        let is_file = entry.file_type().is_some_and(|t| t.is_file());
        let is_small = || entry.metadata().is_ok_and(|m| m.len() <= MAX_BYTES);
        if is_file && (is_manifest_name(entry.file_name()) || entry.depth() == 0) && is_small() {
            files.push(entry.into_path());
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> UsageError {
    UsageError { message: format!("--crds {}: {error}", path.display()), help: None }
}
