//! Which folder is which cluster, what is read of it, and what is said when there is nothing to read.

mod configured;
mod layout;
mod nothing;
mod reading;
#[cfg(unix)]
mod special;
mod walking;

use std::path::{Path, PathBuf};
use std::process::Command;

use meshlint::config::{ClusterSettings, Render, Rendering, Settings};
use meshlint::discover::{Target, UsageError, open};
use meshlint::workspace::{ClusterInput, Skipped, Workspace};
use tempfile::TempDir;

/// A Service of this name.
fn service(name: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  ports:\n  - port: 80\n")
}

/// A folder with these files; a file without a text is a Service named after it.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        write(dir.path(), path, text);
    }
    dir
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = if text.is_empty() { service(&name) } else { text.into() };
    std::fs::write(path, text).expect("written");
}

fn run(dir: &Path, paths: &[&str], settings: &Settings) -> Result<Workspace, UsageError> {
    open(&Target { paths: paths.iter().map(PathBuf::from).collect(), cwd: dir.to_path_buf() }, settings)
}

fn look(dir: &TempDir, paths: &[&str]) -> Workspace {
    run(dir.path(), paths, &Settings::default()).expect("something to check")
}

/// The settings of a run that makes nothing of kustomizations and charts.
fn unrendered() -> Settings {
    Settings { rendering: Rendering { mode: Render::Never, ..Rendering::default() }, ..Settings::default() }
}

fn error(dir: &TempDir, paths: &[&str]) -> String {
    run(dir.path(), paths, &Settings::default()).expect_err("nothing to check").to_string()
}

fn files(workspace: &Workspace, cluster: &ClusterInput) -> Vec<String> {
    cluster.files.iter().map(|f| workspace.sources.get(f.source).path.clone()).collect()
}

/// `name: file file …` of each cluster; `fleet name: …` where there are several fleets.
fn clusters(workspace: &Workspace) -> Vec<String> {
    let of = |c: &ClusterInput| {
        let fleet = if c.fleet.is_empty() { String::new() } else { format!("{} ", c.fleet) };
        format!("{fleet}{}: {}", c.name, files(workspace, c).join(" "))
    };
    workspace.clusters.iter().map(of).collect()
}

fn skipped(cluster: &ClusterInput) -> Vec<String> {
    let detail = |s: &Skipped| s.detail.as_ref().map(|d| format!(" ({d})")).unwrap_or_default();
    cluster.skipped.iter().map(|s| format!("{}: {}{}", s.path, s.reason, detail(s))).collect()
}

fn left_out(workspace: &Workspace) -> Vec<&str> {
    workspace.left_out.iter().map(|s| s.path.as_str()).collect()
}

#[track_caller]
fn assert_clusters(workspace: &Workspace, expected: &[&str]) {
    assert_eq!(clusters(workspace), expected, "understood as: {}", workspace.understood);
}
