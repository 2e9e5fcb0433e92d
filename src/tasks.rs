//! Running the rules: what is done side by side.

use rayon::prelude::*;

use crate::config::Level;
use crate::finding::Finding;
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::progress::{Progress, Stage};
use crate::rules::{Check, Findings, Rule};
use crate::timings::{Timings, timed};

/// A rule that is on, and how serious its findings are.
type On = (&'static Rule, Level);

/// How many objects are judged by all rules on objects before the next ones are: with all that they hold, they fit into
/// the memory that is near to a processor.
const TOGETHER: usize = 128;

/// What is done at a time by one thread.
enum Task<'a, 's> {
    /// A rule that looks at all clusters.
    Fleet(On),
    /// A rule that looks at one.
    Cluster(On, &'a Cluster<'s>),
    /// All rules that look at single objects.
    Objects(&'a Cluster<'s>, Vec<&'a Meta<'s>>),
}

/// What the rules that are on find in a fleet, in no order that means anything, and how long each took.
pub(crate) fn run(fleet: &Fleet<'_>, on: &[On], progress: &Progress) -> (Vec<Finding>, Timings) {
    let tasks = tasks(fleet, on);
    progress.begin(Stage::Checking, tasks.len());
    let of = |task: &Task<'_, '_>| {
        let mut done = Done::default();
        task.run(fleet, on, &mut done);
        progress.step();
        done
    };
    let (done, checking): (Vec<Done>, _) = timed(|| tasks.par_iter().map(of).collect());
    let mut timings = Timings { checking, ..Timings::default() };
    done.iter().flat_map(|d| d.timings.rules.iter()).for_each(|(rule, took)| timings.add_rule(rule, *took));
    (done.into_iter().flat_map(|d| d.findings).collect(), timings)
}

fn tasks<'a, 's>(fleet: &'a Fleet<'s>, on: &[On]) -> Vec<Task<'a, 's>> {
    let mut tasks = Vec::new();
    for rule in on {
        match rule.0.check {
            Check::Fleet(_) => tasks.push(Task::Fleet(*rule)),
            Check::Cluster(_) => tasks.extend(fleet.clusters.iter().map(|c| Task::Cluster(*rule, c))),
            // Suppressions are judged when all others are done.
            Check::Objects(_) | Check::Suppressions => {}
        }
    }
    for cluster in &fleet.clusters {
        let all: Vec<&Meta<'_>> = cluster.objects.metas().collect();
        tasks.extend(all.chunks(TOGETHER).map(|some| Task::Objects(cluster, some.to_vec())));
    }
    tasks
}

#[derive(Default)]
struct Done {
    findings: Vec<Finding>,
    timings: Timings,
}

impl Task<'_, '_> {
    fn run(&self, fleet: &Fleet<'_>, on: &[On], done: &mut Done) {
        match self {
            Self::Fleet(rule) => {
                if let Check::Fleet(check) = rule.0.check {
                    done.note(*rule, |out| check(fleet, out));
                }
            }
            Self::Cluster(rule, cluster) => {
                if let Check::Cluster(check) = rule.0.check {
                    done.note(*rule, |out| check(fleet, cluster, out));
                }
            }
            Self::Objects(cluster, objects) => {
                for rule in on {
                    if let Check::Objects(check) = rule.0.check {
                        done.note(*rule, |out| check(fleet, cluster, objects, out));
                    }
                }
            }
        }
    }
}

impl Done {
    fn note(&mut self, (rule, level): On, check: impl FnOnce(&mut Findings)) {
        let mut out = Findings::new(rule);
        let ((), took) = timed(|| check(&mut out));
        let mut found = out.into_list();
        if let Level::At(severity) = level {
            found.iter_mut().for_each(|f| f.severity = severity);
        }
        self.findings.append(&mut found);
        self.timings.add_rule(rule.info().name, took);
    }
}
