//! Doing a round's tasks: reading files, building folders, rendering charts, side by side.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::super::collect::Found;
use super::super::kustomize::{self, Build, Closure, Kind, Kustomization, Problem, Target, Way};
use super::super::library::{Facts, Loaded};
use super::super::read;
use super::super::walk::is_manifest_name;
use super::Effective;
use super::charts::Chart;
use super::sets::all_files;
use super::variables::Variables;
use crate::progress::Stage;
use crate::render::{Failure, Tool};
use crate::source::{Place, SourceId, Span};
use crate::workspace::{At, Derived, Documents, How, Layer, Parsed};

/// Something that a cluster applies.
pub(super) struct Task {
    /// The cluster's index.
    pub(super) cluster: usize,
    /// The object that says so.
    pub(super) by: Option<By>,
    pub(super) job: Job,
    /// The folder or file, as people know it.
    pub(super) shown: String,
    /// The namespace of objects that say none.
    pub(super) namespace: String,
    /// What is put in the place of variables.
    pub(super) variables: Option<Variables>,
    /// How many objects that point at others led here.
    pub(super) depth: u8,
}

/// The object that says what is applied.
#[derive(Clone)]
pub(super) struct By {
    /// `Flux Kustomization flux-system/apps`
    pub(super) title: String,
    /// Where it says so.
    pub(super) place: Place,
}

/// What is done.
pub(super) enum Job {
    /// Files that are applied as they are.
    Files(Vec<Found>),
    /// A folder that Kustomize builds.
    Build(Box<Build>),
    /// A chart that Helm renders.
    Chart(Box<Chart>),
}

/// What was made of a task: a text, and what made its documents.
type Made = Result<(Loaded, Documents), Failure>;

impl Task {
    /// What makes it the same as another one.
    pub(super) fn key(&self) -> String {
        let variables = self.variables.as_ref().map(Variables::key).unwrap_or_default();
        let job = match &self.job {
            Job::Files(files) => files.iter().map(|f| f.path.to_string_lossy()).collect::<Vec<_>>().join("\n"),
            Job::Build(b) => format!("build {} {:?} {:?}", b.folder.display(), b.listed, b.overlay.fields),
            Job::Chart(c) => c.key(),
        };
        format!("{job}\n{}\n{variables}", self.namespace)
    }

    /// Its folder or file, and `.` for the working directory.
    fn shown_or_dot(&self) -> &str {
        if self.shown.is_empty() { "." } else { &self.shown }
    }

    fn how(&self) -> How {
        match &self.job {
            Job::Files(_) => How::Files,
            Job::Build(_) => How::Built,
            Job::Chart(_) => How::Rendered,
        }
    }

    fn what(&self) -> String {
        let shown = self.shown_or_dot();
        match &self.job {
            Job::Files(_) => format!("files of {shown}"),
            Job::Build(_) => format!("kustomize build {shown}"),
            Job::Chart(_) => format!("helm template {shown}"),
        }
    }

    /// The folder that is built.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.job {
            Job::Build(build) => Some(&build.folder),
            Job::Chart(chart) => Some(chart.folder()),
            Job::Files(_) => None,
        }
    }

    /// The object that says so, as people know it.
    fn by(&self) -> Option<String> {
        self.by.as_ref().map(|b| b.title.clone())
    }

    fn tool(&self) -> Tool {
        if matches!(self.job, Job::Chart(_)) { Tool::Helm } else { Tool::Kustomize }
    }
}

