//! What is written in `meshlint.yaml`. The doc comments are what people read in their editors: the file's JSON Schema is
//! made from this, and `read` goes by that schema.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::finding::Severity;

/// The configuration of meshlint, in `meshlint.yaml` at the root of a repository. All of it is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(title = "meshlint.yaml")]
pub(super) struct File {
    /// What is known of the clusters beyond their manifests, by their names.
    pub(super) clusters: BTreeMap<String, Cluster>,
    /// What ends the names of services of other clusters, without a dot.
    #[schemars(extend("default" = "global"))]
    pub(super) global_suffix: Option<String>,
    /// The port on which gateways take traffic from other clusters.
    #[schemars(range(min = 1, max = 65535), extend("default" = 15443))]
    pub(super) sni_port: Option<u16>,
    /// The domain of the clusters that name no other.
    #[schemars(extend("default" = "cluster.local"))]
    pub(super) cluster_domain: Option<String>,
    /// The version of Istio that clusters run which name no other: `1.24`, `1.24.2`.
    #[schemars(schema_with = "optional_text")]
    pub(super) istio_version: Option<String>,
    /// The version of Kubernetes that clusters run which name no other: `1.31`.
    #[schemars(schema_with = "optional_text")]
    pub(super) kubernetes_version: Option<String>,
    /// Values for placeholders in the manifests, by their names: `NAME: value` is put in the place of `${NAME}`.
    #[schemars(schema_with = "texts")]
    pub(super) variables: BTreeMap<String, String>,
    /// Sets rules to a level, by their names, their groups, or the codes of istioctl analyze (`IST0101`) and Kiali
    /// (`KIA1107`). Later ones win.
    pub(super) rules: BTreeMap<String, RuleLevel>,
    /// Findings that are known, and why they are right as they are.
    pub(super) suppressions: Vec<Suppression>,
    /// What is not read: patterns as in a `.gitignore` beside this file.
    pub(super) exclude: Vec<String>,
    /// The least level of a finding that makes a run fail.
    #[schemars(schema_with = "severity", extend("default" = "error"))]
    pub(super) fail_on: Option<Severity>,
    /// The file of known findings, as `meshlint baseline` writes it, from this file's folder. Without it,
    /// `meshlint-baseline.json` beside this file is read where it is there.
    pub(super) baseline: Option<String>,
}

/// What is known of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Cluster {
    /// The folders and files that the cluster applies, from this file's folder. Without it, the cluster is found by the
    /// names of the folders.
    pub(super) paths: Vec<String>,
    /// The addresses by which other clusters reach its gateway: IPs or names, without a port.
    pub(super) gateways: Vec<String>,
    /// The network that it is on, as in `topology.istio.io/network`.
    #[schemars(schema_with = "optional_text")]
    pub(super) network: Option<String>,
    /// The ranges of its Pods' addresses: `10.4.0.0/14`.
    pub(super) pod_ranges: Vec<String>,
    /// The ranges of its Services' cluster IPs: `10.8.0.0/20`.
    pub(super) service_ranges: Vec<String>,
    /// The ranges of its nodes' addresses.
    pub(super) node_ranges: Vec<String>,
    /// Its domain, where that is not the `clusterDomain` of all.
    pub(super) cluster_domain: Option<String>,
    /// Its trust domain.
    pub(super) trust_domain: Option<String>,
    /// The version of its Istio: `1.24`, `1.24.2`.
    #[schemars(schema_with = "optional_text")]
    pub(super) istio_version: Option<String>,
    /// The version of its Kubernetes: `1.31`.
    #[schemars(schema_with = "optional_text")]
    pub(super) kubernetes_version: Option<String>,
}

/// Findings that are not reported. What it does not say, it does not ask for; in all patterns, `*` stands for any text
/// and `{a,b}` for one of two.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Suppression {
    /// What they are found by: rules, groups, or the codes of istioctl analyze and Kiali; one, or a list.
    #[schemars(schema_with = "one_or_more")]
    pub(super) rule: OneOrMore,
    /// A pattern for the cluster's name.
    pub(super) cluster: Option<String>,
    /// A pattern for the kind of the object that they are in: `VirtualService`.
    pub(super) kind: Option<String>,
    /// A pattern for the object's namespace.
    pub(super) namespace: Option<String>,
    /// A pattern for the object's name.
    pub(super) name: Option<String>,
    /// Why it is right as it is.
    pub(super) reason: String,
    /// The last day on which it suppresses anything, in UTC: `2026-12-31`.
    #[serde(default)]
    #[schemars(schema_with = "optional_date")]
    pub(super) expires: Option<String>,
}

/// One text, or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// What a rule is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RuleLevel {
    /// It does not run.
    Off,
    /// It runs, with the levels that it gives its findings itself.
    On,
    /// It runs, and all its findings are notes.
    Note,
    /// It runs, and all its findings are warnings.
    Warning,
    /// It runs, and all its findings are errors.
    Error,
}

/// Text that YAML may take for a number: `1.20` is meant as it is spelled.
fn optional_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "number", "null"]})
}

fn optional_date(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "format": "date"})
}

fn one_or_more(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1})
}

fn texts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}})
}

fn severity(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": ["note", "warning", "error"]})
}

/// The JSON Schema of `meshlint.yaml`.
pub fn json_schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<File>().to_value();
    tidy(&mut schema);
    schema
}

/// Takes out defaults that say nothing, and line ends that only the source has.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(all) => {
            let says_nothing = |v: &Value| v.is_null() || *v == json!([]) || *v == json!({});
            if all.get("default").is_some_and(says_nothing) {
                all.remove("default");
            }
            if let Some(Value::String(text)) = all.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            all.values_mut().for_each(tidy);
        }
        Value::Array(all) => all.iter_mut().for_each(tidy),
        _ => {}
    }
}
