//! What the rules on the Gateway API's CustomResourceDefinitions share.

use crate::mesh::Cluster;
use crate::model::Meta;
use crate::model::gateway_api::GROUP;
use crate::model::read::{self, Text};
use crate::source::Span;

/// The definition of one of the Gateway API's kinds.
pub(super) struct Crd<'a, 's> {
    pub(super) meta: &'a Meta<'s>,
    /// `spec.names.kind`
    pub(super) kind: &'s str,
    /// The versions that it serves.
    pub(super) served: Vec<&'s str>,
    /// The place of the versions.
    pub(super) versions: Span,
}

/// Those of a cluster.
pub(super) fn all<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = Crd<'a, 's>> + use<'a, 's> {
    cluster.others("apiextensions.k8s.io", "CustomResourceDefinition").filter_map(|meta| {
        let spec = meta.spec();
        let text = |t: Option<Text<'s>>| t.map_or("", |t| t.value);
        if text(read::text(spec, "group")) != GROUP {
            return None;
        }
        let served = read::items(spec, "versions")
            .filter(|v| read::boolean(*v, "served") != Some(false))
            .filter_map(|v| read::text(v, "name"));
        Some(Crd {
            meta,
            kind: text(spec.get("names").and_then(|n| read::text(n, "kind"))),
            served: served.map(|v| v.value).collect(),
            versions: read::key_span(spec, "versions"),
        })
    })
}
