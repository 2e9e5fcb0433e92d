//! What the rules on EnvoyFilters share.

use super::Findings;
use crate::mesh::Cluster;
use crate::model::read::unknown;
use crate::model::{EnvoyPatch, Meta};

/// The EnvoyFilters of a cluster.
pub(super) fn all<'a, 's>(cluster: &'a Cluster<'s>) -> impl Iterator<Item = &'a Meta<'s>> + use<'a, 's> {
    cluster.others("networking.istio.io", "EnvoyFilter")
}

/// Reports the patches whose operation does nothing on what they apply to; `works` says on what it does.
pub(super) fn ineffective(
    cluster: &Cluster<'_>,
    operation: &str,
    works: fn(&str) -> bool,
    help: &str,
    out: &mut Findings,
) {
    for meta in all(cluster) {
        for patch in EnvoyPatch::all(meta) {
            let Some(said) = patch.operation.filter(|o| o.value == operation) else { continue };
            let Some(target) = patch.apply_to.filter(|t| !unknown(t.value) && !works(t.value)) else { continue };
            out.report(
                cluster.site(meta, said.span),
                format!(
                    "`{operation}` does nothing on `{}`, so this patch of {} has no effect",
                    target.value,
                    meta.title()
                ),
            )
            .with_help(help);
        }
    }
}
