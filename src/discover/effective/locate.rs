//! Where an object's say leads: the folder in the repository, the cluster, the file that a person finds it in.

use std::fmt;
use std::path::{Path, PathBuf};

use super::super::flux::sources;
use super::super::ignored::SourceIgnores;
use super::super::layout::Draft;
use super::super::pointer::{Apply, Destination, How, Repository, Unknown};
use super::base::Unresolved;
use super::{Applied, Effective};
use crate::source::{Place, Span};
use crate::workspace::{At, Layer};

impl Effective<'_> {
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

    /// What the source of a folder leaves out.
    pub(super) fn source_ignores(&self, cluster: usize, apply: &Apply, folder: &Path) -> SourceIgnores {
        let mut ignore = None;
        if let (Repository::Flux { kind, namespace, name }, _) = self.origin(cluster, &apply.from, &apply.path) {
            let source = self.objects(cluster, &kind, Some(&namespace), Some(&name)).next();
            let node = source.and_then(|(at, _)| self.library.node(&at));
            ignore = node.and_then(|n| n.at_path(&["spec", "ignore"])).and_then(|n| n.text());
        }
        SourceIgnores::of(&self.base.boundary, folder, ignore)
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

    /// The cluster that a pointer applies to.
    pub(super) fn cluster_of(&mut self, holder: usize, destination: &Destination) -> Result<usize, String> {
        let name = match destination {
            Destination::Here => return Ok(holder),
            Destination::Unknown(phrase) => return Err(phrase.clone()),
            Destination::Name(name) => name.clone(),
            Destination::Server(server) => self.name_of_server(holder, server),
        };
        let fleet = self.drafts[holder].fleet.clone();
        let is_it = |d: &Draft| d.name == name && d.fleet == fleet;
        if let Some(found) = self.drafts.iter().position(is_it) {
            return Ok(found);
        }
        self.drafts.push(Draft {
            name,
            fleet,
            root: self.drafts[holder].root.clone(),
            paths: self.drafts[holder].paths.clone(),
            why: "named by the destination of an Argo CD Application".into(),
            ..Draft::default()
        });
        self.applied.push(Applied::default());
        Ok(self.drafts.len() - 1)
    }

    /// The file that a person finds an object in, and the place.
    pub(super) fn place_in(&self, at: &At, span: Option<Span>) -> (String, Place) {
        let span = span.or_else(|| self.library.node(at).map(|n| n.span())).unwrap_or_default();
        let mut source = at.source;
        let mut document = at.document as usize;
        // Through what was built to what was written.
        for _ in 0..8 {
            let Some(derived) = self.library.derived.get(&source) else { break };
            let layers = derived.layers(self.library.texts(), source, document);
            let mut object = layers.iter().filter_map(|l| match l {
                Layer::Object(at) | Layer::Text { at, .. } => Some(at),
                Layer::Generated { templates, .. } => templates.last(),
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

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Repository::Flux { kind, namespace, name } => write!(f, "{kind} {namespace}/{name}"),
            Repository::Url(url) => f.write_str(url),
        }
    }
}
