//! From clusters to be to the workspace: their files are read, and what is in them has a say.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHasher};

use super::UsageError;
use super::collect::Found;
use super::effective::{self, Applied, Evaluated};
use super::given::dotted;
use super::layout::{Draft, Layout};
use super::library::{Library, each_object};
use super::read;
use super::skip::Why;
use super::variants::{self, Identities, Unit};
use crate::config::Settings;
use crate::source::SourceId;
use crate::workspace::{ClusterInput, Skipped, Workspace};
use crate::yaml::Node;

/// What was found and is no manifest that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread {
    /// What was skipped, of all clusters.
    pub(super) skipped: Vec<(String, Why)>,
    /// How much ignore files and the configuration leave out.
    pub(super) ignored: usize,
    /// What was not read, or not built, of all clusters.
    pub(super) other: Vec<Skipped>,
    /// How much could not be built.
    pub(super) failures: usize,
    /// How many objects were read.
    pub(super) objects: usize,
    /// How many documents are templates outside of a chart.
    pub(super) templates: usize,
}

/// Reads the clusters' files, and works out what they apply.
pub(super) fn workspace(layout: Layout, settings: &Settings, cwd: &Path) -> Result<(Workspace, Unread), UsageError> {
    let lists: Vec<&[Found]> = layout.drafts.iter().map(|d| d.found.files.as_slice()).collect();
    let mut library = read::read(&lists, settings);
    let mut unread = Unread {
        ignored: layout.drafts.iter().map(|d| d.found.ignored).sum(),
        templates: library.facts.iter().map(|f| f.templates).sum(),
        ..Unread::default()
    };
    let Evaluated { drafts, mut applied, used, unkept } =
        effective::evaluate(layout.drafts, &mut library, settings, cwd)?;
    let mut out = Workspace { left_out: layout.left_out, unkept, ..Workspace::default() };
    let mut understood = layout.understood;
    for (draft, applied) in drafts.iter().zip(&mut applied) {
        let own = draft.found.skipped.iter().filter(|(path, _)| !is_used(path, &used, cwd));
        applied.skipped.extend(own.clone().map(|(path, why)| why.at(path)));
        applied.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        unread.skipped.extend(own.cloned());
        unread.other.extend(applied.skipped.iter().cloned());
        unread.failures += applied.failures.len();
        unread.objects += applied.files.iter().map(|f| library.facts(f.source).objects).sum::<usize>();
        out.left_out.append(&mut applied.left_out);
        // What objects say is applied belongs together, whatever it is.
        let guess = draft.is_guess && !applied.has_pointers;
        let files: Vec<SourceId> = applied.files.iter().map(|f| f.source).collect();
        let units = if guess { units(draft, &files, &library) } else { Vec::new() };
        if units.len() > 1 {
            understood.extend(divided(draft, applied, &units, &mut out));
            continue;
        }
        if draft.is_guess {
            understood.push(format!("one cluster: {}", dotted(&draft.root)));
        }
        out.clusters.push(cluster(draft, std::mem::take(applied)));
    }
    if out.clusters.iter().all(|c| c.fleet == out.clusters[0].fleet) {
        out.clusters.iter_mut().for_each(|c| c.fleet.clear());
    }
    tell_apart(&mut out.clusters);
    understood.dedup();
    out.understood = understood.join("; ");
    out.left_out.retain(|s| !is_used(&s.path, &used, cwd));
    out.left_out.sort_by(|a, b| a.path.cmp(&b.path));
    out.left_out.dedup();
    out.derived = std::mem::take(&mut library.derived);
    out.files = std::mem::take(&mut library.files);
    (out.sources, out.streams) = (library.sources, library.streams);
    Ok((out, unread))
}

/// Whether a file, or something in a folder, is applied by a cluster or built into something that is.
fn is_used(shown: &str, used: &BTreeSet<PathBuf>, cwd: &Path) -> bool {
    let path = cwd.join(shown);
    // What is in a folder follows it in this order.
    used.range(path.clone()..).next().is_some_and(|u| u.starts_with(&path))
}

fn cluster(draft: &Draft, applied: Applied) -> ClusterInput {
    ClusterInput {
        name: draft.name.clone(),
        fleet: draft.fleet.clone(),
        root: draft.root.clone(),
        why: draft.why.clone(),
        is_guess: draft.is_guess || !draft.fleet.is_empty(),
        is_part: draft.is_part,
        files: applied.files,
        skipped: applied.skipped,
        sets: applied.sets,
        failures: applied.failures,
        followed: applied.followed,
    }
}

/// What of a folder applies together, by what is in its files.
fn units(draft: &Draft, files: &[SourceId], library: &Library) -> Vec<Unit> {
    let inside = |id: &SourceId| {
        let path = library.sources.get(*id).path.as_str();
        let inside = path.strip_prefix(draft.root.as_str()).and_then(|p| p.strip_prefix('/'));
        PathBuf::from(inside.unwrap_or(path))
    };
    let files: Vec<(PathBuf, Identities)> = files.iter().map(|id| (inside(id), identities(*id, library))).collect();
    variants::divide(&files)
}

