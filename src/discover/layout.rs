//! Which folder is which cluster, by the names of folders and files. `variants` looks at what is in them.
//!
//! Only names that say "cluster" make clusters: everything else is one cluster, so that a folder for each namespace is
//! not taken for a fleet. What lies beside the clusters is left out, and listed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::beside;
use super::collect::{Collected, shown_or_dot};
use super::given::dotted;
use super::ignored::repository_of;
use super::names;
use super::skip::Why;
use super::walk::{Entry, Folder, Tool, is_manifest_name};
use crate::workspace::Skipped;

/// A cluster to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    /// The fleet that it belongs to; empty where there is one only.
    pub(super) fleet: String,
    /// Its folders and files.
    pub(super) paths: Vec<PathBuf>,
    /// The first of them, as people know it.
    pub(super) root: String,
    pub(super) why: String,
    pub(super) found: Collected,
    /// Whether nothing but its being there says that all of it is one cluster.
    pub(super) is_guess: bool,
    /// Whether only a part of its folder was given.
    pub(super) is_part: bool,
}

/// How a folder was understood.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub(super) drafts: Vec<Draft>,
    pub(super) understood: Vec<String>,
    pub(super) left_out: Vec<Skipped>,
}

/// The deepest folders in which clusters are looked for below the one that was given.
const SEARCH_DEPTH: usize = 4;

impl Layout {
    /// Adds what another path holds.
    pub(super) fn append(&mut self, mut other: Self) {
        self.drafts.append(&mut other.drafts);
        self.understood.append(&mut other.understood);
        self.left_out.append(&mut other.left_out);
    }

    /// Makes one cluster of drafts that are the same one: `clusters/east/a` and `clusters/east/b`.
    pub(super) fn join(&mut self) {
        let mut joined: Vec<Draft> = Vec::new();
        for draft in self.drafts.drain(..) {
            let is_same = |d: &&mut Draft| d.name == draft.name && d.paths == draft.paths && d.fleet == draft.fleet;
            match joined.iter_mut().find(is_same) {
                Some(same) => {
                    same.found.append(draft.found);
                    same.is_part &= draft.is_part;
                }
                None => joined.push(draft),
            }
        }
        self.drafts = joined;
        let mut seen = Vec::new();
        self.understood.retain(|line| {
            !seen.contains(line) && {
                seen.push(line.clone());
                true
            }
        });
    }
}

/// What a given folder holds. `name` is what its cluster is called where it is one, and its path names none.
pub(super) fn lay_out(root: &Folder, name: Option<&str>) -> Layout {
    let mut layout = Layout::default();
    let groups = if is_inside_clusters(&root.path) { nested(root) } else { groups(root) };
    if groups.is_empty() {
        // `.` is called otherwise in every checkout.
        let mut draft = draft(root, name.unwrap_or("default"), "the folder given");
        match cluster_of(&root.path) {
            Some((name, path)) => {
                draft.is_part = path != root.path;
                (draft.name, draft.paths) = (name, vec![path]);
                layout.understood.push(format!("one cluster: {}", dotted(&root.shown)));
            }
            None => draft.is_guess = true,
        }
        layout.drafts.push(draft);
        return layout;
    }
    layout.understood = understood(&groups);
    let several = groups.len() > 1;
    for group in groups {
        let mut drafts = group.drafts();
        if several {
            drafts.iter_mut().for_each(|d| d.fleet = group.fleet());
        }
        layout.drafts.append(&mut drafts);
        layout.left_out.extend(group.shared.iter().map(|f| Why::Shared.at(&f.shown)));
    }
    let chosen: Vec<PathBuf> = layout.drafts.iter().flat_map(|d| d.paths.clone()).collect();
    let shared = std::mem::take(&mut layout.left_out);
    layout.left_out = beside::list(root, &chosen, &shared);
    layout
}

