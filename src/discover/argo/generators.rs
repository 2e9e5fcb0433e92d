//! Generators of an ApplicationSet: the sets of parameters that its template is filled with.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/>

use std::borrow::Cow;
use std::collections::BTreeMap;

use globset::GlobBuilder;

use super::clusters::{Cluster, IN_CLUSTER};
use super::{selector, template};
use crate::discover::pointer::{is_true, text};
use crate::source::{Place, SourceId};
use crate::yaml::Node;

/// A parameter's value, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::discover) struct Parameter {
    pub(in crate::discover) value: String,
    pub(in crate::discover) place: Option<Place>,
}

/// Parameters by their names, with dots and `[0]` for what is nested.
pub(in crate::discover) type Parameters = BTreeMap<String, Parameter>;

/// The most sets of parameters that are made.
pub(super) const MAX: usize = 1000;

/// How deep `matrix` and `merge` may stand in each other.
const MAX_DEPTH: u8 = 4;

/// What generators look at.
pub(in crate::discover) trait World {
    /// The folders of the repository, relative to its root.
    fn folders(&self) -> &[String];
    /// Its YAML and JSON files.
    fn files(&self) -> &[String];
    /// Gives what a file holds to a function.
    fn read(&self, path: &str, each: &mut dyn FnMut(SourceId, Node<'_>));
    /// Whether a URL is this repository's.
    fn is_own(&self, url: &str) -> bool;
    /// The clusters that are known, with the sources that they are in.
    fn clusters(&self) -> Vec<(SourceId, Cluster)>;
}

/// Runs generators.
pub(super) struct Generators<'w> {
    pub(super) world: &'w dyn World,
    pub(super) source: SourceId,
    pub(super) go: bool,
    /// Why some sets are missing.
    pub(super) unknown: Vec<String>,
}

impl Generators<'_> {
    /// The sets of parameters that a generator makes; `outer`: those that hold already, of the first of a matrix.
    pub(super) fn run(&mut self, generator: Node<'_>, outer: &Parameters, depth: u8) -> Vec<Parameters> {
        let mut out = Vec::new();
        for (kind, inner) in generator.entries() {
            match kind.text().unwrap_or_default() {
                "list" => {
                    let elements = inner.items_of("elements").filter(Node::is_mapping);
                    out.extend(elements.map(|e| self.flat(e, "")).take(MAX));
                }
                "git" => out.extend(self.git(inner, outer)),
                "clusters" => out.extend(self.clusters(inner)),
                "matrix" if depth < MAX_DEPTH => out.extend(self.matrix(inner, outer, depth)),
                "merge" if depth < MAX_DEPTH => out.extend(self.merge(inner, outer, depth)),
                "selector" | "template" | "values" => {}
                other => self.unknown.push(format!("what its generator `{other}` finds is not in this repository")),
            }
        }
        out.truncate(MAX);
        let selector = generator.get("selector");
        out.retain(|p| selector::fits(selector, &|key| p.get(key).map(|p| Cow::Borrowed(p.value.as_str()))));
        out
    }

    fn place(&self, node: Node<'_>) -> Option<Place> {
        Some(Place { source: self.source, span: node.span() })
    }

    /// All scalars of a node by their paths.
    fn flat(&self, node: Node<'_>, prefix: &str) -> Parameters {
        let mut out = Parameters::new();
        flatten(node, prefix, self.source, 0, &mut out);
        out
    }

    fn matrix(&mut self, node: Node<'_>, outer: &Parameters, depth: u8) -> Vec<Parameters> {
        let generators: Vec<Node<'_>> = node.items_of("generators").collect();
        let [first, second] = &generators[..] else { return Vec::new() };
        let mut out = Vec::new();
        for a in self.run(*first, outer, depth + 1) {
            let mut known = outer.clone();
            known.extend(a.clone());
            for b in self.run(*second, &known, depth + 1) {
                let mut both = a.clone();
                both.extend(b);
                out.push(both);
                if out.len() >= MAX {
                    self.cut_off();
                    return out;
                }
            }
        }
        out
    }

    fn cut_off(&mut self) {
        let what = format!("it makes more than {MAX} Applications: the others are not checked");
        if !self.unknown.contains(&what) {
            self.unknown.push(what);
        }
    }

    fn merge(&mut self, node: Node<'_>, outer: &Parameters, depth: u8) -> Vec<Parameters> {
        let keys: Vec<String> = node.items_of("mergeKeys").filter_map(|k| k.text()).map(str::to_string).collect();
        let mut generators = node.items_of("generators");
        let Some(base) = generators.next() else { return Vec::new() };
        let mut out = self.run(base, outer, depth + 1);
        let key = |p: &Parameters| keys.iter().map(|k| p.get(k).map(|p| p.value.clone())).collect::<Vec<_>>();
        for other in generators {
            let index: BTreeMap<_, Parameters> =
                self.run(other, outer, depth + 1).into_iter().map(|p| (key(&p), p)).collect();
            for parameters in &mut out {
                if let Some(more) = index.get(&key(parameters)) {
                    parameters.extend(more.clone());
                }
            }
        }
        out
    }

