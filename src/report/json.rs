//! `--format json`: one object on standard output. `docs/output.schema.json` is made from these types.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use crate::finding::{Finding, Severity};
use crate::source::{Place, Sources};
use crate::workspace;

/// What `meshlint --format json` prints. Fields are only ever added; `version` counts other changes.
#[derive(Serialize, JsonSchema)]
struct Output<'a> {
    /// The version of this format.
    version: u32,
    tool: Tool,
    summary: Summary,
    clusters: Vec<Cluster<'a>>,
    findings: Vec<Entry<'a>>,
}

/// The program that wrote it.
#[derive(Serialize, JsonSchema)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// How many findings there are.
#[derive(Serialize, JsonSchema)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
    /// How many were not reported, since the baseline knows them.
    baselined: usize,
    /// How many findings of the baseline are not found any more; absent where no baseline was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    obsolete: Option<usize>,
}

/// A cluster and how much of it was read.
#[derive(Serialize, JsonSchema)]
struct Cluster<'a> {
    name: &'a str,
    files: usize,
    documents: usize,
    resources: usize,
    /// How many kustomizations were built.
    built: usize,
    /// How many charts were rendered.
    rendered: usize,
    /// What was not read, and why.
    skipped: Vec<Skipped<'a>>,
}

/// Something that was not read.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Skipped<'a> {
    pub(crate) file: &'a str,
    pub(crate) reason: &'a str,
    /// The object that asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) what: Option<&'a str>,
}

impl<'a> Skipped<'a> {
    pub(crate) fn of(skipped: &'a workspace::Skipped) -> Self {
        Self { file: &skipped.path, reason: &skipped.reason, what: skipped.detail.as_deref() }
    }
}

/// A finding.
#[derive(Serialize, JsonSchema)]
struct Entry<'a> {
    /// The rule's name.
    rule: &'static str,
    severity: Severity,
    /// What is wrong, with the values in it.
    message: &'a str,
    /// The change that would mend it.
    help: Option<&'a str>,
    /// What those who run it would see; absent where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'a str>,
    /// The codes by which istioctl analyze (IST) and Kiali (KIA) report the same thing.
    equivalents: &'static [&'static str],
    cluster: Option<&'a str>,
    object: Option<Object<'a>>,
    /// The value at fault.
    location: Location<'a>,
    related: Vec<Related<'a>>,
    /// Stays the same when lines move: made from rule, cluster, object and path,
    /// without the version of the object's API and the indices of lists.
    fingerprint: String,
}

/// The Kubernetes object that a finding is in.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
}

/// Another place that matters for a finding.
#[derive(Serialize, JsonSchema)]
struct Related<'a> {
    message: &'a str,
    cluster: Option<&'a str>,
    location: Location<'a>,
}

/// A place. Lines and columns count from 1, columns in characters, ends are exclusive.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    /// Relative to the working directory, with `/`.
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    /// JSON pointer of the value in its object; empty where there is none.
    path: &'a str,
}

/// The JSON Schema of the output.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Output<'_>).to_value()
}

/// Writes the whole report.
///
/// # Errors
/// What writing gives.
pub fn render(out: &mut dyn Write, report: &Report, sources: &Sources) -> io::Result<()> {
    let output = Output {
        version: 1,
        tool: Tool { name: "meshlint", version: env!("CARGO_PKG_VERSION") },
        summary: Summary {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            notes: report.count(Severity::Note),
            suppressed: report.suppressed,
            baselined: report.baselined,
            obsolete: report.obsolete.as_ref().map(|o| o.entries),
        },
        clusters: report
            .clusters
            .iter()
            .map(|c| Cluster {
                name: &c.name,
                files: c.files,
                documents: c.documents,
                resources: c.resources,
                built: c.built,
                rendered: c.rendered,
                skipped: c.skipped.iter().map(Skipped::of).collect(),
            })
            .collect(),
        findings: report.findings.iter().map(|f| entry(f, sources)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &output)?;
    writeln!(out)
}

fn entry<'a>(f: &'a Finding, sources: &'a Sources) -> Entry<'a> {
    Entry {
        rule: f.rule,
        severity: f.severity,
        message: &f.message,
        help: f.help.as_deref(),
        effect: f.effect.as_deref(),
        equivalents: f.equivalents(),
        cluster: f.cluster.as_deref(),
        object: f.object.as_ref().map(|o| Object {
            api_version: &o.api_version,
            kind: &o.kind,
            namespace: o.namespace.as_deref(),
            name: &o.name,
        }),
        location: location(sources, f.place, &f.path),
        related: f
            .related
            .iter()
            .map(|r| Related {
                message: &r.message,
                cluster: r.cluster.as_deref(),
                location: location(sources, r.place, &r.path),
            })
            .collect(),
        fingerprint: f.fingerprint(),
    }
}

fn location<'a>(sources: &'a Sources, place: Place, path: &'a str) -> Location<'a> {
    let source = sources.get(place.source);
    let (start, end) = (source.position(place.span.start), source.position(place.span.end));
    Location {
        file: &source.path,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        path,
    }
}
