//! Kustomize: a folder with a kustomization applies what is built from it, not its files.

mod build;
mod closure;
mod file;
mod problem;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(super) use build::{Build, Origin, asks_for_more, name};
pub(super) use closure::{Closure, Kustomizations};
pub(super) use file::Target;
pub(super) use problem::{Kind, Problem};

/// The names under which Kustomize looks for its file.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether a file is a kustomization by its name.
pub(super) fn is_kustomization(name: &OsStr) -> bool {
    NAMES.iter().any(|n| name == *n)
}

/// Whether Kustomize builds a folder with such files.
pub(super) fn is_built(folder: &Path, has: &dyn Fn(&str) -> bool) -> bool {
    NAMES.iter().any(|name| has(name) && !is_of_flux(&folder.join(name)))
}

/// Whether Kustomize builds a folder.
pub(super) fn is_folder(folder: &Path) -> bool {
    is_built(folder, &|name| folder.join(name).is_file())
}

/// Flux has a kind `Kustomization` of its own, and some keep it in a file of that name: that is a plain manifest.
fn is_of_flux(path: &Path) -> bool {
    if !path.metadata().is_ok_and(|m| m.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|f| f.take(64 << 10).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    let says = |version: &str| head.lines().any(|l| l.strip_prefix("apiVersion:").is_some_and(|v| v.contains(version)));
    read.is_ok() && says("kustomize.toolkit.fluxcd.io/") && !says("kustomize.config.k8s.io/")
}
