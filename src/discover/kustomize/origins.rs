//! Where each object that Kustomize has built is from.
//!
//! Kustomize says it in an annotation. It is taken out of the output, since nobody has written it and nobody applies
//! it, and kept behind the output by paths from the root of the repository: the same in every copy of it.

use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::build::Build;
use super::closure::{Closure, Kustomizations};
use crate::discover::library::{Library, Objects};
use crate::discover::paths::Paths;
use crate::source::SourceId;
use crate::workspace::{At, Layer, Maker, Texts};

/// The annotation in which Kustomize says where an object is from.
const ORIGIN_LINE: &str = "config.kubernetes.io/origin: |";

/// What stands between the output and the origins: no YAML has it.
const END: char = '\0';

/// Where an object is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::discover) struct Origin {
    /// A file of resources, or the kustomization that generates it; from the root of the repository, with `/`.
    path: String,
    is_generated: bool,
}

/// What Kustomize printed, with the origins behind it: a line for each document.
pub(super) fn pack(text: &str, paths: &Paths) -> String {
    let (mut out, origins) = without_origins(text);
    out.push(END);
    for origin in origins {
        if let Some(Origin { path, is_generated }) = origin {
            let real = resolve(&path);
            out.push(if is_generated { 'g' } else { 'r' });
            out.push_str(&paths.inner(&real).to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"));
        }
        out.push('\n');
    }
    out
}

/// The output and the origins again.
pub(super) fn unpack(mut packed: String) -> (String, Vec<Option<Origin>>) {
    let Some(end) = packed.rfind(END) else { return (packed, Vec::new()) };
    let origin = |line: &str| {
        let path = line.get(1..)?.to_string();
        Some(Origin { path, is_generated: line.starts_with('g') })
    };
    let origins = packed[end + END.len_utf8()..].lines().map(origin).collect();
    packed.truncate(end);
    (packed, origins)
}

/// Takes the origins out of what Kustomize printed. One for each document.
fn without_origins(text: &str) -> (String, Vec<Option<Origin>>) {
    let mut out = String::with_capacity(text.len());
    let mut origins = vec![None];
    let mut lines = text.split_inclusive('\n').peekable();
    let mut in_metadata = false;
    while let Some(line) = lines.next() {
        if line.trim_end() == "---" {
            origins.push(None);
        }
        if !line.starts_with(' ') {
            in_metadata = line.trim_end() == "metadata:";
        }
        if !in_metadata || line.trim() != ORIGIN_LINE || !line.starts_with("    config") {
            out.push_str(line);
            continue;
        }
        while let Some(inner) = lines.next_if(|l| l.starts_with("      ")) {
            let inner = inner.trim();
            let field = |key: &str, is_generated| {
                inner.strip_prefix(key).map(|v| Origin { path: v.trim().to_string(), is_generated })
            };
            if let (Some(found), Some(last)) =
                (field("path: ", false).or_else(|| field("configuredIn: ", true)), origins.last_mut())
            {
                last.get_or_insert(found);
            }
        }
        // It may have been the only annotation.
        let more = lines.peek().is_some_and(|l| l.starts_with("    "));
        if !more && out.ends_with("\n  annotations:\n") {
            out.truncate(out.len() - "  annotations:\n".len());
        }
    }
    (out, origins)
}

/// A temporary folder as deep as the real ones.
fn nominal() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let parent = std::env::temp_dir();
        std::fs::canonicalize(&parent).unwrap_or(parent).join("x").join("build")
    })
}

/// The file that Kustomize means, seen from a temporary folder.
fn resolve(origin: &str) -> PathBuf {
    let mut out = nominal().to_path_buf();
    for part in Path::new(origin).components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::Normal(name) => out.push(name),
            _ => {}
        }
    }
    out
}

