//! What a `kustomize build` reads: the kustomization, those it builds on, and their files. Known before anything is run,
//! so that what is outside of the repository, or on the network, is never asked for, and a result can be kept by the
//! content of all of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustc_hash::{FxHashMap, FxHashSet};

use super::file::{self, Kustomization, Target};
use super::problem::Problem;
use crate::discover::library::{Digest, Library};
use crate::discover::paths::Paths;

/// The deepest nesting of kustomizations that is built.
const MAX_DEPTH: usize = 64;

/// The most files that one build reads.
const MAX_FILES: usize = 20_000;

/// All kustomizations that have been looked at, each read once.
pub(in crate::discover) struct Kustomizations {
    paths: Arc<Paths>,
    read: Mutex<FxHashMap<PathBuf, Option<Arc<Kustomization>>>>,
    digests: Mutex<FxHashMap<PathBuf, Option<Digest>>>,
}

/// What one build reads.
#[derive(Debug, Default)]
pub(in crate::discover) struct Closure {
    /// The kustomizations, the one that is built first.
    pub(in crate::discover) kustomizations: Vec<Arc<Kustomization>>,
    /// For each kustomization, the one that builds on it.
    pub(in crate::discover) above: Vec<Option<usize>>,
    /// What no kustomization names: what is listed in the place of one, and what is put on top names.
    pub(in crate::discover) others: Vec<Target>,
    /// Why it is not built.
    pub(in crate::discover) problems: Vec<Problem>,
    /// How much it reads beside resources.
    size: usize,
}

impl Kustomizations {
    pub(in crate::discover) fn new(paths: Arc<Paths>) -> Self {
        Self { paths, read: Mutex::default(), digests: Mutex::default() }
    }

    pub(in crate::discover) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The kustomization of a folder, a path without links in it; `None` where it has none.
    pub(in crate::discover) fn of(&self, folder: &Path) -> Option<Arc<Kustomization>> {
        if let Some(known) = self.read.lock().ok()?.get(folder) {
            return known.clone();
        }
        let read = file::read(folder, &self.paths).map(Arc::new);
        self.read.lock().ok()?.insert(folder.to_path_buf(), read.clone());
        read
    }

    /// Whether Kustomize builds a folder.
    pub(in crate::discover) fn build(&self, folder: &Path) -> bool {
        self.of(folder).is_some_and(|k| !k.is_of_flux)
    }

    /// What a build of these folders reads; components among them are put on top of the others.
    pub(in crate::discover) fn closure<'p>(&self, folders: impl IntoIterator<Item = &'p Path>) -> Closure {
        let mut closure = Closure::default();
        for folder in folders {
            self.add(folder, None, &mut Vec::new(), &mut closure);
        }
        closure
    }

    fn add(&self, folder: &Path, above: Option<usize>, open: &mut Vec<PathBuf>, closure: &mut Closure) {
        let Some(kustomization) = self.of(folder) else { return };
        if open.len() >= MAX_DEPTH || closure.size > MAX_FILES {
            closure.problems.push(Problem::refused(&kustomization.file, "it builds on too many others"));
            return;
        }
        closure.problems.extend(kustomization.problems.iter().cloned());
        let index = closure.kustomizations.len();
        closure.kustomizations.push(kustomization.clone());
        closure.above.push(above);
        closure.size += 1;
        open.push(folder.to_path_buf());
        for entry in &kustomization.entries {
            match &entry.target {
                Target::Folder(inner) if open.contains(inner) => {
                    let what = "it builds on itself";
                    closure.problems.push(Problem::broken(&kustomization.file, entry.span, what.into()));
                }
                Target::Folder(inner) => self.add(inner, Some(index), open, closure),
                Target::Resource(_) => {}
                Target::File(_) => closure.size += 1,
            }
        }
        open.pop();
    }

    /// A hash of all that a build of this closure reads, the same in every copy of the repository; `None` where a file
    /// cannot be read.
    pub(in crate::discover) fn digest(&self, closure: &Closure, library: &Library) -> Option<Digest> {
        let mut hasher = blake3::Hasher::new();
        for kustomization in &closure.kustomizations {
            let digest = kustomization.digest.get_or_init(|| self.digest_of(kustomization, library));
            hasher.update(&(*digest)?);
        }
        closure.others.iter().try_for_each(|target| self.add_target(&mut hasher, target, library))?;
        Some(*hasher.finalize().as_bytes())
    }

    /// A kustomization and the files that it names; others that it builds on are in the closure themselves.
    fn digest_of(&self, kustomization: &Kustomization, library: &Library) -> Option<Digest> {
        let mut hasher = blake3::Hasher::new();
        self.add_path(&mut hasher, &kustomization.file);
        hasher.update(&kustomization.content);
        kustomization.entries.iter().try_for_each(|e| self.add_target(&mut hasher, &e.target, library))?;
        Some(*hasher.finalize().as_bytes())
    }

    fn add_target(&self, hasher: &mut blake3::Hasher, target: &Target, library: &Library) -> Option<()> {
        self.add_path(hasher, target.path());
        if !matches!(target, Target::Folder(_)) {
            hasher.update(&self.content(target.path(), library)?);
        }
        Some(())
    }

    fn add_path(&self, hasher: &mut blake3::Hasher, path: &Path) {
        let name = self.paths.inner(path).as_os_str().as_encoded_bytes();
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name);
    }

    /// The hash of a file's content.
    fn content(&self, path: &Path, library: &Library) -> Option<Digest> {
        if let Some(known) = library.file(path).and_then(|id| library.facts(id).digest) {
            return Some(known);
        }
        if let Some(known) = self.digests.lock().ok()?.get(path) {
            return *known;
        }
        // Piece by piece: the file may be longer than the memory.
        let mut hasher = blake3::Hasher::new();
        let read = std::fs::File::open(path).and_then(|file| hasher.update_reader(file).map(drop));
        let digest = read.ok().map(|()| *hasher.finalize().as_bytes());
        self.digests.lock().ok()?.insert(path.to_path_buf(), digest);
        digest
    }
}

/// All that some builds read beside their kustomizations, each once.
pub(in crate::discover) fn targets(closures: &[Closure]) -> FxHashSet<&Target> {
    // Many build on the same ones.
    let mut seen = FxHashSet::default();
    let kustomizations = closures.iter().flat_map(|c| &c.kustomizations).filter(|k| seen.insert(Arc::as_ptr(k)));
    let named = kustomizations.flat_map(|k| k.entries.iter().map(|e| &e.target));
    named.chain(closures.iter().flat_map(|c| &c.others)).collect()
}

impl Closure {
    /// All that it names, with the kustomization that does, where one does.
    pub(in crate::discover) fn targets(&self) -> impl Iterator<Item = (&Target, Option<usize>)> {
        let named = |(index, k)| {
            let k: &Arc<Kustomization> = k;
            k.entries.iter().map(move |e| (&e.target, Some(index)))
        };
        self.kustomizations.iter().enumerate().flat_map(named).chain(self.others.iter().map(|t| (t, None)))
    }

    /// The files that hold resources, with the kustomization that names them, where one does.
    pub(in crate::discover) fn resources(&self) -> impl Iterator<Item = (&Path, Option<usize>)> {
        self.targets()
            .filter_map(|(t, index)| if let Target::Resource(path) = t { Some((&**path, index)) } else { None })
    }

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
