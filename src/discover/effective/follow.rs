//! Following objects that say what else is applied: which folder, in which cluster, made into manifests how.

use std::path::PathBuf;

use super::super::argo;
use super::super::flux::{self, sources};
use super::super::kustomize::{self, Build};
use super::super::pointer::{Apply, Destination, How, Pointer, PostBuild, Reference, Repository, Unknown};
use super::Effective;
use super::base::Unresolved;
use super::run::{By, Job, Task};
use super::variables::Variables;
use crate::source::{Place, SourceId};
use crate::workspace::{At, Skipped};
use crate::yaml::Node;

/// A pointer that needs what has not been seen yet.
pub(super) struct Waiting {
    cluster: usize,
    pointer: Pointer,
}

/// What a reference leads to.
pub(super) enum Referred {
    /// The keys and values of a ConfigMap or Secret, with the places of the values.
    Data(Vec<(String, String, Place)>),
    /// It is there, and its values are encrypted.
    Hidden,
    Missing,
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
                if kustomize::is_folder(&folder) {
                    let build = Build { folder, listed: None, overlay: overlay.clone() };
                    return Ok(vec![task(Job::Build(Box::new(build)), variables)]);
                }
                // Flux makes a kustomization of all files, and of the folders that have one.
                let (files, built) = self.list_folder(&folder);
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

    /// The folder that is applied.
    pub(super) fn locate(&self, cluster: usize, apply: &Apply) -> Result<PathBuf, Unknown> {
        let (from, path) = self.origin(cluster, &apply.from, &apply.path);
        let elsewhere = |reason: &str, what: String| Err(Unknown::new(reason, what).of_pointer(apply));
        if path.contains("${") || path.contains("{{") {
            return elsewhere("a path that is not known before something fills it in", path);
        }
        let is_own = match &from {
            Repository::Url(url) => self.base.is_own(url, &[]),
            Repository::Flux { kind, namespace, name } => self.is_own_source(cluster, kind, namespace, name),
        };
        if is_own == Some(false) {
            return elsewhere("in another repository", from.to_string());
        }
        let near = self.drafts[cluster].paths.first().cloned().unwrap_or_default();
        match self.base.resolve(&path, &near) {
            Ok(folder) => Ok(folder),
            Err(Unresolved::Outside) => elsewhere("a path that leads out of the repository", path),
            Err(Unresolved::Missing) if is_own == Some(true) => Err(Unknown::missing(path)),
            Err(Unresolved::Missing) => elsewhere("in another repository", from.to_string()),
        }
    }

    /// Where an artifact comes from that an object in the cluster makes.
    fn origin(&self, cluster: usize, from: &Repository, path: &str) -> (Repository, String) {
        if let Repository::Flux { kind, name, .. } = from
            && kind == "ExternalArtifact"
        {
            for (at, tool_namespace) in self.objects(cluster, "ArtifactGenerator", None, None) {
                let Some(root) = self.library.node(&at) else { continue };
                if let Some(found) = sources::in_artifact(root, &tool_namespace, name, path) {
                    return found;
                }
            }
        }
        (from.clone(), path.to_string())
    }

    /// Whether a source of Flux is this repository; `None` where its path has to show it.
    fn is_own_source(&self, cluster: usize, kind: &str, namespace: &str, name: &str) -> Option<bool> {
        if name == "flux-system" {
            // What bootstrapping makes: the repository that the cluster's folder is in.
            return Some(true);
        }
        let url_of = |ns: &str, name: &str| {
            let (at, _) = self.objects(cluster, kind, Some(ns), Some(name)).next()?;
            sources::url(self.library.node(&at)?)
        };
        let url = url_of(namespace, name)?;
        match kind {
            "GitRepository" => {
                let own: Vec<String> = url_of("flux-system", "flux-system").into_iter().collect();
                self.base.is_own(&url, &own)
            }
            // An artifact is this repository's if it is called like it.
            _ => {
                let last = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let named = self.base.boundary.file_name().is_some_and(|n| n.to_string_lossy() == last);
                Some(
                    named
                        || self.base.remotes.iter().any(|r| r.trim_end_matches(".git").ends_with(&format!("/{last}"))),
                )
            }
        }
    }

