//! Reading the files of all clusters, in parallel, each once.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::collect::Found;
use super::skip::Why;
use super::walk::special;
use super::{argo, flux};
use crate::config::Settings;
use crate::source::{Source, SourceId, Sources};
use crate::workspace::{MAX_BYTES, Parsed};
use crate::yaml::Node;

/// A file that was read.
pub(super) struct Loaded {
    source: Source,
    parsed: Parsed,
    facts: Facts,
}

/// What became of a file.
pub(super) type Outcome = Result<SourceId, (String, Why)>;

/// What is known of a source beside its nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// How many Kubernetes objects are in it.
    pub(super) objects: usize,
    /// How many documents are templates, which the stream's errors say.
    pub(super) templates: usize,
    /// The kinds of its objects that point at what is not read, each with what that is.
    pub(super) skipped: Vec<(&'static str, String)>,
}

/// All that was read.
#[derive(Default)]
pub(super) struct Library {
    pub(super) sources: Sources,
    pub(super) streams: Vec<Parsed>,
    pub(super) facts: Vec<Facts>,
    /// For each list of files that was asked for: what became of each file; its path where it was not read.
    pub(super) lists: Vec<Vec<Outcome>>,
}

/// Reads lists of files. A file that is in several of them, or twice in one, is read once; a file that is no manifest
/// by its first look is in none of the results.
pub(super) fn read(lists: &[&[Found]], settings: &Settings) -> Library {
    let mut ids: FxHashMap<Cow<'_, Path>, usize> = FxHashMap::default();
    let mut unique: Vec<&Found> = Vec::new();
    let mut wanted: Vec<Vec<usize>> = Vec::new();
    for list in lists {
        let mut indices = Vec::with_capacity(list.len());
        for found in *list {
            let real = if found.link { std::fs::canonicalize(&found.path).ok() } else { None };
            let key = real.map_or(Cow::Borrowed(found.path.as_path()), Cow::Owned);
            let index = *ids.entry(key).or_insert_with(|| {
                unique.push(found);
                unique.len() - 1
            });
            // A file's own name before that of a link to it.
            if unique[index].link && !found.link {
                unique[index] = found;
            }
            indices.push(index);
        }
        let has_links = list.iter().any(|f| f.link);
        if has_links {
            let mut seen = rustc_hash::FxHashSet::default();
            indices.retain(|i| seen.insert(*i));
        }
        wanted.push(indices);
    }
    drop(ids);
    let loaded: Vec<Result<Option<Loaded>, Why>> = unique.par_iter().map(|found| load(found, settings)).collect();
    let mut library = Library::default();
    let with_path = loaded.into_iter().zip(&unique).map(|(l, f)| l.map_err(|why| (f.shown.clone(), why)));
    let results: Vec<Option<Outcome>> = with_path.map(|l| library.add(l)).collect();
    library.lists = wanted.iter().map(|list| list.iter().filter_map(|i| results[*i].clone()).collect()).collect();
    library
}

impl Library {
    fn add(&mut self, loaded: Result<Option<Loaded>, (String, Why)>) -> Option<Outcome> {
        match loaded {
            Ok(Some(Loaded { source, parsed, facts })) => {
                self.streams.push(parsed);
                self.facts.push(facts);
                Some(Ok(self.sources.add(source)))
            }
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

fn load(found: &Found, settings: &Settings) -> Result<Option<Loaded>, Why> {
    let bytes = if found.path == Path::new("-") {
        limited(&mut std::io::stdin().lock(), 0)?
    } else {
        let mut file = File::open(&found.path).map_err(|e| Why::io(&e))?;
        let data = file.metadata().map_err(|e| Why::io(&e))?;
        if data.is_dir() {
            return Err(Why::Special(special(data.file_type())));
        }
        limited(&mut file, data.len())?
    };
    let is_json = found.path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
    if is_json && std::str::from_utf8(&bytes).is_ok_and(|t| !t.contains("apiVersion") && !t.contains("\"kind\"")) {
        return Ok(None);
    }
    let (source, parsed) = Parsed::read(found.shown.clone(), bytes, &settings.variables);
    let facts = Facts::of(&source, &parsed);
    Ok(Some(Loaded { source, parsed, facts }))
}

/// All that can be read, at most `length` bytes where that is known: the end of the file need not be asked for then.
fn limited(from: &mut dyn Read, length: u64) -> Result<Vec<u8>, Why> {
    if length > MAX_BYTES {
        return Err(Why::TooLarge);
    }
    let mut bytes = Vec::with_capacity(length as usize);
    let limit = if length > 0 { length } else { MAX_BYTES + 1 };
    from.take(limit).read_to_end(&mut bytes).map_err(|e| Why::io(&e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Why::TooLarge);
    }
    Ok(bytes)
}

impl Facts {
    fn of(source: &Source, parsed: &Parsed) -> Self {
        let templates = parsed.stream.errors.iter().filter(|e| e.template).count();
        let mut facts = Self { templates, ..Self::default() };
        for document in &parsed.stream.documents {
            if let Some(root) = document.tree.root(source.text()) {
                facts.object(root, 0);
            }
        }
        facts
    }

    fn object(&mut self, root: Node<'_>, depth: u8) {
        let text = |key| root.get(key).and_then(|n| n.text());
        let (Some(version), Some(kind)) = (text("apiVersion"), text("kind")) else { return };
        if kind.ends_with("List") && depth < 8 && root.get("items").is_some_and(|i| i.is_sequence()) {
            root.get("items").into_iter().flat_map(|i| i.items()).for_each(|i| self.object(i, depth + 1));
            return;
        }
        self.objects += 1;
        if !matches!(kind, "Kustomization" | "HelmRelease" | "Application" | "ApplicationSet") {
            return;
        }
        let group = version.split_once('/').map_or("", |(g, _)| g);
        let pointer = flux::pointer(group, kind, root).or_else(|| argo::pointer(group, kind, root));
        self.skipped.extend(pointer.map(|(kind, what)| (kind, format!("{}: {what}", title(root)))));
    }
}

fn title(root: Node<'_>) -> String {
    let field = |key| root.at_path(&["metadata", key]).and_then(|n| n.text());
    let name = field("name").unwrap_or_default();
    field("namespace").map_or_else(|| name.to_string(), |ns| format!("{ns}/{name}"))
}
