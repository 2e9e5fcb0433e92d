//! Findings: what a rule says. A finding owns its data, so nothing of the mesh outlives the run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::source::Place;

/// How sure and how bad a finding is. Ordered: a note is less than a warning is less than an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something could not be verified, or is a matter of convention.
    Note,
    /// It works by luck, or not as written.
    Warning,
    /// What is in the repository contradicts itself: it cannot work.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// The Kubernetes object that a finding is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// `networking.istio.io/v1`
    pub api_version: String,
    /// `VirtualService`
    pub kind: String,
    /// `None` for what has no namespace.
    pub namespace: Option<String>,
    /// `metadata.name`
    pub name: String,
}

impl ObjectRef {
    /// The API group: empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }
}

/// Another place that a finding shows: the other half of a contradiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What this place contributes.
    pub message: String,
    /// The cluster that it belongs to.
    pub cluster: Option<String>,
    /// Where.
    pub place: Place,
    /// JSON pointer of the value in its object; empty where there is none.
    pub path: String,
}

/// One thing that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// Its level.
    pub severity: Severity,
    /// What is wrong, with the values in it; one sentence, lower case, without a full stop.
    pub message: String,
    /// What the place contributes: shown under the underlined value.
    pub label: Option<String>,
    /// The change that would mend it.
    pub help: Option<String>,
    /// What those who run it would see: `callers get 503 NC`.
    pub effect: Option<String>,
    /// The cluster that it is in.
    pub cluster: Option<String>,
    /// The object that it is in.
    pub object: Option<ObjectRef>,
    /// The value at fault.
    pub place: Place,
    /// JSON pointer of that value in the object; empty where there is none.
    pub path: String,
    /// What that value is known by when lines move, files get other names and lists get longer: its path, with the items
    /// of lists by what they are called. In no object, the text at fault.
    pub anchor: String,
    /// The other places that matter.
    pub related: Vec<Related>,
    /// Those of its rule's peers' codes that mean this finding, where they do not all do.
    pub codes: Option<&'static [&'static str]>,
}

impl Finding {
    /// What makes this finding the same one tomorrow: made from rule, cluster, the object's group, kind and name, and
    /// the anchor. Neither lines nor files nor the version of the object's API are in it.
    ///
    /// 16 hexadecimal digits of FNV-1a, which is stable across versions and machines.
    pub fn fingerprint(&self) -> String {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut part = |text: &str| {
            for b in text.bytes().chain([0]) {
                hash = (hash ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        part(self.rule);
        part(self.cluster.as_deref().unwrap_or_default());
        if let Some(o) = &self.object {
            part(o.group());
            part(&o.kind);
            part(o.namespace.as_deref().unwrap_or_default());
            part(&o.name);
        }
        part(&self.anchor);
        format!("{hash:016x}")
    }
}