/// How groups were understood, the first few of them by name.
fn understood(groups: &[Group<'_>]) -> Vec<String> {
    let mut lines: Vec<String> = groups.iter().take(3).map(Group::understood).collect();
    match groups.len() {
        1 => {}
        2 | 3 => lines.push("each of these fleets is judged by itself".into()),
        n => lines.push(format!("and so on in {} more folders; each of these fleets is judged by itself", n - 3)),
    }
    lines
}

/// A cluster of all that is in a folder.
pub(super) fn draft(folder: &Folder, name: &str, why: &str) -> Draft {
    let mut found = Collected::default();
    found.folder(folder);
    Draft {
        name: name.into(),
        paths: vec![folder.path.clone()],
        root: shown_or_dot(folder),
        why: why.into(),
        found,
        ..Draft::default()
    }
}

/// The cluster that a folder or file belongs to by its path, and that cluster's folder: `clusters/east/…` is of `east`.
pub(super) fn cluster_of(path: &Path) -> Option<(String, PathBuf)> {
    // What the folders above a repository are called says nothing of what is in it.
    let outside = repository_of(path).map_or(0, |r| r.iter().count());
    let names: Vec<String> = path.iter().skip(outside).map(|n| n.to_string_lossy().into_owned()).collect();
    let upto = |n: usize| path.iter().take(outside + n).collect::<PathBuf>();
    let stem = |name: &str| Path::new(name).file_stem().unwrap_or(OsStr::new(name)).to_string_lossy().into_owned();
    let is_last = |i: usize| i + 1 == names.len();
    if let Some(at) = names.iter().rposition(|n| names::holds_clusters(n)).filter(|at| !is_last(*at)) {
        let name = &names[at + 1];
        if is_last(at + 1) && path.is_file() {
            return Some((stem(name), path.to_path_buf()));
        }
        let inner = names.get(at + 2).filter(|inner| is_group_name(name) && names::is_place(inner));
        return Some(match inner {
            Some(inner) if !(is_last(at + 2) && path.is_file()) => (format!("{name}/{inner}"), upto(at + 3)),
            _ => (name.clone(), upto(at + 2)),
        });
    }
    let at = names.iter().rposition(|n| names::is_cluster(n))?;
    if is_last(at) && path.is_file() { None } else { Some((names[at].clone(), upto(at + 1))) }
}

fn is_inside_clusters(path: &Path) -> bool {
    let parent = path.parent().and_then(Path::file_name);
    parent.is_some_and(|n| names::holds_clusters(&n.to_string_lossy())) && cluster_of(path).is_some()
}

/// Whether a folder of that name may hold clusters itself: `clusters/prod/us-east-1`.
fn is_group_name(name: &str) -> bool {
    names::is_environment(name) || names::is_only_a_place(name) && !names::is_cluster(name)
}

/// Clusters that lie together in one folder.
struct Group<'a> {
    folder: &'a Folder,
    members: Vec<(String, Member<'a>)>,
    shared: Vec<&'a Folder>,
    how: How,
}

enum Member<'a> {
    Folder(&'a Folder),
    File(&'a Entry),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// The folder is called `clusters`.
    Folders,
    Files,
    /// The folders are called like clusters, or like places.
    Named,
    NamedFiles,
    /// The folder is called `clusters`, and holds what one cluster applies.
    Whole,
}

impl<'a> Group<'a> {
    /// The name of the fleet: that of what holds the folder `clusters`.
    fn fleet(&self) -> String {
        let shown = &self.folder.shown;
        let is_container = names::holds_clusters(&self.folder.name);
        let above = shown.rsplit_once('/').filter(|_| is_container).map(|(above, _)| above);
        above.unwrap_or(shown).to_string()
    }

    fn understood(&self) -> String {
        let at = dotted(&self.folder.shown);
        match self.how {
            How::Folders => format!("one cluster for each folder of {at}"),
            How::Files => format!("one cluster for each file of {at}"),
            How::Named => format!("one cluster for each folder of {at} that is named like one"),
            How::NamedFiles => format!("one cluster for each file of {at} that is named like one"),
            How::Whole => format!("one cluster: {at}"),
        }
    }

    fn drafts(&self) -> Vec<Draft> {
        let at = dotted(&self.folder.shown);
        let why = match self.how {
            How::Folders => format!("a folder of {at}"),
            How::Files => format!("a file of {at}"),
            How::Named | How::NamedFiles => "named like a cluster".into(),
            How::Whole => "the folder given".into(),
        };
        let of = |(name, member): &(String, Member<'a>)| match member {
            Member::Folder(folder) => draft(folder, name, &why),
            Member::File(entry) => {
                let mut found = Collected::default();
                found.file(self.folder, entry);
                let root = self.folder.shown_of(entry.name());
                let path = self.folder.path.join(entry.name());
                Draft { name: name.clone(), paths: vec![path], root, why: why.clone(), found, ..Draft::default() }
            }
        };
        self.members.iter().map(of).collect()
    }
}

/// The groups of clusters in a folder, or below it where it is none itself.
fn groups(root: &Folder) -> Vec<Group<'_>> {
    if let Some(group) = group(root, true) {
        return vec![group];
    }
    // The repository's own `clusters` before whatever may be deeper down.
    let own = own_clusters(root);
    if !own.is_empty() {
        return own;
    }
    let mut found = Vec::new();
    search(root, 1, &mut found);
    found
}

fn own_clusters(root: &Folder) -> Vec<Group<'_>> {
    root.folders().filter(|f| names::holds_clusters(&f.name)).filter_map(container).collect()
}

