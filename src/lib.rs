//! meshlint finds what cannot work between the clusters of an Istio mesh, from the manifests in Git.
//!
//! The data goes one way: a [`workspace::Workspace`] (sources, read and parsed) becomes a [`model`], the model a
//! [`mesh`], and the [`rules`] ask the mesh questions and give [`finding`]s, which a [`report`] shows.

pub mod catalogue;
pub mod config;
pub mod discover;
pub mod finding;
pub mod mesh;
pub mod model;
pub mod report;
pub mod rules;
pub mod source;
pub mod workspace;
pub mod yaml;

use config::Settings;
use finding::Finding;
use rayon::prelude::*;
use rules::{Check, Findings, Rule};
use workspace::Workspace;

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// The findings, sorted by file, place and rule.
    pub findings: Vec<Finding>,
    /// How many were suppressed.
    pub suppressed: usize,
    /// What was read of each cluster.
    pub clusters: Vec<Coverage>,
}

/// What was read of a cluster.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// The cluster.
    pub name: String,
    /// Files that were read.
    pub files: usize,
    /// Documents in them, broken ones too.
    pub documents: usize,
    /// Kubernetes objects among those.
    pub resources: usize,
    /// What was not read, and why.
    pub skipped: Vec<workspace::Skipped>,
}

/// Judges a workspace by the rules that are on.
pub fn lint(workspace: &Workspace, settings: &Settings) -> Report {
    let fleet = mesh::Fleet::build(workspace, settings);
    let mut findings: Vec<Finding> = rules::ALL
        .par_iter()
        .filter(|r| is_on(r, settings))
        .flat_map_iter(|rule| {
            let mut out = Findings::new(rule);
            match rule.check {
                Check::Fleet(check) => check(&fleet, &mut out),
                Check::Cluster(check) => fleet.clusters.iter().for_each(|c| check(&fleet, c, &mut out)),
                Check::Object(check) => {
                    for cluster in &fleet.clusters {
                        cluster.objects.metas().for_each(|m| check(cluster, m, &mut out));
                    }
                }
            }
            out.into_list()
        })
        .collect();
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (workspace.sources.get(f.place.source).path.clone(), f.place.span, f.rule);
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    findings.dedup();
    Report { findings, suppressed: 0, clusters: fleet.coverage() }
}

fn is_on(rule: &'static Rule, settings: &Settings) -> bool {
    let info = rule.info();
    let named = |name: &str| {
        name == info.name || name == info.group || info.equivalents.iter().any(|e| e.eq_ignore_ascii_case(name))
    };
    let mut on = info.enabled;
    if !settings.select.is_empty() {
        on = settings.select.iter().any(|s| named(s));
    }
    for (name, level) in &settings.levels {
        if named(name) {
            on = *level != config::Level::Off;
        }
    }
    on
}
