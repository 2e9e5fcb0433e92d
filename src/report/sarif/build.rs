//! Findings as SARIF results.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::super::uri::{Root, encode};
use super::super::{Report, plain};
use super::log::{
    ArtifactLocation, Configuration, Descriptor, Driver, Fingerprints, Invocation, Location, Log, LogicalLocation,
    Message, Notification, Outcome, PhysicalLocation, Properties, Region, Run, Tool,
};
use crate::catalogue;
use crate::finding::{Finding, Severity};
use crate::rules::{self, Rule};
use crate::source::{Place, Sources};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What relative URIs are relative to, by the name that is customary for the root of the sources.
const BASE: &str = "%SRCROOT%";

pub(super) fn log(report: &Report, sources: &Sources, root: &Root) -> Log {
    // Those that have found something: a reader of the file need not know the others.
    let mut indices: FxHashMap<&str, usize> = FxHashMap::default();
    let mut descriptors = Vec::new();
    for rule in rules::ALL.iter().filter(|r| report.findings.iter().any(|f| f.rule == r.info().name)) {
        indices.insert(rule.info().name, descriptors.len());
        descriptors.push(descriptor(rule));
    }
    let results = report.findings.iter();
    let results = results.filter_map(|f| Some(outcome(f, *indices.get(f.rule)?, sources, root))).collect();
    let notifications = report.clusters.iter().flat_map(|c| &c.skipped).map(|s| Notification {
        level: "note",
        message: Message::plain(format!("not checked: {}", s.reason)),
        locations: vec![Location {
            id: None,
            message: None,
            physical_location: PhysicalLocation { artifact_location: artifact(&s.path, root), region: None },
            logical_locations: Vec::new(),
        }],
    });
    let driver = Driver {
        name: "meshlint",
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: descriptors,
    };
    let invocation = Invocation { execution_successful: true, tool_execution_notifications: notifications.collect() };
    let run = Run { tool: Tool { driver }, invocations: vec![invocation], column_kind: "unicodeCodePoints", results };
    Log { schema: SCHEMA, version: "2.1.0", runs: vec![run] }
}

fn descriptor(rule: &'static Rule) -> Descriptor {
    let info = rule.info();
    let summary = catalogue::summary(rule.page);
    let body = catalogue::split(rule.page).map_or("", |(_, body)| body).trim();
    // Beneath the rule's name, which is shown above it anyway.
    let body = body.split_once('\n').map_or(body, |(_, rest)| rest).trim();
    let without_examples = body.split("\n## Example").next().unwrap_or(body).trim();
    Descriptor {
        id: info.name,
        name: info.name.split('-').map(capitalized).collect(),
        short_description: Message::plain(summary.clone()),
        full_description: Message::plain(format!("{summary} {}", why_it_matters(body))),
        help_uri: plain::page_url(info.name),
        help: Message { text: without_examples.to_string(), markdown: Some(with_links(body)) },
        default_configuration: Configuration { level: level(info.severity) },
        properties: Properties { tags: std::iter::once(info.group).chain(info.equivalents.iter().copied()).collect() },
    }
}

/// The first paragraph on that, in one line.
fn why_it_matters(body: &str) -> String {
    let rest = body.split_once("## Why it matters\n").map_or("", |(_, rest)| rest);
    let paragraph = rest.trim_start().split("\n\n").next().unwrap_or_default();
    paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// A page with its links to other pages, which are beside it only in the repository.
fn with_links(body: &str) -> String {
    let mut out = String::with_capacity(body.len() + 256);
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("](") {
        out.push_str(before);
        let page = after.split_once(".md)").filter(|(name, _)| rules::find(name).is_some());
        match page {
            Some((name, after)) => {
                out.push_str(&format!("]({})", plain::page_url(name)));
                rest = after;
            }
            None => {
                out.push_str("](");
                rest = after;
            }
        }
    }
    out + rest
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn outcome(f: &Finding, rule_index: usize, sources: &Sources, root: &Root) -> Outcome {
    // Readers show related locations that the message links to, by their ids.
    let links = f.related.iter().enumerate().map(|(i, r)| {
        let (text, at) = (escaped(&r.message), escaped(&plain::at(r.place, sources, root)));
        format!("[{at}]({}): {text}", i + 1)
    });
    let advice = plain::advice(std::slice::from_ref(f));
    let lines = std::iter::once(escaped(&f.message)).chain(links).chain(advice.iter().map(|l| escaped(l)));
    let related = f.related.iter().enumerate().map(|(i, r)| Location {
        id: Some(i + 1),
        message: Some(Message::plain(escaped(&r.message))),
        physical_location: physical(r.place, sources, root),
        logical_locations: Vec::new(),
    });
    Outcome {
        rule_id: f.rule,
        rule_index,
        level: level(f.severity),
        message: Message::plain(lines.collect::<Vec<_>>().join("\n")),
        locations: vec![Location {
            id: None,
            message: f.label.as_deref().map(|l| Message::plain(escaped(l))),
            physical_location: physical(f.place, sources, root),
            logical_locations: logical(f).into_iter().collect(),
        }],
        related_locations: related.collect(),
        partial_fingerprints: Fingerprints { v1: f.fingerprint() },
        // Those of the rule are with the rule.
        properties: f.codes.map(|codes| Properties { tags: codes.to_vec() }),
    }
}

/// Brackets would make links of what is in them.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// The Kubernetes object, and the value in it.
fn logical(f: &Finding) -> Option<LogicalLocation> {
    let object = f.object.as_ref()?;
    let namespace = object.namespace.as_deref().map(|n| format!("{n}/")).unwrap_or_default();
    let cluster = f.cluster.as_deref().map(|c| format!("{c}/")).unwrap_or_default();
    Some(LogicalLocation {
        name: object.name.clone(),
        fully_qualified_name: format!("{cluster}{}/{namespace}{}#{}", object.kind, object.name, f.path),
        kind: "resource",
    })
}

fn physical(place: Place, sources: &Sources, root: &Root) -> PhysicalLocation {
    let source = sources.get(place.source);
    let (start, end) = (source.position(place.span.start), source.position(place.span.end));
    let region =
        Region { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column };
    PhysicalLocation { artifact_location: artifact(&source.path, root), region: Some(region) }
}

fn artifact(path: &str, root: &Root) -> ArtifactLocation {
    let path = root.path(path);
    if Path::new(&*path).is_absolute() {
        let slash = if path.starts_with('/') { "" } else { "/" };
        return ArtifactLocation { uri: format!("file://{slash}{}", encode(&path)), uri_base_id: None };
    }
    ArtifactLocation { uri: encode(&path), uri_base_id: Some(BASE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_description() {
        for rule in rules::ALL {
            let d = descriptor(rule);
            assert!(d.help.text.contains("## How to fix") && !d.help.text.starts_with('#'), "{}", d.id);
            let full = &d.full_description.text;
            assert!(full.len() > d.short_description.text.len() + 20 && full.len() < 1024, "{}: {full}", d.id);
            let links = d.help.markdown.iter().flat_map(|m| m.split("](").skip(1));
            assert!(links.filter(|l| l.contains(".md)")).all(|l| l.starts_with("https://")), "{}", d.id);
            assert!(d.name.starts_with(|c: char| c.is_ascii_uppercase()) && !d.name.contains('-'), "{}", d.name);
        }
    }

    #[test]
    fn brackets_in_a_message_are_no_links() {
        assert_eq!(escaped(r"a[0](b) \"), r"a\[0\](b) \\");
    }
}
