//! Where it begins: what lies in a cluster's folder and is not applied by something else there.
//!
//! A kustomization that another one builds on is part of that; a folder that a Flux Kustomization or an Argo CD
//! Application applies is applied as that says. A file with such an object that no kustomization names has been applied
//! by hand, as bootstrapping does.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::super::collect::{BuiltFolder, Found};
use super::super::kustomize::{self, Build, Target};
use super::super::read::{self, Outcome};
use super::super::skip::Why;
use super::Effective;
use super::run::{Job, Task};
use crate::config::Render;
use crate::source::SourceId;
use crate::workspace::How;

impl Effective<'_> {
    /// The tasks to begin with, and those for what is left when nothing else has applied it.
    pub(super) fn roots(&mut self, lists: Vec<Vec<Outcome>>) -> (Vec<Task>, Vec<Task>) {
        if self.settings.rendering.mode == Render::Never {
            for (cluster, outcomes) in lists.into_iter().enumerate() {
                let ids = self.plain(cluster, outcomes);
                let built = std::mem::take(&mut self.drafts[cluster].found.built);
                self.drafts[cluster].found.skipped.extend(built.into_iter().map(|b| (b.shown, Why::Kustomize)));
                ids.into_iter().for_each(|id| self.list_pointers(cluster, id));
            }
            return (Vec::new(), Vec::new());
        }
        let named = self.named_by_kustomizations();
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for (cluster, outcomes) in lists.into_iter().enumerate() {
            self.roots_of(cluster, outcomes, &named, &mut now, &mut later);
        }
        (now, later)
    }

    /// What the kustomizations of all clusters name.
    fn named_by_kustomizations(&self) -> FxHashSet<PathBuf> {
        let folders = self.drafts.iter().flat_map(|d| &d.found.built);
        let entries = folders.filter_map(|b| self.kustomizations.of(&b.path));
        let paths = entries.flat_map(|k| k.entries.iter().map(|e| e.target.path().to_path_buf()).collect::<Vec<_>>());
        paths.collect()
    }

    fn roots_of(
        &mut self,
        cluster: usize,
        outcomes: Vec<Outcome>,
        named: &FxHashSet<PathBuf>,
        now: &mut Vec<Task>,
        later: &mut Vec<Task>,
    ) {
        let built: Vec<BuiltFolder> = self.drafts[cluster].found.built.clone();
        // Files beside a kustomization that no kustomization names: they count where they point at something.
        let beside: Vec<Found> =
            built.iter().flat_map(|b| &b.files).filter(|f| !named.contains(&f.path)).cloned().collect();
        let beside: Vec<SourceId> = self.read(&beside);
        let bootstrap: Vec<SourceId> = beside.into_iter().filter(|id| self.library.facts(*id).may_point()).collect();
        let mut plain = bootstrap.clone();
        for outcome in outcomes {
            match outcome {
                Ok(id) => plain.push(id),
                Err(unread) => self.drafts[cluster].found.skipped.push(unread),
            }
        }
        let path_of = |all: &Self, id: SourceId| all.cwd.join(&all.library.sources.get(id).path);
        plain.retain(|id| !named.contains(&path_of(self, *id)));
        let tops: Vec<&BuiltFolder> = built.iter().filter(|b| !named.contains(&b.path)).collect();
        let claims = self.claims(cluster, &plain, &tops);
        let own: Vec<PathBuf> = self.drafts[cluster].paths.clone();
        let is_claimed =
            |path: &Path| claims.iter().any(|c| path.starts_with(c) && !own.iter().any(|o| o.starts_with(c)));
        let task = |job, shown: String| Task {
            cluster,
            by: None,
            job,
            shown,
            namespace: "default".into(),
            variables: None,
            depth: 0,
        };
        // Where something says what is applied, what it does not name is not.
        let strict = self.drafts[cluster].is_guess && !claims.is_empty();
        let mut files = Vec::new();
        for id in plain {
            let path = path_of(self, id);
            let shown = self.library.sources.get(id).path.clone();
            let points = self.library.facts(id).may_point();
            // What says that a folder is applied, and lies in it, has been applied by hand.
            if is_claimed(&path) && !bootstrap.contains(&id) {
                later.push(task(Job::Files(vec![self.found(&path)]), shown));
            } else if strict && !points {
                if self.library.facts(id).objects > 0 {
                    self.applied[cluster].left_out.push(Why::NotApplied.at(shown));
                }
            } else {
                files.push(id);
            }
        }
        for top in tops {
            let build = Build { folder: top.path.clone(), listed: None, overlay: Default::default() };
            let task = task(Job::Build(Box::new(build)), top.shown.clone());
            let is_component = self.kustomizations.of(&top.path).is_some_and(|k| k.is_component);
            if !is_component && is_claimed(&top.path) {
                later.push(task);
            } else if is_component || strict {
                self.applied[cluster].left_out.push(Why::NotApplied.at(top.shown.clone()));
            } else {
                now.extend(self.once(task));
            }
        }
        let set = self.applied[cluster].set(How::Files, "files", None);
        for &id in &files {
            self.used.insert(path_of(self, id));
            self.applied[cluster].add(id, "default", set);
        }
        now.extend(self.follow(&files.iter().map(|id| (cluster, *id)).collect::<Vec<_>>()));
    }

    /// Reads files; what cannot be read is left to what needs it.
    fn read(&mut self, files: &[Found]) -> Vec<SourceId> {
        read::more(files, self.library, self.settings).into_iter().flatten().filter_map(Result::ok).collect()
    }

    /// The folders that objects in a cluster's folder apply, by these files and what the kustomizations name.
    fn claims(&mut self, cluster: usize, plain: &[SourceId], tops: &[&BuiltFolder]) -> Vec<PathBuf> {
        let closures: Vec<_> = tops.iter().map(|t| self.kustomizations.closure([t.path.as_path()])).collect();
        let resources = kustomize::targets(&closures).into_iter().filter_map(Target::resource);
        let mut resources: Vec<Found> = resources.map(|p| self.found(p)).collect();
        resources.sort_by(|a, b| a.shown.cmp(&b.shown));
        let mut sources = self.read(&resources);
        sources.extend(plain);
        // What these objects refer to is among them: the URL of a source, the Secrets of clusters.
        let before = self.applied[cluster].files.len();
        sources.iter().for_each(|id| self.applied[cluster].add(*id, "default", 0));
        let mut claims: Vec<PathBuf> = sources.iter().flat_map(|id| self.folders_of(cluster, *id)).collect();
        self.applied[cluster].files.truncate(before);
        claims.sort();
        claims.dedup();
        claims
    }
}
