//! Kustomize: a folder with a kustomization applies what is built from it, not its files.

mod build;
mod closure;
mod file;
mod origins;
mod problem;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(super) use build::{Build, asks_for_more, name};
pub(super) use closure::{Closure, Kustomizations, targets};
pub(super) use file::{Kustomization, Target};
pub(super) use origins::Way;
pub(super) use problem::{Kind, Problem};

/// The names under which Kustomize looks for its file.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether a file is a kustomization by its name.
pub(super) fn is_kustomization(name: &OsStr) -> bool {
    NAMES.iter().any(|n| name == *n)
}

/// Whether Kustomize builds a folder with such files.
pub(super) fn is_built(folder: &Path, has: &dyn Fn(&str) -> bool) -> bool {
    NAMES.iter().any(|name| has(name) && !is_file_of_flux(&folder.join(name)))
}

/// Flux has a kind `Kustomization` of its own, and some keep it in a file of that name: that is a plain manifest.
fn is_of_flux(text: &str) -> bool {
    let says = |version: &str| text.lines().any(|l| l.strip_prefix("apiVersion:").is_some_and(|v| v.contains(version)));
    says("kustomize.toolkit.fluxcd.io/") && !says("kustomize.config.k8s.io/")
}

fn is_file_of_flux(path: &Path) -> bool {
    if !path.metadata().is_ok_and(|m| m.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|f| f.take(64 << 10).read_to_end(&mut head));
    read.is_ok() && is_of_flux(&String::from_utf8_lossy(&head))
}
