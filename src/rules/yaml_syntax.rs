//! `yaml-syntax`: a document that is not YAML.

use rustc_hash::FxHashSet;

use super::{Findings, Rule};
use crate::mesh::{Fleet, Site};
use crate::source::Place;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/yaml-syntax.md"), check);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for cluster in &fleet.clusters {
        for file in cluster.input.files.iter().filter(|f| seen.insert(f.source)) {
            let stream = &fleet.workspace.streams[file.source.0 as usize].stream;
            // A template is no YAML before it is rendered: `document-skipped` says so.
            for error in stream.errors.iter().filter(|e| !e.template) {
                let place = Place { source: file.source, span: error.span };
                let finding = out.report(
                    Site { cluster: cluster.name, meta: None, place },
                    format!("this document is not YAML: {}", error.message),
                );
                if let Some(help) = &error.help {
                    finding.with_help(help);
                }
                finding.with_effect("nothing of this document is applied, the file's other documents were checked");
            }
        }
    }
}