    /// The objects of a kind among what a cluster applies so far, with their namespaces.
    pub(super) fn objects<'b>(
        &'b self,
        cluster: usize,
        kind: &'b str,
        namespace: Option<&'b str>,
        name: Option<&'b str>,
    ) -> impl Iterator<Item = (At, String)> + 'b {
        let files = &self.applied[cluster].files;
        files.iter().flat_map(move |file| {
            let tools = self.library.facts(file.source).tools.iter();
            tools.filter_map(move |tool| {
                let own = tool.namespace.as_deref().unwrap_or(&file.namespace);
                let fits =
                    tool.kind == kind && namespace.is_none_or(|n| n == own) && name.is_none_or(|n| n == tool.name);
                fits.then(|| (tool.at(file.source), own.to_string()))
            })
        })
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

    /// What a reference leads to.
    pub(super) fn data(&self, cluster: usize, namespace: &str, reference: &Reference) -> Referred {
        let mut found = self.objects(cluster, &reference.kind, Some(namespace), Some(&reference.name));
        let Some((at, _)) = found.next() else { return Referred::Missing };
        let Some(root) = self.library.node(&at) else { return Referred::Missing };
        let is_encrypted =
            root.get("sops").is_some() || root.get("kind").and_then(|k| k.text()) == Some("SealedSecret");
        if is_encrypted {
            return Referred::Hidden;
        }
        let mut data = Vec::new();
        let mut put = |section: &str, decode: &dyn Fn(Node<'_>) -> Option<String>| {
            for (key, value) in root.get(section).into_iter().flat_map(|d| d.entries()) {
                if let Some(text) = decode(value) {
                    data.push((key.key().into_owned(), text, Place { source: at.source, span: value.span() }));
                }
            }
        };
        let is_secret = reference.kind == "Secret";
        let plain = |n: Node<'_>| Some(flux::to_text(n));
        let encoded = |n: Node<'_>| crate::yaml::decode_base64(n.text()?);
        if is_secret {
            put("data", &encoded)
        } else {
            put("data", &plain)
        }
        put("stringData", &plain);
        Referred::Data(data)
    }

    /// The cluster that a pointer applies to.
    fn cluster_of(&mut self, holder: usize, destination: &Destination) -> Result<usize, String> {
        let name = match destination {
            Destination::Here => return Ok(holder),
            Destination::Unknown(phrase) => return Err(phrase.clone()),
            Destination::Name(name) => name.clone(),
            Destination::Server(server) => self.name_of_server(holder, server),
        };
        let fleet = self.drafts[holder].fleet.clone();
        let is_it = |d: &super::Draft| d.name == name && d.fleet == fleet;
        if let Some(found) = self.drafts.iter().position(is_it) {
            return Ok(found);
        }
        self.drafts.push(super::Draft {
            name,
            fleet,
            root: self.drafts[holder].root.clone(),
            paths: self.drafts[holder].paths.clone(),
            why: "named by the destination of an Argo CD Application".into(),
            ..super::Draft::default()
        });
        self.applied.push(super::Applied::default());
        Ok(self.drafts.len() - 1)
    }

    /// Says what cannot be known of what an object applies.
    fn unknown(&mut self, cluster: usize, pointer: &Pointer, unknown: &Unknown) {
        let span = pointer.applies.iter().flatten().map(|a| a.span).next();
        let (path, place) = self.place_in(&pointer.at, span);
        let title = format!("{} {}", pointer.kind, pointer.title);
        if unknown.is_missing {
            let message = format!("{title} applies `{}`, which does not exist in this repository", unknown.what);
            self.applied[cluster].fail(place, message);
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

    /// The file that a person finds an object in, and the place.
    fn place_in(&self, at: &At, span: Option<crate::source::Span>) -> (String, Place) {
        let span = span.or_else(|| self.library.node(at).map(|n| n.span())).unwrap_or_default();
        let mut source = at.source;
        let mut document = at.document as usize;
        // Through what was built to what was written.
        for _ in 0..8 {
            let Some(derived) = self.library.derived.get(&source) else { break };
            let layers = derived.documents.get(document).into_iter().flat_map(|l| l.iter());
            let mut object = layers.filter_map(|l| match l {
                crate::workspace::Layer::Object(at) | crate::workspace::Layer::Generated { at, .. } => Some(at),
                _ => None,
            });
            let Some(object) = object.next_back() else { break };
            (source, document) = (object.source, object.document as usize);
        }
        (self.library.sources.get(source).path.clone(), Place { source: at.source, span })
    }
}

impl Unknown {
    /// In the namespace that it is applied in, where that is all that a chart may fill.
    fn of_pointer(self, apply: &Apply) -> Self {
        match apply.how {
            How::Helm(_) => self.of(&apply.namespace),
            _ => self,
        }
    }
}

impl std::fmt::Display for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Repository::Flux { kind, namespace, name } => write!(f, "{kind} {namespace}/{name}"),
            Repository::Url(url) => f.write_str(url),
        }
    }
}
