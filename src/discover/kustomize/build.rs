//! Building a folder with Kustomize, and where each object that comes out of it is from.
//!
//! What is built is a kustomization of ours, in a folder of its own, that has the wanted one as its only resource: it
//! asks for the origin of each object, and holds what Flux or Argo CD put on top.

use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::closure::{Closure, Kustomizations};
use super::file::{self, Target};
use crate::discover::library::Library;
use crate::discover::pointer::Overlay;
use crate::render::{Failure, Key, Programs, Tool};
use crate::workspace::{At, Layer};
use crate::yaml::Node;

/// A folder to build.
#[derive(Clone, Debug)]
pub(in crate::discover) struct Build {
    /// The folder, without links.
    pub(in crate::discover) folder: PathBuf,
    /// Where it has no kustomization: the files and folders that one would list.
    pub(in crate::discover) listed: Option<Vec<PathBuf>>,
    /// What is put on top, in this order.
    pub(in crate::discover) overlay: Overlay,
}

/// Whether fields of a kustomization ask for anything beside themselves: a file, a folder, the network.
pub(in crate::discover) fn asks_for_more(fields: &Map<String, Value>) -> bool {
    let nowhere = Path::new("/nowhere");
    let overlay = file::of_fields(nowhere, fields, nowhere);
    !overlay.entries.is_empty() || !overlay.problems.is_empty()
}

/// The annotation in which Kustomize says where an object is from.
const ORIGIN_LINE: &str = "config.kubernetes.io/origin: |";

impl Build {
    /// All that it reads.
    pub(in crate::discover) fn closure(&self, all: &Kustomizations) -> Closure {
        let overlay = file::of_fields(&self.folder, &self.overlay.fields, all.boundary());
        let listed = self.listed.as_deref().unwrap_or(std::slice::from_ref(&self.folder));
        let (mut folders, mut files): (Vec<&PathBuf>, Vec<&PathBuf>) = listed.iter().partition(|p| p.is_dir());
        let mut inputs = Vec::new();
        for entry in &overlay.entries {
            match &entry.target {
                Target::Folder(path) => folders.push(path),
                Target::Resource(path) => files.push(path),
                Target::File(path) => inputs.push(path.clone()),
            }
        }
        let mut closure = all.closure(folders.into_iter().map(PathBuf::as_path));
        closure.resources.extend(files.into_iter().map(|path| (path.clone(), None)));
        closure.files.append(&mut inputs);
        closure.problems.extend(overlay.problems);
        closure
    }

    /// Builds it; what comes out, and where each document of it is from.
    pub(in crate::discover) fn run(
        &self,
        all: &Kustomizations,
        closure: &Closure,
        programs: &Programs,
    ) -> Result<(String, Vec<Option<Origin>>), Failure> {
        let digest = all.digest(closure).ok_or_else(|| Failure::Io("one of its files can no longer be read".into()))?;
        let wrapper = |temporary: &Path| self.wrapper(temporary, closure).to_string();
        // Origins are relative to the temporary folder.
        let key = Key::new(Tool::Kustomize).add("wrapper", wrapper(nominal()).as_bytes()).add("content", &digest);
        Ok(without_origins(&programs.kustomize(&wrapper, key)?))
    }

    fn wrapper(&self, temporary: &Path, closure: &Closure) -> Value {
        let mut out = Map::new();
        out.insert("apiVersion".into(), "kustomize.config.k8s.io/v1beta1".into());
        out.insert("kind".into(), "Kustomization".into());
        let path = |p: &Path| relative(temporary, p);
        let own = closure.kustomizations.first().filter(|k| k.folder == self.folder);
        let main = if own.is_some_and(|k| k.is_component) { "components" } else { "resources" };
        let list: Vec<String> = match &self.listed {
            None => vec![path(&self.folder)],
            Some(list) => list.iter().map(|p| path(p)).collect(),
        };
        for (key, value) in &self.overlay.fields {
            out.insert(key.clone(), self.moved(key, value, temporary));
        }
        let mut all = out.remove(main).and_then(|v| v.as_array().cloned()).unwrap_or_default();
        all.extend(list.into_iter().map(Value::from));
        out.insert(main.into(), all.into());
        if let Some(mut openapi) = own.and_then(|k| k.openapi.clone()) {
            if let Some(file) = openapi.get("path").and_then(Value::as_str) {
                openapi["path"] = path(&self.folder.join(file)).into();
            }
            out.insert("openapi".into(), openapi);
        }
        out.insert("buildMetadata".into(), json!(["originAnnotations"]));
        Value::Object(out)
    }

