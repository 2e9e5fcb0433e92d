//! Variants that lie side by side: folders that hold the same objects never apply together, so they are not one cluster.
//!
//! `steps/1` and `steps/2` of a course, `overlays` without a kustomization, a demo's folder beside another's: where half
//! of a folder's objects are in another one beside it, too, each folder is a cluster by itself, and a fleet by itself.
//! Where they are named like places (`east`, `west`), they are the clusters of one fleet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::names;

/// The identities of a file's objects, as hashes.
pub(super) type Identities = Vec<u64>;

/// Files that apply together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Their folder, relative to the one that was looked at.
    pub(super) folder: PathBuf,
    /// The files, by their indices.
    pub(super) files: Vec<usize>,
    /// The folder of variants that it is one of; `None` for what is beside all of them.
    pub(super) among: Option<PathBuf>,
    /// It is one of several clusters of a fleet, which is the folder `among`.
    pub(super) is_place: bool,
}

#[derive(Default)]
struct Node {
    folders: BTreeMap<String, Node>,
    files: Vec<usize>,
}

/// Divides files into what applies together; one unit where nothing says otherwise.
pub(super) fn divide(files: &[(PathBuf, Identities)]) -> Vec<Unit> {
    let mut root = Node::default();
    for (i, (path, _)) in files.iter().enumerate() {
        let mut node = &mut root;
        for name in path.parent().into_iter().flat_map(Path::iter) {
            node = node.folders.entry(name.to_string_lossy().into_owned()).or_default();
        }
        node.files.push(i);
    }
    let mut units = Vec::new();
    let rest = cut(&root, Path::new(""), files, &mut units);
    let holds_objects = rest.iter().any(|&i| !files[i].1.is_empty());
    if units.is_empty() || holds_objects {
        units.push(Unit { folder: PathBuf::new(), files: rest, among: None, is_place: false });
    }
    units.sort_by(|a, b| a.folder.cmp(&b.folder));
    units
}

/// Takes the variants out of a folder, and gives back what is left in it.
fn cut(node: &Node, at: &Path, files: &[(PathBuf, Identities)], units: &mut Vec<Unit>) -> Vec<usize> {
    let alike = alike(node, files);
    let mut rest = node.files.clone();
    if alike.is_empty() {
        for (name, inner) in &node.folders {
            rest.extend(cut(inner, &at.join(name), files, units));
        }
        return rest;
    }
    let among = Some(at.to_path_buf());
    let places = alike.iter().filter(|name| names::is_place(name)).count();
    let are_places = places > 1 && places == alike.len();
    for (name, inner) in &node.folders {
        let folder = at.join(name);
        let is_place = are_places && alike.contains(&name.as_str());
        let files = if is_place { all(inner) } else { cut(inner, &folder, files, units) };
        units.push(Unit { folder, files, among: among.clone(), is_place });
    }
    units.push(Unit { folder: at.to_path_buf(), files: rest, among, is_place: false });
    units.retain(|u| u.files.iter().any(|&i| !files[i].1.is_empty()));
    Vec::new()
}

/// The folders in one that have half of their objects in common with others beside them.
fn alike<'a>(node: &'a Node, files: &[(PathBuf, Identities)]) -> Vec<&'a str> {
    let of =
        |indices: &[usize]| -> FxHashSet<u64> { indices.iter().flat_map(|&i| files[i].1.iter().copied()).collect() };
    let own = of(&node.files);
    let inner: Vec<(&str, FxHashSet<u64>)> =
        node.folders.iter().map(|(name, inner)| (name.as_str(), of(&all(inner)))).collect();
    let mut holders: FxHashMap<u64, u32> = FxHashMap::default();
    for id in own.iter().chain(inner.iter().flat_map(|(_, ids)| ids)) {
        *holders.entry(*id).or_default() += 1;
    }
    let is_alike = |ids: &FxHashSet<u64>| {
        let shared = ids.iter().filter(|id| holders.get(id).is_some_and(|n| *n > 1)).count();
        shared > 0 && 2 * shared >= ids.len()
    };
    let mut alike: Vec<&str> = inner.iter().filter(|(_, ids)| is_alike(ids)).map(|(name, _)| *name).collect();
    if alike.is_empty() && !inner.is_empty() && is_alike(&own) {
        alike.push("");
    }
    alike
}

fn all(node: &Node) -> Vec<usize> {
    let mut files = node.files.clone();
    node.folders.values().for_each(|inner| files.extend(all(inner)));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(files: &[(&str, &[u64])]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|(path, ids)| (PathBuf::from(path), ids.to_vec())).collect();
        let shown = |u: Unit| {
            let names: Vec<_> = u.files.iter().map(|&i| files[i].0.to_string_lossy()).collect();
            format!("{}{}: {}", u.folder.display(), if u.is_place { " (place)" } else { "" }, names.join(" "))
        };
        divide(&files).into_iter().map(shown).collect()
    }

    #[test]
    fn a_folder_for_each_namespace_is_one_cluster() {
        assert_eq!(
            units(&[("a/x.yaml", &[1, 2]), ("b/x.yaml", &[3]), ("c.yaml", &[4])]),
            [": c.yaml a/x.yaml b/x.yaml"]
        );
    }

    #[test]
    fn one_object_twice_is_a_mistake_and_no_variant() {
        let one = units(&[("a/x.yaml", &[1, 2, 3]), ("b/x.yaml", &[3, 4, 5])]);
        assert_eq!(one, [": a/x.yaml b/x.yaml"]);
    }

    #[test]
    fn variants_are_taken_apart_where_they_lie_side_by_side() {
        let files: &[(&str, &[u64])] = &[
            ("steps/1/app.yaml", &[1, 2]),
            ("steps/1/values.yaml", &[]),
            ("steps/2/app.yaml", &[1, 2]),
            ("steps/2/more/vs.yaml", &[3]),
            ("steps/common.yaml", &[9]),
            ("other/y.yaml", &[8]),
        ];
        let expected = [
            ": other/y.yaml",
            "steps: steps/common.yaml",
            "steps/1: steps/1/app.yaml steps/1/values.yaml",
            "steps/2: steps/2/app.yaml steps/2/more/vs.yaml",
        ];
        assert_eq!(units(files), expected);
    }

    #[test]
    fn variants_in_variants_are_taken_apart() {
        let files: &[(&str, &[u64])] =
            &[("arm/1/a.yaml", &[1]), ("arm/2/a.yaml", &[1]), ("x86/1/a.yaml", &[1]), ("x86/2/a.yaml", &[1])];
        let expected = ["arm/1: arm/1/a.yaml", "arm/2: arm/2/a.yaml", "x86/1: x86/1/a.yaml", "x86/2: x86/2/a.yaml"];
        assert_eq!(units(files), expected);
    }

    #[test]
    fn places_are_the_clusters_of_one_fleet() {
        let files: &[(&str, &[u64])] = &[("east/a.yaml", &[1]), ("west/a.yaml", &[1]), ("west/in/b.yaml", &[1])];
        assert_eq!(units(files), ["east (place): east/a.yaml", "west (place): west/a.yaml west/in/b.yaml"]);
    }
}