fn search<'a>(folder: &'a Folder, depth: usize, found: &mut Vec<Group<'a>>) {
    for inner in folder.folders() {
        if inner.tool != Tool::None || names::is_example(&inner.name) {
            continue;
        }
        match group(inner, false) {
            Some(group) => found.push(group),
            None if depth < SEARCH_DEPTH => search(inner, depth + 1, found),
            None => {}
        }
    }
}

fn named<'a>(how: How, members: Vec<(String, Member<'a>)>) -> Option<(How, Vec<(String, Member<'a>)>)> {
    (members.len() > 1).then_some((how, members))
}

/// The clusters in one folder. `given`: it is the folder that was given, so that weaker names count.
fn group(folder: &Folder, given: bool) -> Option<Group<'_>> {
    if names::holds_clusters(&folder.name) {
        return container(folder);
    }
    let folders = |is: &dyn Fn(&Folder) -> bool| {
        let members = folder.folders().filter(|f| holds_something(f) && is(f));
        members.map(|f| (f.name.clone(), Member::Folder(f))).collect::<Vec<_>>()
    };
    let files = |is: &dyn Fn(&str) -> bool| {
        let files = folder.entries.iter().filter(|e| matches!(e, Entry::File { .. }));
        let members = files.map(|e| (stem(e.name()), Member::File(e)));
        members.filter(|(stem, _)| is(stem)).collect::<Vec<_>>()
    };
    let by_name = named(How::Named, folders(&|f| names::is_cluster(&f.name)))
        .or_else(|| named(How::NamedFiles, files(&names::is_only_a_cluster)));
    let (how, members) = by_name.or_else(|| {
        if !given {
            return None;
        }
        let places: Vec<&Folder> = folder.folders().filter(|f| is_place(f)).collect();
        let is_parallel = |f: &Folder| places.iter().any(|o| o.name != f.name && beside::is_parallel(f, o));
        named(How::Named, folders(&|f| is_place(f) && is_parallel(f))).or_else(|| {
            let only = folder.folders().next().is_none() && folder.files().all(|n| names::is_only_a_place(&stem(n)));
            named(How::NamedFiles, files(&|_| only))
        })
    })?;
    Some(Group { folder, members, shared: shared(folder), how })
}

