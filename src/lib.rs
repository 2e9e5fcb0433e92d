//! meshlint finds what cannot work between the clusters of an Istio mesh, from the manifests in Git.
//!
//! The data goes one way: a [`workspace::Workspace`] (sources, read and parsed) becomes a [`model`], the model a
//! [`mesh`], and the [`rules`] ask the mesh questions and give [`finding`]s, which a [`report`] shows.

pub mod annotations;
pub mod apis;
pub mod baseline;
pub mod catalogue;
pub mod cli;
pub mod config;
pub mod coverage;
pub mod discover;
pub mod finding;
pub mod git;
pub mod mesh;
pub mod model;
mod pairs;
pub mod progress;
pub mod render;
pub mod report;
pub mod rules;
pub mod schema;
pub mod since;
pub mod source;
pub mod suppress;
mod system;
mod tasks;
pub mod timings;
pub mod workspace;
pub mod yaml;

use config::{Level, Settings};
use discover::{Target, UsageError};
use finding::Finding;
use mesh::Fleet;
use progress::Stage;
use rayon::prelude::*;
use report::Report;
use rules::Rule;
use suppress::Suppressions;
use workspace::{ClusterInput, Workspace};

/// Reads what the paths hold: see [`discover::open`]. Folders and files that findings may have to point at although
/// no text was read from them get a place, too.
///
/// # Errors
/// A path that does not exist, or nothing to check.
pub fn open(target: &Target, settings: &Settings) -> Result<Workspace, UsageError> {
    let mut workspace = discover::open(target, settings)?;
    workspace.add_places();
    if let Some(file) = settings.file.as_ref().filter(|_| !settings.suppressions.is_empty()) {
        workspace.add_configuration(&file.shown, &file.text);
    }
    Ok(workspace)
}

/// Judges a workspace by the rules that are on, each of its fleets by itself.
pub fn lint(workspace: &Workspace, settings: &Settings) -> Report {
    let on: Vec<(&'static Rule, Level)> =
        rules::ALL.iter().map(|r| (*r, rules::level(r.info(), settings))).filter(|(_, l)| *l != Level::Off).collect();
    settings.progress.begin(Stage::Checking, 0);
    let mut suppressions = Suppressions::read(workspace, settings, &on);
    let mut all = Report::default();
    for members in workspace.fleets() {
        let fleet = all.timings.phase("resolving the mesh", || Fleet::of(workspace, &members, settings));
        let mut report = judge(&fleet, &on, &mut suppressions, settings);
        // Hundreds of thousands of small pieces: side by side they are given back sooner.
        fleet.clusters.into_par_iter().for_each(drop);
        if members.len() < workspace.clusters.len() {
            in_full(&mut report, &members);
        }
        all.findings.append(&mut report.findings);
        all.clusters.append(&mut report.clusters);
        all.suppressed += report.suppressed;
        all.timings.append(report.timings);
    }
    all.findings.append(&mut suppressions.findings(&on));
    sort(&mut all.findings, workspace);
    all
}

fn judge(
    fleet: &Fleet<'_>,
    on: &[(&'static Rule, Level)],
    suppressions: &mut Suppressions<'_>,
    settings: &Settings,
) -> Report {
    let (mut findings, timings) = tasks::run(fleet, on, &settings.progress);
    for finding in findings.iter_mut().filter(|f| f.object.is_none() && f.anchor.is_empty()) {
        finding.anchor = fleet.workspace.line_at(finding.place).into();
    }
    // Annotations stand on what is applied, comments and the configuration speak of what is shown.
    let mut annotated = suppressions.take_annotated(fleet, &mut findings);
    for list in [&mut findings, &mut annotated] {
        // Shown where a person has to edit, not in what a program has made of that.
        list.iter_mut().for_each(|f| workspace::trace_finding(fleet.workspace, f));
        sort(list, fleet.workspace);
        list.dedup();
    }
    let suppressed = suppressions.apply(fleet, &mut findings, &annotated);
    Report { findings, suppressed, clusters: fleet.coverage(), timings, ..Report::default() }
}

/// Names clusters with their fleets: another fleet may have clusters of the same names.
fn in_full(report: &mut Report, members: &[&ClusterInput]) {
    let full = |name: &str| members.iter().find(|c| c.name == name).map_or_else(|| name.into(), |c| c.title());
    let rename = |name: &mut Option<String>| *name = name.take().map(|n| full(&n));
    for finding in &mut report.findings {
        rename(&mut finding.cluster);
        finding.related.iter_mut().for_each(|r| rename(&mut r.cluster));
    }
    report.clusters.iter_mut().for_each(|c| c.name = full(&c.name));
}

/// By file, place and rule, so that the order depends on nothing else.
fn sort(findings: &mut [Finding], workspace: &Workspace) {
    findings.sort_by(|a, b| {
        let path = |f: &Finding| workspace.sources.get(f.place.source).path.as_str();
        (path(a), a.place.span, a.rule, &a.message, &a.cluster).cmp(&(
            path(b),
            b.place.span,
            b.rule,
            &b.message,
            &b.cluster,
        ))
    });
}