    /// A field whose paths are relative to the folder, as it has to be for the temporary one.
    fn moved(&self, key: &str, value: &Value, temporary: &Path) -> Value {
        let path = |v: &Value| match v.as_str().and_then(|p| std::fs::canonicalize(self.folder.join(p)).ok()) {
            Some(real) => relative(temporary, &real).into(),
            None => v.clone(),
        };
        match (key, value) {
            ("components" | "resources", Value::Array(list)) => list.iter().map(path).collect(),
            ("patches" | "patchesJson6902" | "replacements", Value::Array(list)) => {
                let mut list = list.clone();
                for file in list.iter_mut().filter_map(|p| p.get_mut("path")) {
                    *file = path(file);
                }
                list.into()
            }
            _ => value.clone(),
        }
    }

    /// What made an object, last first. `root`: the object that was built.
    pub(in crate::discover) fn layers(
        &self,
        root: Node<'_>,
        origin: Option<&Origin>,
        closure: &Closure,
        library: &Library,
    ) -> Arc<[Layer]> {
        let mut layers = Vec::new();
        if let Some(at) = &self.overlay.at {
            layers.push(Layer::Kustomization { at: at.clone(), folder: self.folder.clone() });
        }
        let Some(origin) = origin else { return layers.into() };
        let path = resolve(&origin.path);
        let kustomization = |index: usize| {
            let k = closure.kustomizations.get(index)?;
            let at = At { source: library.file(&k.file)?, document: 0, pointer: String::new() };
            Some(Layer::Kustomization { at, folder: k.folder.clone() })
        };
        if origin.is_generated {
            if let Some(index) = closure.kustomizations.iter().position(|k| k.file == path) {
                layers.extend(closure.acting(index).into_iter().filter_map(kustomization));
            }
            return layers.into();
        }
        if let Some((_, Some(index))) = closure.resources.iter().find(|(p, _)| *p == path) {
            layers.extend(closure.acting(*index).into_iter().filter_map(kustomization));
        }
        layers.extend(library.file(&path).and_then(|id| library.object_like(id, root)).map(Layer::Object));
        layers.into()
    }
}

/// Where an object is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::discover) struct Origin {
    /// A file of resources, or the kustomization that generates it.
    path: String,
    is_generated: bool,
}

/// Takes the origins out of what Kustomize printed: nobody has written them, and nobody applies them. One for each
/// document.
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

/// The path from one folder to another, both without links.
fn relative(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

/// A source of the library that holds what was built: for findings that cannot be traced.
pub(in crate::discover) fn name(shown: &str) -> String {
    if shown.is_empty() { "kustomize build".into() } else { format!("{shown}/kustomize build") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_between_folders() {
        for (from, to, expected) in
            [("/tmp/x", "/work/a", "../../work/a"), ("/tmp/x", "/tmp/r/b", "../r/b"), ("/tmp/x", "/tmp", "..")]
        {
            assert_eq!(relative(Path::new(from), Path::new(to)), expected);
        }
    }

    #[test]
    fn origins_are_taken_out() {
        let text = "kind: A\nmetadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: ../a.yaml\n  name: a\n\
                    ---\nkind: B\nmetadata:\n  annotations:\n    a: b\n    config.kubernetes.io/origin: |\n      \
                    configuredIn: ../k.yaml\n      configuredBy:\n        kind: X\n    z: y\n  name: b\n";
        let expected =
            "kind: A\nmetadata:\n  name: a\n---\nkind: B\nmetadata:\n  annotations:\n    a: b\n    z: y\n  name: b\n";
        let origin = |path: &str, is_generated| Some(Origin { path: path.into(), is_generated });
        let origins = vec![origin("../a.yaml", false), origin("../k.yaml", true)];
        assert_eq!(without_origins(text), (expected.into(), origins));
    }

    #[test]
    fn origins_lead_back() {
        let from = nominal();
        for path in ["/work/a/b.yaml", "/tmp/other/b.yaml"] {
            assert_eq!(resolve(&relative(from, Path::new(path))), Path::new(path));
        }
    }
}