impl Effective<'_> {
    /// Does the tasks; the new sources, with the clusters that apply them.
    pub(super) fn run(&mut self, tasks: Vec<Task>) -> Vec<(usize, SourceId)> {
        let mut new = Vec::new();
        let mut programs = Vec::new();
        for task in tasks {
            if matches!(task.job, Job::Files(_)) { self.files(task, &mut new) } else { programs.push(task) }
        }
        let closure = |task: &Task| match &task.job {
            Job::Build(build) => build.closure(&self.kustomizations),
            _ => Closure::default(),
        };
        let closures: Vec<Closure> = programs.par_iter().map(closure).collect();
        self.read_origins(&programs, &closures);
        let mut ready: Vec<(Task, Closure)> = Vec::new();
        for (task, closure) in programs.into_iter().zip(closures) {
            self.used.extend(task.folder().map(Path::to_path_buf));
            if self.may_run(&task, &closure) {
                ready.push((task, closure));
            }
        }
        self.settings.progress.begin(Stage::Building, ready.len());
        let make = |(task, closure): (Task, Closure)| {
            let made = self.make(&task, closure);
            self.settings.progress.step();
            (task, made)
        };
        let made: Vec<(Task, Made)> = ready.into_par_iter().map(make).collect();
        for (task, made) in made {
            match made {
                Ok((loaded, documents)) => new.push(self.built(&task, loaded, documents)),
                Err(failure) => self.failed(&task, &failure),
            }
        }
        new
    }

    /// Reads the files that values in what is built may be traced to.
    fn read_origins(&mut self, tasks: &[Task], closures: &[Closure]) {
        let mut paths: FxHashSet<&Path> = FxHashSet::default();
        for target in kustomize::targets(closures) {
            match target {
                Target::Resource(path) => paths.insert(path),
                Target::File(path) => is_manifest_name(path.as_os_str()) && paths.insert(path),
                Target::Folder(_) => false,
            };
        }
        for kustomization in closures.iter().flat_map(|c| &c.kustomizations) {
            if paths.insert(&kustomization.file) {
                self.keep(kustomization);
            }
        }
        let mut origins: Vec<Found> = paths.into_iter().map(|p| self.found(p)).collect();
        for task in tasks {
            if let Job::Chart(chart) = &task.job {
                all_files(&self.walk(chart.folder()), &mut origins);
            }
        }
        origins.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        origins.dedup();
        self.used.extend(origins.iter().map(|f| f.path.clone()));
        read::inputs(&origins, self.library, self.settings);
    }

    /// A kustomization has been read already: with its values as they are written.
    fn keep(&mut self, kustomization: &Kustomization) {
        if !self.settings.variables.is_empty() || self.library.file(&kustomization.file).is_some() {
            return;
        }
        if let Some((mut source, parsed)) = kustomization.take_text() {
            source.path = self.shown(&kustomization.file);
            let facts = Facts::of(&parsed);
            let id = self.library.add(Loaded { source, parsed, facts });
            self.library.files.insert(kustomization.file.clone(), id);
        }
    }

    fn files(&mut self, task: Task, new: &mut Vec<(usize, SourceId)>) {
        let Job::Files(files) = &task.job else { return };
        let outcomes = read::more(files, self.library, self.settings);
        let what = if task.by.is_some() { task.what() } else { "files".into() };
        let set = self.applied[task.cluster].set(task.how(), what, task.by());
        for (found, outcome) in files.iter().zip(outcomes) {
            let id = match outcome {
                Some(Ok(id)) => self.substituted(id, &task),
                Some(Err(unread)) => {
                    self.drafts[task.cluster].found.skipped.push(unread);
                    continue;
                }
                None => continue,
            };
            self.used.insert(found.path.clone());
            self.applied[task.cluster].add(id, &task.namespace, set);
            self.depths.insert(id, task.depth);
            new.push((task.cluster, id));
        }
    }

    /// A file with its variables put in: a text of its own, since others may apply it with other values.
    fn substituted(&mut self, id: SourceId, task: &Task) -> SourceId {
        let Some(variables) = &task.variables else { return id };
        let source = self.library.sources.get(id);
        let loaded = variables.read(source.path.clone(), source.text().to_string(), self.settings);
        let layers = |document: usize| {
            let at = At { source: id, document: document as u32, pointer: String::new() };
            [Layer::Object(at)].into()
        };
        let documents = (0..loaded.parsed.stream.documents.len()).map(layers).collect();
        let derived = Derived { documents: Documents::Known(documents), variables: variables.places() };
        let new = self.library.add(loaded);
        self.library.derived.insert(new, derived);
        new
    }

    /// Whether a task can be done; where not, it is said why.
    fn may_run(&mut self, task: &Task, closure: &Closure) -> bool {
        let place = self.place_of(task);
        let broken = closure.resources().find_map(|(path, _)| self.broken(path));
        let worst = |k: Kind| closure.problems.iter().find(|p| p.kind == k).cloned();
        let problem = worst(Kind::Broken).or(broken).or_else(|| worst(Kind::Refused)).or_else(|| worst(Kind::Missing));
        if let Some(problem) = problem {
            self.problem(task, &problem, place);
            return false;
        }
        let (tool, applied) = (task.tool(), &mut self.applied[task.cluster]);
        if self.programs.has(tool) {
            return true;
        }
        let shown = task.shown_or_dot().to_string();
        applied.skip_reported(shown.clone(), &format!("not built: {tool} is not installed"));
        applied.missing.entry(tool).or_default().push((place, shown));
        false
    }

    /// A file of resources that is no YAML, as Kustomize would say with less precision.
    fn broken(&self, path: &Path) -> Option<Problem> {
        let id = self.library.file(path)?;
        let error = self.library.streams[id.0 as usize].stream.errors.first()?;
        Some(Problem::broken(path, error.span, error.message.clone()))
    }

    fn problem(&mut self, task: &Task, problem: &Problem, place: Place) {
        let shown = task.shown_or_dot().to_string();
        let at = self.library.file(&problem.file).map(|source| Place { source, span: problem.span });
        // What is put on top is written in the object.
        let at = at.or(task.by.as_ref().map(|b| b.place));
        let applied = &mut self.applied[task.cluster];
        match problem.kind {
            Kind::Broken => {
                let message = format!("`kustomize build` fails: {}", problem.what);
                applied.fail(at.unwrap_or(place), message, problem.help());
                applied.skip_reported(shown, "not built: it is broken");
            }
            Kind::Refused | Kind::Missing => applied.skip(shown, format!("not built: {}", problem.what), None),
        }
    }

    fn make(&self, task: &Task, closure: Closure) -> Made {
        match &task.job {
            Job::Build(build) => {
                let (text, origins) = build.run(&self.kustomizations, &closure, &self.programs, self.library)?;
                let loaded = self.read_built(kustomize::name(&task.shown), text, task);
                // Documents that cannot be read would shift the others: then nothing is known of their origins.
                let is_whole = origins.len() == loaded.parsed.stream.documents.len();
                let origins = if is_whole { origins } else { Vec::new() };
                let way = Way::new(build, closure, origins, &self.kustomizations, self.library);
                Ok((loaded, Documents::Asked(Arc::new(way))))
            }
            Job::Chart(chart) => {
                let rendered = chart.run(&self.programs)?;
                let loaded = self.read_built(chart.name(&task.shown), rendered.text, task);
                let documents = chart.layers(&loaded, &rendered.templates, self.library);
                Ok((loaded, Documents::Known(documents)))
            }
            Job::Files(_) => Err(Failure::Io("files are applied as they are".into())),
        }
    }

    fn read_built(&self, name: String, text: String, task: &Task) -> Loaded {
        match &task.variables {
            Some(variables) => variables.read(name, text, self.settings),
            None => {
                let (source, parsed) = Parsed::read(name, text.into_bytes(), &self.settings.variables);
                Loaded { facts: Facts::of(&parsed), source, parsed }
            }
        }
    }

    /// Adds what was built to what its cluster applies.
    fn built(&mut self, task: &Task, loaded: Loaded, documents: Documents) -> (usize, SourceId) {
        let variables = task.variables.as_ref().map(Variables::places).unwrap_or_default();
        let id = self.library.add(loaded);
        self.library.derived.insert(id, Derived { documents, variables });
        let applied = &mut self.applied[task.cluster];
        let set = applied.set(task.how(), task.what(), task.by());
        applied.add(id, &task.namespace, set);
        self.depths.insert(id, task.depth);
        (task.cluster, id)
    }

    fn failed(&mut self, task: &Task, failure: &Failure) {
        let place = self.place_of(task);
        let shown = task.shown_or_dot().to_string();
        let (what, applied) = (task.what(), &mut self.applied[task.cluster]);
        match failure {
            Failure::Said(text) => {
                let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
                let first = reason(lines.next().unwrap_or("it says nothing"));
                applied.fail(place, format!("`{what}` fails: {first}"), None);
                applied.skip_reported(shown, "not built: it is broken");
            }
            other => applied.skip(shown, format!("not built: {other}"), None),
        }
    }

    /// Where it is said what has to be built: in the kustomization, else in the object that asks for it.
    fn place_of(&self, task: &Task) -> Place {
        let own = task.folder().and_then(|f| self.kustomizations.of(f)).map(|k| k.file.clone());
        let own = own.and_then(|file| self.library.file(&file));
        let at_start = |source| Place { source, span: Span::default() };
        match (own, &task.by) {
            (Some(source), _) => at_start(source),
            (None, Some(by)) => by.place,
            (None, None) => at_start(SourceId(0)),
        }
    }
}

/// What went wrong, without the folders that Kustomize came through: `…: couldn't make target for path '/x': REASON`.
fn reason(line: &str) -> &str {
    let last = line.rsplit_once("couldn't make target for path '").and_then(|(_, rest)| rest.split_once("': "));
    last.map_or(line, |(_, reason)| reason)
}
