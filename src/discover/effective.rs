//! What each cluster really applies: its *effective set*.
//!
//! It begins with what lies in the cluster's folder: plain manifests, and folders that Kustomize builds. Objects among
//! them that say what else is applied (Flux, Argo CD) are followed, and those among what that gives, until nothing new
//! comes. Each round's files are read, and its builds run, side by side.

mod base;
mod charts;
mod follow;
mod locate;
mod lookup;
mod outcome;
mod roots;
mod run;
mod sets;
mod variables;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::UsageError;
use super::collect::Found;
use super::kustomize::Kustomizations;
use super::layout::Draft;
use super::library::Library;
use super::pointer::Pointer;
use super::read::Outcome;
use super::skip::Why;
use crate::config::{Render, Settings};
use crate::render::Programs;
use crate::source::SourceId;
use crate::workspace::How;
pub(super) use base::Base;
pub(super) use outcome::Applied;
use run::Task;

/// The most tasks in one run: each is a folder that is built, or a chart, or a list of files.
const MAX_TASKS: usize = 20_000;

/// The longest chain of objects that point at objects that point at objects.
const MAX_DEPTH: u8 = 16;

/// Works out the effective sets.
pub(super) struct Effective<'a> {
    settings: &'a Settings,
    cwd: &'a Path,
    library: &'a mut Library,
    programs: Programs,
    base: Base,
    kustomizations: Kustomizations,
    drafts: Vec<Draft>,
    applied: Vec<Applied>,
    /// What was done already, for each cluster.
    done: FxHashSet<(usize, String)>,
    /// Pointers that wait for what others may bring.
    waiting: Vec<follow::Waiting>,
    /// How many objects that point at others led to a source.
    depths: FxHashMap<SourceId, u8>,
    /// What the objects of sources say, as far as they were asked.
    pointers: FxHashMap<SourceId, Vec<Pointer>>,
    /// What is in the repository, once a generator has asked.
    listing: Option<Arc<sets::Listing>>,
    /// Files and folders that some cluster applies, or that such things are built from.
    used: BTreeSet<PathBuf>,
}

/// What came out.
pub(super) struct Evaluated {
    /// The clusters, those first that were asked for; objects may have named more.
    pub(super) drafts: Vec<Draft>,
    /// What each of them applies.
    pub(super) applied: Vec<Applied>,
    pub(super) used: BTreeSet<PathBuf>,
    /// Why what was built is not kept.
    pub(super) unkept: Option<String>,
}

/// Works out what each cluster applies. `library`: the plain files of all drafts have been read.
pub(super) fn evaluate(
    drafts: Vec<Draft>,
    library: &mut Library,
    settings: &Settings,
    cwd: &Path,
) -> Result<Evaluated, UsageError> {
    let lists = std::mem::take(&mut library.lists);
    let is_plain = drafts.iter().all(|d| d.found.built.is_empty())
        && lists.iter().flatten().filter_map(|o| o.as_ref().ok()).all(|id| !library.facts(*id).may_point());
    let rendering = &settings.rendering;
    // A program that was given has to be there; others are looked for where there is something to build.
    let is_given = rendering.kustomize.is_some() || rendering.helm.is_some();
    let programs = match rendering.mode {
        Render::Never => Programs::default(),
        _ if is_plain && !is_given => Programs::default(),
        _ => Programs::find(rendering).map_err(|message| UsageError { message, help: None })?,
    };
    let base = Base::of(&drafts, settings, cwd);
    let mut all = Effective {
        settings,
        cwd,
        kustomizations: Kustomizations::new(base.boundary.clone()),
        base,
        programs,
        applied: drafts.iter().map(|_| Applied::default()).collect(),
        drafts,
        library,
        done: FxHashSet::default(),
        waiting: Vec::new(),
        depths: FxHashMap::default(),
        pointers: FxHashMap::default(),
        listing: None,
        used: BTreeSet::new(),
    };
    if is_plain {
        for (cluster, outcomes) in lists.into_iter().enumerate() {
            all.plain(cluster, outcomes);
        }
    } else {
        all.library.index_files(cwd);
        all.tools(lists);
    }
    all.applied.iter_mut().for_each(Applied::finish);
    let unkept = all.programs.unkept();
    Ok(Evaluated { drafts: all.drafts, applied: all.applied, used: all.used, unkept })
}

impl Effective<'_> {
    /// A cluster that applies nothing but the files in its folder.
    fn plain(&mut self, cluster: usize, outcomes: Vec<Outcome>) -> Vec<SourceId> {
        let set = self.applied[cluster].set(How::Files, "files", None);
        let mut ids = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            match outcome {
                Ok(id) => {
                    self.applied[cluster].add(id, "default", set);
                    ids.push(id);
                }
                Err(unread) => self.drafts[cluster].found.skipped.push(unread),
            }
        }
        ids
    }

    /// Clusters with kustomizations, or with objects of Flux or Argo CD.
    fn tools(&mut self, lists: Vec<Vec<Outcome>>) {
        let (mut tasks, mut later) = self.roots(lists);
        loop {
            while !tasks.is_empty() {
                let new = self.run(tasks);
                tasks = self.follow(&new);
            }
            tasks = self.without_waiting();
            if tasks.is_empty() {
                // What would have been applied by something that nothing applies.
                if later.is_empty() {
                    break;
                }
                let task = later.remove(0);
                if !self.is_used(&task) {
                    tasks = self.once(task).into_iter().collect();
                }
            }
        }
    }

    /// The task, unless that cluster has done it already.
    fn once(&mut self, task: Task) -> Option<Task> {
        if self.done.len() >= MAX_TASKS || task.depth > MAX_DEPTH {
            self.applied[task.cluster].skipped.push(Why::TooMany.at(&task.shown));
            return None;
        }
        self.done.insert((task.cluster, task.key())).then_some(task)
    }

    /// Whether what a task would apply is applied already, or built into something.
    fn is_used(&self, task: &Task) -> bool {
        match &task.job {
            run::Job::Files(files) => files.iter().all(|f| self.used.contains(&f.path)),
            _ => task.folder().is_some_and(|f| self.used.contains(f)),
        }
    }

    /// The path of something, as people know it.
    fn shown(&self, path: &Path) -> String {
        super::given::shown(path, self.cwd)
    }

    fn found(&self, path: &Path) -> Found {
        Found { path: path.to_path_buf(), shown: self.shown(path), link: false }
    }
}
