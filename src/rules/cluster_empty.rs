//! `cluster-empty`: a cluster of which nothing could be read.

use super::words::count;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};
use crate::source::{Place, Span};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/cluster-empty.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let input = cluster.input;
    let streams = || input.files.iter().map(|f| &fleet.workspace.streams[f.source.0 as usize].stream);
    // Broken YAML, or what cannot be read or built, is the cause then, and is reported itself.
    if !cluster.objects.is_empty()
        || !input.failures.is_empty()
        || input.skipped.iter().any(|s| s.is_error)
        || streams().any(|s| s.errors.iter().any(|e| !e.template))
    {
        return;
    }
    let first_file = || input.files.first().map(|f| Place { source: f.source, span: Span::default() });
    let Some(place) = fleet.workspace.place_of(&input.root).or_else(first_file) else { return };
    let (files, skipped) = (input.files.len(), input.skipped.len());
    let hold =
        format!("{} of it {} no Kubernetes object", count(files, "file"), if files == 1 { "holds" } else { "hold" });
    let why = match (files, skipped) {
        (0, 0) => format!("{} holds no manifests", input.root),
        (0, 1) if input.skipped[0].path == input.root => "it was skipped".into(),
        (0, n) => format!("{} of it {} skipped", count(n, "file"), was(n)),
        (_, 0) => hold,
        (_, n) => format!("{hold}, and {n} more {} skipped", was(n)),
    };
    let site = |place| Site { cluster: cluster.name, meta: None, place };
    let message = format!("nothing of cluster `{}` could be read: {why}", cluster.name);
    let finding = out.report(site(place), message);
    finding.with_help(
        "point meshlint at what this cluster applies (`--cluster NAME=PATH`, or `clusters` in meshlint.yaml)",
    );
    if let Some(first) = input.skipped.first() {
        finding.with_label(format!("`{}`: {}", first.path, first.reason));
    }
}

fn was(n: usize) -> &'static str {
    if n == 1 { "was" } else { "were" }
}
