//! `--format json`: one object on standard output.

use serde_json::{Value, json};

use crate::Report;
use crate::source::{Place, Sources};

/// The whole report.
pub fn render(report: &Report, sources: &Sources) -> Value {
    let count = |s| report.findings.iter().filter(|f| f.severity == s).count();
    use crate::finding::Severity::{Error, Note, Warning};
    json!({
        "version": 1,
        "tool": {"name": "meshlint", "version": env!("CARGO_PKG_VERSION")},
        "summary": {"errors": count(Error), "warnings": count(Warning), "notes": count(Note),
                    "suppressed": report.suppressed, "baselined": 0},
        "clusters": report.clusters.iter().map(|c| json!({
            "name": c.name, "files": c.files, "documents": c.documents, "resources": c.resources,
            "skipped": c.skipped.iter().map(|s| json!({"file": s.path, "reason": s.reason})).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "findings": report.findings.iter().map(|f| json!({
            "rule": f.rule, "severity": f.severity, "message": f.message, "help": f.help,
            "equivalents": equivalents(f.rule),
            "cluster": f.cluster,
            "object": f.object.as_ref().map(|o| json!({"apiVersion": o.api_version, "kind": o.kind,
                "namespace": o.namespace, "name": o.name})),
            "location": location(sources, f.place, &f.path),
            "related": f.related.iter().map(|r| json!({"message": r.message, "cluster": r.cluster,
                "location": location(sources, r.place, &r.path)})).collect::<Vec<_>>(),
            "fingerprint": f.fingerprint(),
        })).collect::<Vec<_>>(),
    })
}

fn equivalents(rule: &str) -> &'static [&'static str] {
    crate::rules::find(rule).map_or(&[], |r| &r.info().equivalents)
}

fn location(sources: &Sources, place: Place, path: &str) -> Value {
    let source = sources.get(place.source);
    let (start, end) = (source.position(place.span.start), source.position(place.span.end));
    json!({"file": source.path, "line": start.line, "column": start.column, "endLine": end.line,
           "endColumn": end.column, "path": path})
}
