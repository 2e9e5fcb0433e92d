//! `document-skipped`: a manifest that was not checked.

use std::collections::BTreeMap;

use super::words::count;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Site};
use crate::source::Place;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/document-skipped.md"), check);

/// The most files that one note names.
const NAMED: usize = 4;

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    files(fleet, cluster, out);
    templates(fleet, cluster, out);
}

/// Files that were not read: one finding for each reason, however many files it has.
fn files(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut by_reason: BTreeMap<(bool, &str), Vec<&str>> = BTreeMap::new();
    for s in cluster.input.skipped.iter().filter(|s| (s.may_hold_objects || s.is_error) && !s.is_reported) {
        by_reason.entry((s.is_error, &s.reason)).or_default().push(&s.path);
    }
    let site = |place| Site { cluster: cluster.name, meta: None, place };
    for ((is_error, reason), mut paths) in by_reason {
        paths.sort_unstable();
        let mut places = paths.iter().filter_map(|p| fleet.workspace.place_of(p));
        let Some(first) = places.next() else { continue };
        let message = match &paths[..] {
            [path] => format!("{path} was not checked: {reason}"),
            all => format!("{} files or folders were not checked: {reason}", all.len()),
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
            finding.with_help(format!("and {} more; meshlint -v lists all", paths.len() - NAMED));
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
