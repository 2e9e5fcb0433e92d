//! Releases of charts: the values that they are rendered with, and where those are written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::kustomize;
use super::super::library::{Library, Loaded};
use super::super::pointer::{Overlay, Pointer, Release, ReleaseValues, Unknown};
use super::super::read;
use super::Effective;
use super::base::Unresolved;
use super::lookup::Referred;
use crate::render::helm::{self, Rendered, Value};
use crate::render::{Failure, Key, Programs, Tool};
use crate::source::SourceId;
use crate::workspace::{At, Layer, Template, Values};
use crate::yaml::Document;

/// A release of a chart of the repository.
pub(super) struct Chart {
    chart: helm::Chart,
    /// Its values, those that win first; the chart's own come last.
    values: Vec<Values>,
    /// What is done to the output.
    post: Vec<Overlay>,
    /// The object that asks for it: `Flux HelmRelease apps/shop`.
    by: String,
}

impl Release {
    /// The objects of the cluster that values come from.
    pub(super) fn references(&self) -> impl Iterator<Item = &super::super::pointer::Reference> {
        self.values.iter().filter_map(|v| if let ReleaseValues::From(r) = v { Some(r) } else { None })
    }
}

impl Effective<'_> {
    /// The chart in a folder, as a release renders it.
    pub(super) fn chart(
        &mut self,
        holder: usize,
        pointer: &Pointer,
        release: &Release,
        folder: PathBuf,
    ) -> Result<Chart, Unknown> {
        let unknown = |reason: &str, what: String| Err(Unknown::new(reason, what).of(&release.namespace));
        if let Some(why) = &release.unknown {
            return unknown(why, release.name.clone());
        }
        if release.post.iter().any(|p| kustomize::asks_for_more(&p.fields)) {
            return unknown("a post renderer that asks for other files", release.name.clone());
        }
        if !folder.join("Chart.yaml").is_file() {
            return unknown("a folder that holds no Chart.yaml", self.shown(&folder));
        }
        let mut chart = Chart {
            chart: helm::Chart {
                folder: folder.clone(),
                boundary: self.base.boundary.clone(),
                release: release.name.clone(),
                namespace: release.namespace.clone(),
                values: Vec::new(),
                skip_crds: release.skip_crds,
            },
            values: Vec::new(),
            post: release.post.clone(),
            by: format!("{} {}", pointer.kind, pointer.title),
        };
        for value in &release.values {
            self.value(holder, pointer, value, &folder, &mut chart).map_err(|u| u.of(&release.namespace))?;
        }
        // Single values win over files, and later ones over earlier ones.
        let (mut single, mut whole): (Vec<_>, Vec<_>) = chart.values.drain(..).partition(|v| !v.path.is_empty());
        single.reverse();
        whole.reverse();
        chart.values.extend(single.into_iter().chain(whole));
        Ok(chart)
    }

    fn value(
        &mut self,
        holder: usize,
        pointer: &Pointer,
        value: &ReleaseValues,
        folder: &Path,
        chart: &mut Chart,
    ) -> Result<(), Unknown> {
        let whole = |at: At| Values { at, path: String::new() };
        match value {
            ReleaseValues::Inline { json, at } => {
                chart.chart.values.push(Value::Text(json.to_string()));
                let at = match self.library.node(at).map(|n| (n.is_mapping(), n.text().map(str::to_string))) {
                    // A text that holds the values has no nodes of its own.
                    Some((false, Some(text))) => self.text_source(&text, at.clone(), Arc::default()),
                    _ => at.clone(),
                };
                chart.values.push(whole(at));
            }
            ReleaseValues::Set { path, value, as_text, at } => {
                let (path, value, as_text) = (path.clone(), value.clone(), *as_text);
                chart.values.push(Values { at: at.clone(), path: path.clone() });
                chart.chart.values.push(Value::Set { path, value, as_text });
            }
            ReleaseValues::File { path, from, optional, .. } => {
                let near = self.drafts[holder].paths.first().cloned().unwrap_or_default();
                let found = match from {
                    None => std::fs::canonicalize(folder.join(path)).map_err(|_| Unresolved::Missing),
                    Some(_) => self.base.resolve(path, &near),
                };
                let file = match found {
                    Ok(file) if file.starts_with(&self.base.boundary) => file,
                    Err(Unresolved::Missing) if *optional => return Ok(()),
                    Err(Unresolved::Missing) if path.contains("://") => {
                        return Err(Unknown::new("values that are not in this repository", path.clone()));
                    }
                    Err(Unresolved::Missing) => {
                        return Err(Unknown::new("a file of values that does not exist", path.clone()));
                    }
                    _ => return Err(Unknown::new("values that lead out of the repository", path.clone())),
                };
                let found = [self.found(&file)];
                let read = read::more(&found, self.library, self.settings);
                if let Some(Some(Ok(source))) = read.into_iter().next() {
                    chart.values.push(whole(At { source, document: 0, pointer: String::new() }));
                }
                chart.chart.values.push(Value::File(file));
            }
            ReleaseValues::SetFile { path, file, .. } => {
                let found = std::fs::canonicalize(folder.join(file)).ok();
                let file = found.filter(|f| f.starts_with(&self.base.boundary));
                let file = file.ok_or_else(|| Unknown::new("a file that does not exist", path.clone()))?;
                chart.chart.values.push(Value::SetFile { path: path.clone(), file });
            }
            ReleaseValues::From(reference) => {
                let hidden = || {
                    Unknown::new(
                        "values that are not in this repository",
                        format!("{} {}", reference.kind, reference.name),
                    )
                };
                let data = match self.data(holder, &pointer.namespace, reference) {
                    Referred::Data(data) => data,
                    Referred::Missing if reference.optional => return Ok(()),
                    Referred::Missing | Referred::Hidden => return Err(hidden()),
                };
                let key = reference.key.as_deref().unwrap_or("values.yaml");
                let Some((_, text, place)) = data.into_iter().find(|(k, _, _)| k == key) else {
                    return if reference.optional { Ok(()) } else { Err(hidden()) };
                };
                let at = self.at_of(place).ok_or_else(hidden)?;
                match &reference.target {
                    Some(path) => {
                        chart.values.push(Values { at, path: path.clone() });
                        let (path, as_text) = (path.clone(), false);
                        chart.chart.values.push(Value::Set { path, value: text, as_text });
                    }
                    None => {
                        let at = self.text_source(&text, at, Arc::default());
                        chart.values.push(whole(at));
                        chart.chart.values.push(Value::Text(text));
                    }
                }
            }
        }
        Ok(())
    }
}

