//! What a `kustomize build` reads: the kustomization, those it builds on, and their files. Known before anything is run,
//! so that what is outside of the repository, or on the network, is never asked for, and a result can be kept by the
//! content of all of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustc_hash::{FxHashMap, FxHashSet};

use super::file::{self, Kustomization, Target};
use super::problem::Problem;

/// The deepest nesting of kustomizations that is built.
const MAX_DEPTH: usize = 64;

/// The most files that one build reads.
const MAX_FILES: usize = 20_000;

/// The content of something, as a hash.
pub(in crate::discover) type Digest = [u8; 32];

/// All kustomizations that have been looked at, each read once.
pub(in crate::discover) struct Kustomizations {
    /// Nothing outside of this folder is read.
    boundary: PathBuf,
    read: Mutex<FxHashMap<PathBuf, Option<Arc<Kustomization>>>>,
    digests: Mutex<FxHashMap<PathBuf, Option<Digest>>>,
}

/// What one build reads.
#[derive(Default)]
pub(in crate::discover) struct Closure {
    /// The kustomizations, the one that is built first.
    pub(in crate::discover) kustomizations: Vec<Arc<Kustomization>>,
    /// Files that hold resources, with the kustomization that names them, where one does.
    pub(in crate::discover) resources: Vec<(PathBuf, Option<usize>)>,
    /// For each kustomization, the one that builds on it.
    pub(in crate::discover) above: Vec<Option<usize>>,
    /// All other files.
    pub(in crate::discover) files: Vec<PathBuf>,
    /// Why it is not built.
    pub(in crate::discover) problems: Vec<Problem>,
}

impl Kustomizations {
    pub(in crate::discover) fn new(boundary: PathBuf) -> Self {
        Self { boundary, read: Mutex::default(), digests: Mutex::default() }
    }

    /// The folder that nothing outside of is read.
    pub(in crate::discover) fn boundary(&self) -> &Path {
        &self.boundary
    }

    /// The kustomization of a folder, a path without links in it; `None` where it has none.
    pub(in crate::discover) fn of(&self, folder: &Path) -> Option<Arc<Kustomization>> {
        if let Some(known) = self.read.lock().ok()?.get(folder) {
            return known.clone();
        }
        let read = file::read(folder, &self.boundary).map(Arc::new);
        self.read.lock().ok()?.insert(folder.to_path_buf(), read.clone());
        read
    }

    /// What a build of these folders reads; components among them are put on top of the others.
    pub(in crate::discover) fn closure<'p>(&self, folders: impl IntoIterator<Item = &'p Path>) -> Closure {
        let mut closure = Closure::default();
        for folder in folders {
            self.add(folder, None, &mut Vec::new(), &mut closure);
        }
        let mut seen = FxHashSet::default();
        closure.files.retain(|f| seen.insert(f.clone()));
        closure
    }

    fn add(&self, folder: &Path, above: Option<usize>, open: &mut Vec<PathBuf>, closure: &mut Closure) {
        let Some(kustomization) = self.of(folder) else { return };
        if open.len() >= MAX_DEPTH || closure.kustomizations.len() + closure.files.len() > MAX_FILES {
            closure.problems.push(Problem::refused(&kustomization.file, "it builds on too many others"));
            return;
        }
        closure.problems.extend(kustomization.problems.iter().cloned());
        let index = closure.kustomizations.len();
        closure.kustomizations.push(kustomization.clone());
        closure.above.push(above);
        open.push(folder.to_path_buf());
        for entry in &kustomization.entries {
            match &entry.target {
                Target::Folder(inner) if open.contains(inner) => {
                    let what = "it builds on itself";
                    closure.problems.push(Problem::broken(&kustomization.file, entry.span, what.into()));
                }
                Target::Folder(inner) => self.add(inner, Some(index), open, closure),
                Target::Resource(path) => closure.resources.push((path.clone(), Some(index))),
                Target::File(path) => closure.files.push(path.clone()),
            }
        }
        open.pop();
    }

    /// A hash of all that a build of this closure reads; `None` where a file cannot be read.
    pub(in crate::discover) fn digest(&self, closure: &Closure) -> Option<Digest> {
        let mut hasher = blake3::Hasher::new();
        let mut add = |path: &Path| -> Option<()> {
            let name = path.as_os_str().as_encoded_bytes();
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name);
            hasher.update(&self.digest_of(path)?);
            Some(())
        };
        closure.kustomizations.iter().try_for_each(|k| add(&k.file))?;
        closure.resources.iter().try_for_each(|(path, _)| add(path))?;
        closure.files.iter().try_for_each(|path| add(path))?;
        Some(*hasher.finalize().as_bytes())
    }

    fn digest_of(&self, path: &Path) -> Option<Digest> {
        if let Some(known) = self.digests.lock().ok()?.get(path) {
            return *known;
        }
        let digest = std::fs::read(path).ok().map(|bytes| *blake3::hash(&bytes).as_bytes());
        self.digests.lock().ok()?.insert(path.to_path_buf(), digest);
        digest
    }
}

impl Closure {
    /// The kustomizations that have a say in what the one of this index gives: itself, and those that build on it, the
    /// last one to act first; components act between the resources and the kustomization that names them.
    pub(in crate::discover) fn acting(&self, index: usize) -> Vec<usize> {
        let mut chain = vec![index];
        let mut at = index;
        while let Some(above) = self.above[at] {
            chain.push(above);
            at = above;
        }
        let mut all = Vec::new();
        for &k in chain.iter().rev() {
            all.push(k);
            // In the order of the list: those named last act last.
            let components =
                (0..self.kustomizations.len()).rev().filter(|&c| self.above[c] == Some(k) && !chain.contains(&c));
            all.extend(components.filter(|&c| self.kustomizations[c].is_component));
        }
        // Components that are put on top of the whole.
        let is_on_top = |c: &usize| self.above[*c].is_none() && self.kustomizations[*c].is_component;
        let on_top = (1..self.kustomizations.len()).filter(|c| is_on_top(c) && !chain.contains(c));
        on_top.chain(all).collect()
    }
}
