//! `document-skipped`: a manifest that was not checked.

use std::collections::BTreeMap;

use super::words::count;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Site};
use crate::source::Place;
use crate::workspace::Skipped;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/document-skipped.md"), check);

/// The most files that one note names.
const NAMED: usize = 4;

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    files(fleet, cluster, out);
    templates(fleet, cluster, out);
}

/// Files that were not read: one finding for each reason, however many files it has.
fn files(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut by_reason: BTreeMap<(bool, &str), Vec<&Skipped>> = BTreeMap::new();
    for s in cluster.input.skipped.iter().filter(|s| (s.may_hold_objects || s.is_error) && !s.is_reported) {
        by_reason.entry((s.is_error, &s.reason)).or_default().push(s);
    }
    let site = |place| Site { cluster: cluster.name, meta: None, place };
    for ((is_error, reason), mut all) in by_reason {
        all.sort_unstable_by_key(|s| (&s.path, &s.detail));
        let mut paths: Vec<&str> = all.iter().map(|s| &*s.path).collect();
        paths.dedup();
        let mut places = paths.iter().filter_map(|p| fleet.workspace.place_of(p));
        let Some(first) = places.next() else { continue };
        let message = match (&all[..], &all[0].detail) {
            // The file was read: it is what an object in it names that was not.
            ([_], Some(what)) => format!("{what} was not checked: {reason}"),
            ([one], None) => format!("{} was not checked: {reason}", one.path),
            (_, Some(_)) => format!("what {} objects name was not checked: {reason}", all.len()),
            (_, None) => format!("{} files or folders were not checked: {reason}", paths.len()),
        };
        let finding = out.report(site(first), message);
        finding.with_anchor(reason);
        if is_error {
            finding.at_level(Severity::Error);
        }
        for place in places.by_ref().take(NAMED - 1) {
            finding.with_related(site(place), "for the same reason");
        }
        if paths.len() > NAMED {
            finding.with_help(format!("{} more are listed at the end", paths.len() - NAMED));
        }
    }
}

/// Documents that are no YAML before something has rendered them.
fn templates(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut places = Vec::new();
    for file in &cluster.input.files {
        let errors = &fleet.workspace.streams[file.source.0 as usize].stream.errors;
        places.extend(errors.iter().filter(|e| e.template).map(|e| Place { source: file.source, span: e.span }));
    }
    let Some((first, rest)) = places.split_first() else { return };
    let site = |place| Site { cluster: cluster.name, meta: None, place };
    let message = match rest.len() {
        0 => "this document was not checked: it is a template, and no YAML before it is rendered".to_string(),
        more => format!(
            "{} were not checked: they are templates, and no YAML before they are rendered",
            count(more + 1, "document")
        ),
    };
    let finding = out.report(site(*first), message);
    finding.with_help("render it, and check what comes out: `helm template … | meshlint -`");
    for place in rest.iter().take(NAMED - 1) {
        finding.with_related(site(*place), "this one, too");
    }
}