impl Chart {
    pub(super) fn folder(&self) -> &Path {
        &self.chart.folder
    }

    /// What tells it from others.
    pub(super) fn key(&self) -> String {
        let chart = &self.chart;
        format!("chart {} {} {} {:?}", chart.folder.display(), chart.release, chart.namespace, chart.values)
    }

    /// The name of what comes out, for findings that cannot be traced.
    pub(super) fn name(&self, shown: &str) -> String {
        format!("{shown}/helm template {}", self.chart.release)
    }

    /// Renders it.
    pub(super) fn run(&self, programs: &Programs) -> Result<Rendered, Failure> {
        let rendered = programs.helm(&self.chart)?;
        if self.post.is_empty() {
            return Ok(rendered);
        }
        let mut text = rendered.text.clone();
        for overlay in &self.post {
            let key = Key::new(Tool::Kustomize).add("post", text.as_bytes());
            let key = key.add("overlay", format!("{:?}", overlay.fields).as_bytes());
            let before = text;
            let wrapper = |folder: &Path| {
                // Where it cannot be written, the program says that it is not there.
                let _ = std::fs::write(folder.join("all.yaml"), &before);
                let mut fields = overlay.fields.clone();
                fields.insert("resources".into(), serde_json::json!(["all.yaml"]));
                serde_json::Value::Object(fields).to_string()
            };
            text = programs.kustomize(&wrapper, key, &|text| text)?;
        }
        // Objects keep their kinds and names, but not their order.
        let files: Vec<_> =
            objects(&rendered.text).into_iter().map(|(at, id)| (id, self.file_at(at, &rendered.templates))).collect();
        let file =
            |id| files.iter().find(|(known, _)| *known == id).map_or_else(|| self.own_file(), |(_, f)| f.clone());
        let templates = objects(&text).into_iter().map(|(at, id)| (at, file(id))).collect();
        Ok(Rendered { text, templates })
    }