/// Makes a cluster of each unit, and says so.
fn divided(draft: &Draft, applied: &Applied, units: &[Unit], out: &mut Workspace) -> Vec<String> {
    let shown = |folder: &Path| {
        let folder = folder.to_string_lossy();
        match (draft.root.as_str(), &*folder) {
            (root, "") => root.to_string(),
            (".", folder) => folder.to_string(),
            (root, folder) => format!("{root}/{folder}"),
        }
    };
    let roots: Vec<String> = units.iter().map(|u| shown(&u.folder)).collect();
    let owner_of = |path: &str| {
        let is_in =
            |root: &str| root == "." || path == root || path.strip_prefix(root).is_some_and(|p| p.starts_with('/'));
        (0..roots.len()).filter(|i| is_in(&roots[*i])).max_by_key(|i| units[*i].folder.iter().count())
    };
    let mut lines = Vec::new();
    for (i, unit) in units.iter().enumerate() {
        let Some(among) = &unit.among else {
            let fleet = draft.name.clone();
            let rest = Draft { fleet, ..draft.clone() };
            let mut cluster = unit_cluster(&rest, applied, unit, &|path| owner_of(path) == Some(i));
            let mut variants: Vec<&PathBuf> = units.iter().filter_map(|u| u.among.as_ref()).collect();
            variants.dedup();
            cluster.skipped.extend(variants.into_iter().map(|v| Why::Variants.at(shown(v))));
            out.clusters.push(cluster);
            continue;
        };
        let are_places = units.iter().any(|u| u.is_place && u.among == unit.among);
        let (among, root) = (shown(among), roots[i].clone());
        let variants = among.clone();
        if are_places && !unit.is_place {
            out.left_out.push(Why::Shared.at(root));
            continue;
        }
        let name = unit.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let new = if are_places {
            lines.push(format!("one cluster for each folder of {} that is named like one", dotted(&among)));
            let why = "named like a place, beside another that holds the same objects".into();
            Draft { name, fleet: among, root, why, ..Draft::default() }
        } else {
            let at = dotted(&among);
            lines.push(format!("{at} holds variants of the same objects: each of its folders is judged by itself"));
            let name = unit.folder.to_string_lossy().into_owned();
            let name = if name.is_empty() { draft.name.clone() } else { name };
            let why = format!("one of the variants in {at}");
            Draft { fleet: name.clone(), name, root, why, ..Draft::default() }
        };
        let mut cluster = unit_cluster(&new, applied, unit, &|path| owner_of(path) == Some(i));
        if !are_places {
            cluster.skipped.push(Why::Variants.at(variants));
        }
        out.clusters.push(cluster);
    }
    lines.dedup();
    let more = lines.len().saturating_sub(3);
    lines.truncate(3);
    if more > 0 {
        lines.push(format!("and so on in {more} more folders"));
    }
    lines
}

fn unit_cluster(draft: &Draft, applied: &Applied, unit: &Unit, is_own: &dyn Fn(&str) -> bool) -> ClusterInput {
    let own = Applied {
        files: unit.files.iter().map(|&f| applied.files[f].clone()).collect(),
        sets: applied.sets.clone(),
        skipped: applied.skipped.iter().filter(|s| is_own(&s.path)).cloned().collect(),
        failures: if unit.among.is_none() { applied.failures.clone() } else { Vec::new() },
        ..Applied::default()
    };
    cluster(draft, own)
}

/// Gives clusters of one fleet that have the same name their folders' names besides: `a/east`, `b/east`.
fn tell_apart(clusters: &mut [ClusterInput]) {
    let mut same: FxHashMap<(String, String), Vec<usize>> = FxHashMap::default();
    for (i, c) in clusters.iter().enumerate() {
        same.entry((c.fleet.clone(), c.name.clone())).or_default().push(i);
    }
    for indices in same.into_values().filter(|s| s.len() > 1) {
        for (nth, i) in indices.into_iter().enumerate() {
            let c = &mut clusters[i];
            let above = Path::new(&c.root).parent().filter(|p| !p.as_os_str().is_empty());
            c.name = match above {
                Some(above) => format!("{}/{}", above.to_string_lossy(), c.name),
                None if nth > 0 => format!("{} ({})", c.name, nth + 1),
                None => continue,
            };
        }
    }
}

/// Kind, namespace and name of each object. Namespaces are named again wherever they are used.
fn identities(id: SourceId, library: &Library) -> Identities {
    let mut all = Vec::new();
    for document in &library.streams[id.0 as usize].stream.documents {
        if let Some(root) = document.tree.root() {
            each_object(root, &mut |root, _| all.extend(identity(root)));
        }
    }
    all
}

fn identity(root: Node<'_>) -> Option<u64> {
    let text = |path: &[&str]| root.at_path(path).and_then(|n| n.text());
    let (version, kind) = (text(&["apiVersion"])?, text(&["kind"])?);
    let name = text(&["metadata", "name"]).filter(|_| kind != "Namespace")?;
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let mut hasher = FxHasher::default();
    (group, kind, name, text(&["metadata", "namespace"])).hash(&mut hasher);
    Some(hasher.finish())
}
