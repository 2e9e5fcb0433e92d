//! Building a folder with Kustomize, and where each object that comes out of it is from.
//!
//! What is built is a kustomization of ours, in a folder of its own, that has the wanted one as its only resource: it
//! asks for the origin of each object, and holds what Flux or Argo CD put on top.

use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value, json};

use super::closure::{Closure, Kustomizations};
use super::file::{self, Target};
use super::origins::{self, Origin};
use crate::discover::library::Library;
use crate::discover::paths::Paths;
use crate::discover::pointer::Overlay;
use crate::render::{Failure, Key, Programs, Tool};

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
    let overlay = file::of_fields(nowhere, fields, &Paths::new(nowhere.into()));
    !overlay.entries.is_empty() || !overlay.problems.is_empty()
}

impl Build {
    /// All that it reads.
    pub(in crate::discover) fn closure(&self, all: &Kustomizations) -> Closure {
        let overlay = file::of_fields(&self.folder, &self.overlay.fields, all.paths());
        let listed = self.listed.as_deref().unwrap_or(std::slice::from_ref(&self.folder));
        let is_folder = |p: &&PathBuf| all.paths().real(p, ".").is_some_and(|real| real.is_dir());
        let (folders, files): (Vec<&PathBuf>, Vec<&PathBuf>) = listed.iter().partition(is_folder);
        let (more, others): (Vec<Target>, Vec<Target>) =
            overlay.entries.into_iter().map(|e| e.target).partition(|t| matches!(t, Target::Folder(_)));
        let folders = folders.into_iter().map(PathBuf::as_path).chain(more.iter().map(Target::path));
        let mut closure = all.closure(folders);
        closure.others = files.into_iter().cloned().map(Target::Resource).chain(others).collect();
        closure.problems.extend(overlay.problems);
        closure
    }

    /// Builds it; what comes out, and where each document of it is from.
    pub(in crate::discover) fn run(
        &self,
        all: &Kustomizations,
        closure: &Closure,
        programs: &Programs,
        library: &Library,
    ) -> Result<(String, Vec<Option<Origin>>), Failure> {
        let unread = || Failure::Io("one of its files can no longer be read".into());
        let digest = all.digest(closure, library).ok_or_else(unread)?;
        let wrapper = |temporary: &Path| self.wrapper(temporary, closure, all.paths()).to_string();
        // As if it lay in the repository: so that what is kept is good for every copy of that.
        let here = wrapper(&all.paths().boundary().join("build"));
        let key = Key::new(Tool::Kustomize).add("wrapper", here.as_bytes()).add("content", &digest);
        let kept = programs.kustomize(&wrapper, key, &|text| origins::pack(&text, all.paths()))?;
        Ok(origins::unpack(kept))
    }

    fn wrapper(&self, temporary: &Path, closure: &Closure, paths: &Paths) -> Value {
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
            out.insert(key.clone(), self.moved(key, value, temporary, paths));
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
    fn moved(&self, key: &str, value: &Value, temporary: &Path, paths: &Paths) -> Value {
        let path = |v: &Value| match v.as_str().and_then(|p| paths.real(&self.folder, p)) {
            Some(real) => relative(temporary, &real.path).into(),
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
}

/// The path from one folder to another, both without links.
pub(super) fn relative(from: &Path, to: &Path) -> String {
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
}
