//! Following objects that say what else is applied: which folder, in which cluster, made into manifests how.

use std::path::PathBuf;

use super::super::argo;
use super::super::flux;
use super::super::kustomize::Build;
use super::super::pointer::{Apply, How, Pointer, PostBuild, Reference, Repository, Unknown};
use super::Effective;
use super::lookup::Referred;
use super::run::{By, Job, Task};
use super::variables::Variables;
use crate::source::{Place, SourceId};
use crate::workspace::Skipped;

/// A pointer that needs what has not been seen yet.
pub(super) struct Waiting {
    cluster: usize,
    pointer: Pointer,
}

impl Effective<'_> {
    /// What the objects in new sources say.
    pub(super) fn follow(&mut self, new: &[(usize, SourceId)]) -> Vec<Task> {
        let mut tasks = Vec::new();
        for &(cluster, source) in new {
            for pointer in self.pointers(cluster, source) {
                tasks.extend(self.follow_one(cluster, pointer, false));
            }
        }
        tasks
    }

    /// What waits, with what there is: nothing else will come.
    pub(super) fn without_waiting(&mut self) -> Vec<Task> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().flat_map(|w| self.follow_one(w.cluster, w.pointer, true)).collect()
    }

    /// The objects of a source that say what is applied; of sets of them, those that they make.
    fn pointers(&mut self, cluster: usize, source: SourceId) -> Vec<Pointer> {
        if let Some(known) = self.pointers.get(&source) {
            return known.clone();
        }
        let tools: Vec<_> = self.library.facts(source).tools.iter().filter(|t| t.may_point()).cloned().collect();
        let mut all = Vec::new();
        for tool in tools {
            let at = tool.at(source);
            if (tool.group.as_str(), tool.kind.as_str()) == ("argoproj.io", "ApplicationSet") {
                all.extend(self.expand(cluster, &at));
                continue;
            }
            let Some(root) = self.library.node(&at) else { continue };
            let read = flux::pointer(&tool.group, &tool.kind, root, &at);
            all.extend(read.or_else(|| argo::pointer(&tool.group, &tool.kind, root, &at)));
        }
        self.pointers.insert(source, all.clone());
        all
    }

    /// Lists what the objects of a source point at: nothing is made of it.
    pub(super) fn list_pointers(&mut self, cluster: usize, source: SourceId) {
        let path = self.library.sources.get(source).path.clone();
        for tool in self.library.facts(source).tools.iter().filter(|t| t.may_point()) {
            let of = if tool.group == "argoproj.io" { "Argo CD" } else { "Flux" };
            let reason = format!("what its {of} {} points at is not rendered", tool.kind);
            let title = tool.namespace.iter().chain([&tool.name]).cloned().collect::<Vec<_>>().join("/");
            self.applied[cluster].skip(path.clone(), reason, Some(title));
        }
    }

    /// The folders that the objects of a source apply in this cluster.
    pub(super) fn folders_of(&mut self, cluster: usize, source: SourceId) -> Vec<PathBuf> {
        if !self.library.facts(source).may_point() {
            return Vec::new();
        }
        let pointers = self.pointers(cluster, source);
        let applies = pointers.iter().flat_map(|p| p.applies.iter().flatten());
        applies.filter_map(|a| self.locate(cluster, a).ok()).collect()
    }

    fn follow_one(&mut self, cluster: usize, pointer: Pointer, force: bool) -> Vec<Task> {
        self.applied[cluster].has_pointers = true;
        let depth = self.depth_of(pointer.at.source).saturating_add(1);
        if !force && pointer.applies.iter().flatten().any(|a| self.lacks(cluster, &pointer, a)) {
            self.waiting.push(Waiting { cluster, pointer });
            return Vec::new();
        }
        let target = match self.cluster_of(cluster, &pointer.destination) {
            Ok(target) => target,
            Err(phrase) => {
                self.unknown(cluster, &pointer, &Unknown::new(&phrase, ""));
                return Vec::new();
            }
        };
        self.applied[target].has_pointers = true;
        let mut tasks = Vec::new();
        let mut is_followed = true;
        for apply in &pointer.applies {
            let made = match apply {
                Ok(apply) => self.tasks_of(cluster, target, &pointer, apply),
                Err(unknown) => Err(unknown.clone()),
            };
            match made {
                Ok(new) => tasks.extend(new),
                Err(unknown) => {
                    is_followed = false;
                    self.unknown(target, &pointer, &unknown);
                }
            }
        }
        if is_followed && let Some(root) = self.library.node(&pointer.at) {
            let place = Place { source: pointer.at.source, span: root.span() };
            self.applied[cluster].followed.insert(place);
        }
        tasks.iter_mut().for_each(|t| t.depth = depth);
        tasks.into_iter().filter_map(|t| self.once(t)).collect()
    }

    /// How many pointers led to a source: at most as many as there are tasks.
    fn depth_of(&self, source: SourceId) -> u8 {
        self.depths.get(&source).copied().unwrap_or_default()
    }

    fn tasks_of(
        &mut self,
        holder: usize,
        cluster: usize,
        pointer: &Pointer,
        apply: &Apply,
    ) -> Result<Vec<Task>, Unknown> {
        let folder = self.locate(holder, apply)?;
        let shown = self.shown(&folder);
        let by = By {
            title: format!("{} {}", pointer.kind, pointer.title),
            place: Place { source: pointer.at.source, span: apply.span },
        };
        let task = |job: Job, variables: Option<Variables>| Task {
            cluster,
            by: Some(by.clone()),
            job,
            shown: shown.clone(),
            namespace: apply.namespace.clone(),
            variables,
            depth: 0,
        };
        match &apply.how {
            How::Flux { overlay, post_build } => {
                let variables = post_build.as_ref().map(|p| self.variables(holder, pointer, p));
                // What applies the cluster's own folder says nothing new of it, unless it says how.
                if overlay.fields.is_empty() && self.is_root(cluster, &folder) && variables.is_none() {
                    return Ok(Vec::new());
                }
                if self.kustomizations.build(&folder) {
                    let build = Build { folder, listed: None, overlay: overlay.clone() };
                    return Ok(vec![task(Job::Build(Box::new(build)), variables)]);
                }
                // Flux makes a kustomization of all files, and of the folders that have one.
                let (mut files, mut built) = self.list_folder(&folder);
                let ignores = self.source_ignores(holder, apply, &folder);
                files.retain(|f| !ignores.leave_out(&f.path, false));
                built.retain(|f| !ignores.leave_out(f, true));
                if !overlay.fields.is_empty() {
                    let listed = files.iter().map(|f| f.path.clone()).chain(built.iter().cloned()).collect();
                    let build = Build { folder, listed: Some(listed), overlay: overlay.clone() };
                    return Ok(vec![task(Job::Build(Box::new(build)), variables)]);
                }
                let mut tasks = vec![task(Job::Files(files), variables.clone())];
                for folder in built {
                    let shown = self.shown(&folder);
                    let build = Build { folder, listed: None, overlay: overlay.clone() };
                    tasks.push(Task { shown, ..task(Job::Build(Box::new(build)), variables.clone()) });
                }
                Ok(tasks)
            }
            How::Argo(options) => self.argo_tasks(holder, pointer, apply, options, folder, &task),
            How::Helm(release) => {
                let chart = self.chart(holder, pointer, release, folder)?;
                Ok(vec![task(Job::Chart(Box::new(chart)), None)])
            }
        }
    }

    /// Whether a folder is that of the cluster itself.
    fn is_root(&self, cluster: usize, folder: &std::path::Path) -> bool {
        self.drafts[cluster].paths.iter().any(|p| p == folder)
    }

    /// Whether something that an object refers to has not been seen yet.
    fn lacks(&self, cluster: usize, pointer: &Pointer, apply: &Apply) -> bool {
        let is_missing = |r: &Reference| matches!(self.data(cluster, &pointer.namespace, r), Referred::Missing);
        let source = match &apply.from {
            Repository::Flux { kind, .. } if kind == "ExternalArtifact" => {
                self.objects(cluster, "ArtifactGenerator", None, None).next().is_none()
            }
            _ => false,
        };
        source
            || match &apply.how {
                How::Flux { post_build: Some(post_build), .. } => post_build.from.iter().any(is_missing),
                How::Helm(release) => release.references().any(is_missing),
                _ => false,
            }
    }

    /// The variables of a `postBuild`.
    fn variables(&self, cluster: usize, pointer: &Pointer, post_build: &PostBuild) -> Variables {
        let mut out = Variables::default();
        for reference in &post_build.from {
            match self.data(cluster, &pointer.namespace, reference) {
                Referred::Data(data) => {
                    for (name, value, place) in data {
                        out.values.insert(name, (value.replace('\n', ""), place));
                    }
                }
                Referred::Hidden | Referred::Missing => out.may_be_more = true,
            }
        }
        out.values.extend(post_build.substitute.clone());
        out
    }

    /// Says what cannot be known of what an object applies.
    fn unknown(&mut self, cluster: usize, pointer: &Pointer, unknown: &Unknown) {
        let span = pointer.applies.iter().flatten().map(|a| a.span).next();
        let (path, place) = self.place_in(&pointer.at, span);
        let title = format!("{} {}", pointer.kind, pointer.title);
        if unknown.is_missing {
            let message = format!("{title} applies `{}`, which does not exist in this repository", unknown.what);
            self.applied[cluster].fail(place, message, Some("correct the path, or add what it names"));
        }
        let what = if unknown.what.is_empty() { title } else { format!("{title}: {}", unknown.what) };
        self.applied[cluster].skipped.push(Skipped {
            path,
            reason: unknown.reason.clone(),
            detail: Some(what),
            namespace: unknown.namespace.clone(),
            may_hold_objects: unknown.may_hold_objects,
            is_error: false,
            is_reported: unknown.is_missing,
        });
    }
}