    fn git(&mut self, node: Node<'_>, outer: &Parameters) -> Vec<Parameters> {
        let url = text(node, "repoURL").unwrap_or_default();
        if !self.world.is_own(url) {
            self.unknown.push(format!("its generator `git` looks at another repository: {url}"));
            return Vec::new();
        }
        let prefix = text(node, "pathParamPrefix").map(|p| format!("{p}.")).unwrap_or_default();
        let globs = |key: &str, excluded: bool| -> Vec<(globset::GlobMatcher, Option<Place>)> {
            let all = node.items_of(key).filter(|d| is_true(*d, "exclude") == excluded);
            let glob = |d: Node<'_>| {
                let path = d.get("path")?;
                let pattern = template::render(path.text()?, outer, self.go).ok()?;
                let pattern = pattern.trim_matches('/').to_string();
                let glob = GlobBuilder::new(&pattern).literal_separator(true).build().ok()?;
                Some((glob.compile_matcher(), self.place(path)))
            };
            all.filter_map(glob).collect()
        };
        let world = self.world;
        let mut out = Vec::new();
        let (wanted, unwanted) = (globs("directories", false), globs("directories", true));
        for folder in world.folders() {
            let Some((_, place)) = wanted.iter().find(|(g, _)| g.is_match(folder)) else { continue };
            if !unwanted.iter().any(|(g, _)| g.is_match(folder)) {
                out.push(self.path(folder, &prefix, *place));
            }
        }
        let (wanted, unwanted) = (globs("files", false), globs("files", true));
        for file in world.files() {
            let Some((_, place)) = wanted.iter().find(|(g, _)| g.is_match(file)) else { continue };
            if unwanted.iter().any(|(g, _)| g.is_match(file)) {
                continue;
            }
            let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
            let mut common = self.path(folder, &prefix, *place);
            let mut put = |key: &str, value: &str| {
                common.insert(format!("{prefix}path.{key}"), Parameter { value: value.into(), place: *place });
            };
            put("filename", name);
            put("filenameNormalized", &template::normalize(name));
            world.read(file, &mut |source, root| {
                let roots: Vec<Node<'_>> = if root.is_sequence() { root.items().collect() } else { vec![root] };
                for root in roots.into_iter().filter(Node::is_mapping) {
                    let mut one = common.clone();
                    flatten(root, "", source, 0, &mut one);
                    out.push(one);
                }
            });
            if out.len() >= MAX {
                break;
            }
        }
        self.values(node, &mut out);
        out
    }

    /// The `values` of a generator, which may name what it has found.
    fn values(&self, node: Node<'_>, all: &mut [Parameters]) {
        let values = node.get("values").map(|v| v.entries()).unwrap_or_default();
        for parameters in all {
            for (key, value) in &values {
                let place = self.place(*value);
                if let Ok(value) = template::render(value.text().unwrap_or_default(), parameters, self.go) {
                    parameters.insert(format!("values.{}", key.key()), Parameter { value, place });
                }
            }
        }
    }

    /// The parameters that say where a folder is.
    fn path(&self, folder: &str, prefix: &str, place: Option<Place>) -> Parameters {
        let base = folder.rsplit('/').next().unwrap_or_default();
        let mut out = Parameters::new();
        let mut put = |key: String, value: &str| {
            out.insert(format!("{prefix}{key}"), Parameter { value: value.into(), place });
        };
        if self.go {
            put("path.path".into(), folder);
        } else {
            put("path".into(), folder);
        }
        put("path.basename".into(), base);
        put("path.basenameNormalized".into(), &template::normalize(base));
        for (i, segment) in folder.split('/').enumerate() {
            put(if self.go { format!("path.segments[{i}]") } else { format!("path[{i}]") }, segment);
        }
        out
    }

    fn clusters(&mut self, node: Node<'_>) -> Vec<Parameters> {
        let known = self.world.clusters();
        if known.is_empty() {
            self.unknown.push("the clusters that Argo CD knows are not in this repository".into());
            return Vec::new();
        }
        let selector = node.get("selector");
        let mut out = Vec::new();
        let is_own = |c: &Cluster| c.server.trim_end_matches('/') == IN_CLUSTER;
        // The cluster that Argo CD runs in needs no Secret; without one it has no labels.
        if selector::is_empty(selector) && !known.iter().any(|(_, c)| is_own(c)) {
            let pairs = [("name", "in-cluster"), ("nameNormalized", "in-cluster"), ("server", IN_CLUSTER)];
            let place = self.place(node);
            out.push(pairs.map(|(k, v)| (k.to_string(), Parameter { value: v.into(), place })).into());
        }
        for (source, cluster) in known {
            let label =
                |key: &str| cluster.labels.iter().find(|(k, _, _)| k == key).map(|(_, v, _)| Cow::Borrowed(v.as_str()));
            if !selector::fits(selector, &label) {
                continue;
            }
            let mut one = Parameters::new();
            let mut put = |key: String, value: &str, span| {
                one.insert(key, Parameter { value: value.into(), place: Some(Place { source, span }) });
            };
            put("name".into(), &cluster.name, cluster.span);
            put("nameNormalized".into(), &template::normalize(&cluster.name), cluster.span);
            put("server".into(), &cluster.server, cluster.span);
            cluster.labels.iter().for_each(|(k, v, s)| put(format!("metadata.labels.{k}"), v, *s));
            cluster.annotations.iter().for_each(|(k, v, s)| put(format!("metadata.annotations.{k}"), v, *s));
            out.push(one);
        }
        self.values(node, &mut out);
        out
    }
}

fn flatten(node: Node<'_>, prefix: &str, source: SourceId, depth: u8, out: &mut Parameters) {
    if depth > 16 || out.len() > 10_000 {
        return;
    }
    let below = |key: &str| if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") };
    if node.is_mapping() {
        node.entries().iter().for_each(|(k, v)| flatten(*v, &below(&k.key()), source, depth + 1, out));
    } else if node.is_sequence() {
        node.items().enumerate().for_each(|(i, v)| flatten(v, &format!("{prefix}[{i}]"), source, depth + 1, out));
    } else {
        let place = Some(Place { source, span: node.span() });
        out.insert(prefix.into(), Parameter { value: crate::discover::flux::to_text(node), place });
    }
}