/// The clusters of a folder that is called `clusters`.
fn container(folder: &Folder) -> Option<Group<'_>> {
    let shared = shared(folder);
    let inner: Vec<&Folder> = folder.folders().filter(|f| holds_something(f)).collect();
    let mut clusters: Vec<&Folder> =
        inner.iter().copied().filter(|f| !names::is_shared(&f.name) && !names::is_aside(&f.name)).collect();
    if let [only] = inner[..]
        && names::is_output(&only.name)
        && folder.files().next().is_none()
    {
        return container(only);
    }
    if clusters.is_empty() {
        clusters.clone_from(&inner);
    }
    if !clusters.is_empty() {
        let shared = shared.into_iter().filter(|s| clusters.iter().all(|c| c.path != s.path)).collect();
        let mut members: Vec<_> = clusters.into_iter().flat_map(|f| members_of(f, "")).collect();
        members.extend(unreadable(folder));
        return Some(Group { folder, members, shared, how: How::Folders });
    }
    let files: Vec<&Entry> = folder.entries.iter().filter(|e| matches!(e, Entry::File { .. })).collect();
    if files.is_empty() {
        return None;
    }
    // `clusters/deployment.yaml`, `clusters/service.yaml`: one cluster's manifests.
    if files.iter().any(|e| names::is_kind(&stem(e.name()))) {
        let members = vec![(folder.name.clone(), Member::Folder(folder))];
        return Some(Group { folder, members, shared: Vec::new(), how: How::Whole });
    }
    let members = files.into_iter().map(|e| (stem(e.name()), Member::File(e))).collect();
    Some(Group { folder, members, shared, how: How::Files })
}

/// The clusters that cannot be read: they are there all the same, and a run says so.
fn unreadable(folder: &Folder) -> impl Iterator<Item = (String, Member<'_>)> {
    let is_cluster = |e: &&Entry| {
        let name = e.name().to_string_lossy();
        matches!(e, Entry::Skipped { why: Why::Unreadable(_) | Why::LinkOut, .. })
            && !is_manifest_name(e.name())
            && !names::is_shared(&name)
            && !names::is_aside(&name)
    };
    let unreadable = folder.entries.iter().filter(is_cluster);
    unreadable.map(|e| (e.name().to_string_lossy().into_owned(), Member::File(e)))
}

/// The clusters of one folder of `clusters`: itself, or its folders where they are named like places.
fn members_of<'a>(folder: &'a Folder, above: &str) -> Vec<(String, Member<'a>)> {
    let name = if above.is_empty() { folder.name.clone() } else { format!("{above}/{}", folder.name) };
    let inner: Vec<&Folder> = folder.folders().filter(|f| holds_something(f) && !names::is_shared(&f.name)).collect();
    let is_group = above.is_empty() && is_group_name(&folder.name) && folder.files().next().is_none();
    if is_group && !inner.is_empty() && inner.iter().all(|f| is_place(f)) {
        return inner.into_iter().flat_map(|f| members_of(f, &name)).collect();
    }
    vec![(name, Member::Folder(folder))]
}

/// The clusters of a given folder that lies in `clusters`, where it is not one itself.
fn nested(root: &Folder) -> Vec<Group<'_>> {
    let members = members_of(root, "");
    if let [(_, Member::Folder(only))] = members[..]
        && only.path == root.path
    {
        return own_clusters(root);
    }
    vec![Group { folder: root, members, shared: shared(root), how: How::Folders }]
}

/// Whether a folder holds manifests, or what becomes manifests, or nothing at all.
fn holds_something(folder: &Folder) -> bool {
    let is_empty = folder.entries.is_empty() && !folder.others && folder.ignored == 0;
    let skipped = folder.entries.iter().any(|e| matches!(e, Entry::Skipped { .. }));
    is_empty || skipped || folder.tool != Tool::None || folder.holds_files()
}

fn shared(folder: &Folder) -> Vec<&Folder> {
    folder.folders().filter(|f| names::is_shared(&f.name) && f.holds_files()).collect()
}

/// Whether a folder is named like a place, and not because it holds that namespace.
fn is_place(folder: &Folder) -> bool {
    names::is_place(&folder.name) && !beside::is_namespace(folder)
}

fn stem(name: &OsStr) -> String {
    Path::new(name).file_stem().unwrap_or(name).to_string_lossy().into_owned()
}