    /// The file that what starts at a byte of the output is from: helm names it above each document.
    fn file_at(&self, start: usize, templates: &[(usize, PathBuf)]) -> PathBuf {
        let next = templates.partition_point(|(at, _)| *at <= start);
        let within = templates.get(next.saturating_sub(1));
        within.map_or_else(|| self.own_file(), |(_, file)| file.clone())
    }

    /// What stands for the chart where nothing says which of its files is meant.
    fn own_file(&self) -> PathBuf {
        self.chart.folder.join("Chart.yaml")
    }

    /// What made the documents of the output.
    pub(super) fn layers(
        &self,
        loaded: &Loaded,
        templates: &[(usize, PathBuf)],
        library: &Library,
    ) -> Vec<Arc<[Layer]>> {
        let overlays: Vec<Layer> = self
            .post
            .iter()
            .rev()
            .filter_map(|o| o.at.clone())
            .map(|at| Layer::Kustomization { at, folder: self.chart.folder.clone() })
            .collect();
        let one = |document: &Document| {
            let root = document.tree.root();
            let file = self.file_at(root.map_or(document.span, |r| r.span()).start as usize, templates);
            let template = library.file(&file).map(|source| {
                let values = self.values_of(&file, library);
                Layer::Template(Arc::new(Template { source, release: self.by.clone(), values }))
            });
            overlays.iter().cloned().chain(template).collect()
        };
        loaded.parsed.stream.documents.iter().map(one).collect()
    }

    /// The values that a template sees: those of a subchart stand below its name.
    fn values_of(&self, template: &Path, library: &Library) -> Vec<Values> {
        let root = |source: SourceId| At { source, document: 0, pointer: String::new() };
        let own = |folder: &Path| {
            library.file(&folder.join("values.yaml")).map(|s| Values { at: root(s), path: String::new() })
        };
        let mut all = self.values.clone();
        all.extend(own(&self.chart.folder));
        let mut folder = self.chart.folder.clone();
        let inside = template.strip_prefix(&folder).unwrap_or(template).to_path_buf();
        let mut parts = inside.iter();
        while parts.next().is_some_and(|p| p == "charts") {
            let Some(name) = parts.next() else { break };
            let name = name.to_string_lossy();
            folder = folder.join("charts").join(&*name);
            let below = |v: &Values| {
                if let Some(path) = v.path.strip_prefix(&*name).and_then(|p| p.strip_prefix('.')) {
                    return Some(Values { path: path.into(), ..v.clone() });
                }
                let global = v.path.starts_with("global.");
                if global || !v.path.is_empty() {
                    return global.then(|| v.clone());
                }
                library.node(&v.at)?.get(&name)?;
                let pointer = format!("{}/{name}", v.at.pointer);
                Some(Values { at: At { pointer, ..v.at.clone() }, path: String::new() })
            };
            all = all.iter().filter_map(below).collect();
            all.extend(own(&folder));
        }
        all
    }
}

/// Kind and name of each document of a text, with the byte that it starts at.
fn objects(text: &str) -> Vec<(usize, (String, String))> {
    let stream = crate::yaml::parse(text);
    let object = |d: &Document| {
        let root = d.tree.root()?;
        let field = |path: &[&str]| root.at_path(path).and_then(|n| n.text()).unwrap_or_default().to_string();
        Some((root.span().start as usize, (field(&["kind"]), field(&["metadata", "name"]))))
    };
    stream.documents.iter().filter_map(object).collect()
}