/// The way from what lies in the repository to the objects of a build.
#[derive(Debug)]
pub(in crate::discover) struct Way {
    /// What holds the fields that are put on top.
    on_top: Option<At>,
    /// The folder that is built.
    folder: PathBuf,
    boundary: PathBuf,
    closure: Closure,
    /// For each document; none where they are not known.
    origins: Vec<Option<Origin>>,
    objects: Objects,
    /// The files of resources, once they were asked for, with the kustomization that names each first.
    named_by: OnceLock<FxHashMap<PathBuf, Option<usize>>>,
}

impl Way {
    pub(in crate::discover) fn new(
        build: &Build,
        closure: Closure,
        origins: Vec<Option<Origin>>,
        all: &Kustomizations,
        library: &Library,
    ) -> Self {
        Self {
            on_top: build.overlay.at.clone(),
            folder: build.folder.clone(),
            boundary: all.paths().boundary().to_path_buf(),
            closure,
            origins,
            objects: library.objects.clone(),
            named_by: OnceLock::new(),
        }
    }

    /// The kustomization that names a file of resources first, where one does.
    fn named_by(&self, path: &Path) -> Option<usize> {
        let all = self.named_by.get_or_init(|| {
            let mut all = FxHashMap::default();
            for (path, index) in self.closure.resources() {
                all.entry(path.to_path_buf()).or_insert(index);
            }
            all
        });
        all.get(path).copied().flatten()
    }
}

impl Maker for Way {
    fn layers(&self, texts: Texts<'_>, source: SourceId, document: usize) -> Vec<Layer> {
        let Some(root) = texts.root(source, document) else { return Vec::new() };
        let mut layers = Vec::new();
        if let Some(at) = &self.on_top {
            layers.push(Layer::Kustomization { at: at.clone(), folder: self.folder.clone() });
        }
        let Some(Some(origin)) = self.origins.get(document) else { return layers };
        let path = self.boundary.join(&origin.path);
        let kustomization = |index: usize| {
            let k = self.closure.kustomizations.get(index)?;
            let at = At { source: *texts.files.get(&k.file)?, document: 0, pointer: String::new() };
            Some(Layer::Kustomization { at, folder: k.folder.clone() })
        };
        let acting = |index: Option<usize>| index.map(|i| self.closure.acting(i)).unwrap_or_default();
        if origin.is_generated {
            let own = self.closure.kustomizations.iter().position(|k| k.file == path);
            layers.extend(acting(own).into_iter().filter_map(kustomization));
            return layers;
        }
        layers.extend(acting(self.named_by(&path)).into_iter().filter_map(kustomization));
        let written = texts.files.get(&path).and_then(|id| self.objects.like(texts, *id, root));
        layers.extend(written.map(Layer::Object));
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::super::build::relative;
    use super::*;

    const TEXT: &str = "kind: A\nmetadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: ../a.yaml\n  name: a\n\
                        ---\nkind: B\nmetadata:\n  annotations:\n    a: b\n    config.kubernetes.io/origin: |\n      \
                        configuredIn: ../k.yaml\n      configuredBy:\n        kind: X\n    z: y\n  name: b\n---\nkind: C\n";

    #[test]
    fn origins_are_taken_out_and_kept_by_paths_in_the_repository() {
        let expected = "kind: A\nmetadata:\n  name: a\n---\nkind: B\nmetadata:\n  annotations:\n    a: b\n    z: y\n  \
                        name: b\n---\nkind: C\n";
        let packed = pack(TEXT, &Paths::new(resolve("..")));
        let origin = |path: &str, is_generated| Some(Origin { path: path.into(), is_generated });
        let origins = vec![origin("a.yaml", false), origin("k.yaml", true), None];
        assert_eq!(unpack(packed.clone()), (expected.into(), origins));
        let other = TEXT.replace("../", "../copy/");
        assert_eq!(pack(&other, &Paths::new(resolve("../copy"))), packed);
        assert_eq!(unpack("kind: A\n".into()), ("kind: A\n".into(), vec![]));
    }

    #[test]
    fn origins_lead_back() {
        let from = nominal();
        for path in ["/work/a/b.yaml", "/tmp/other/b.yaml"] {
            assert_eq!(resolve(&relative(from, Path::new(path))), Path::new(path));
        }
    }
}
