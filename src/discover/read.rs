//! Reading the files of all clusters, in parallel, each once.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::collect::Found;
use super::library::{Facts, Library, Loaded};
use super::skip::Why;
use super::walk::special;
use crate::config::Settings;
use crate::progress::Stage;
use crate::source::SourceId;
use crate::workspace::{MAX_BYTES, Parsed};

/// What became of a file.
pub(super) type Outcome = Result<SourceId, (String, Why)>;

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
    settings.progress.begin(Stage::Reading, unique.len());
    let loaded: Vec<Result<Option<Loaded>, Why>> =
        unique.par_iter().map(|found| load(found, settings, false)).collect();
    let mut library = Library::with_capacity(loaded.len());
    let results: Vec<Option<Outcome>> =
        loaded.into_iter().zip(&unique).map(|(loaded, found)| outcome(loaded, found, &mut library)).collect();
    library.lists = wanted.iter().map(|list| list.iter().filter_map(|i| results[*i].clone()).collect()).collect();
    library
}

/// Reads further files; those that were read before are not read again.
pub(super) fn more(files: &[Found], library: &mut Library, settings: &Settings) -> Vec<Option<Outcome>> {
    further(files, library, settings, false)
}

/// The same for files that something is built from, whose content is hashed.
pub(super) fn inputs(files: &[Found], library: &mut Library, settings: &Settings) {
    further(files, library, settings, true);
}

fn further(files: &[Found], library: &mut Library, settings: &Settings, hashed: bool) -> Vec<Option<Outcome>> {
    let known: Vec<Option<SourceId>> = files.iter().map(|f| library.file(&f.path)).collect();
    settings.progress.begin(Stage::Reading, known.iter().filter(|k| k.is_none()).count());
    let loaded: Vec<_> = files
        .par_iter()
        .zip(&known)
        .map(|(found, known)| if known.is_some() { None } else { Some(load(found, settings, hashed)) })
        .collect();
    let mut outcomes = Vec::with_capacity(files.len());
    for (found, (loaded, known)) in files.iter().zip(loaded.into_iter().zip(known)) {
        outcomes.push(match (loaded, known.or_else(|| library.file(&found.path))) {
            (_, Some(id)) => Some(Ok(id)),
            (Some(loaded), None) => {
                let outcome = outcome(loaded, found, library);
                if let Some(Ok(id)) = outcome {
                    library.files.insert(found.path.clone(), id);
                }
                outcome
            }
            (None, None) => None,
        });
    }
    outcomes
}

/// Adds what became of a file; `None` where it is no manifest.
fn outcome(loaded: Result<Option<Loaded>, Why>, found: &Found, library: &mut Library) -> Option<Outcome> {
    match loaded {
        Ok(loaded) => loaded.map(|l| Ok(library.add(l))),
        Err(why) => Some(Err((found.shown.clone(), why))),
    }
}

fn load(found: &Found, settings: &Settings, hashed: bool) -> Result<Option<Loaded>, Why> {
    let loaded = loaded(found, settings, hashed);
    settings.progress.step();
    loaded
}

fn loaded(found: &Found, settings: &Settings, hashed: bool) -> Result<Option<Loaded>, Why> {
    let bytes = if found.path == Path::new("-") {
        limited(&mut std::io::stdin().lock(), 0, MAX_BYTES)?
    } else {
        file(&found.path, MAX_BYTES)?
    };
    let digest = hashed.then(|| *blake3::hash(&bytes).as_bytes());
    let is_json = found.path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
    if is_json && std::str::from_utf8(&bytes).is_ok_and(|t| !t.contains("apiVersion") && !t.contains("\"kind\"")) {
        return Ok(None);
    }
    let (source, parsed) = Parsed::read(found.shown.clone(), bytes, &settings.variables);
    let facts = Facts { digest, ..Facts::of(&parsed) };
    Ok(Some(Loaded { source, parsed, facts }))
}

/// A file's bytes, unless they are more than `most`.
pub(super) fn file(path: &Path, most: u64) -> Result<Vec<u8>, Why> {
    let mut file = File::open(path).map_err(|e| Why::io(&e))?;
    let data = file.metadata().map_err(|e| Why::io(&e))?;
    if data.is_dir() {
        return Err(Why::Special(special(data.file_type())));
    }
    limited(&mut file, data.len(), most)
}

/// All that can be read, at most `length` bytes where that is known: the end of the file need not be asked for then.
fn limited(from: &mut dyn Read, length: u64, most: u64) -> Result<Vec<u8>, Why> {
    if length > most {
        return Err(Why::TooLarge);
    }
    let mut bytes = Vec::with_capacity(length as usize);
    let limit = if length > 0 { length } else { most + 1 };
    from.take(limit).read_to_end(&mut bytes).map_err(|e| Why::io(&e))?;
    if bytes.len() as u64 > most {
        return Err(Why::TooLarge);
    }
    Ok(bytes)
}
