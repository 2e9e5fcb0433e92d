//! What the rules on EnvoyFilters share.

use rustc_hash::FxHashMap;

use super::Findings;
use crate::mesh::Cluster;
use crate::model::read::{self, unknown};
use crate::model::{EnvoyPatch, Meta, Text};

/// By a filter's name, the first patch of it that is for proxies of some versions only.
pub(super) type ByVersion<'a, 's> = FxHashMap<&'s str, (&'a Meta<'s>, Text<'s>)>;

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

/// Whether an EnvoyFilter says when it is applied: 0 is what counts where nothing is said.
pub(super) fn has_priority(meta: &Meta<'_>) -> bool {
    read::text(meta.spec(), "priority").is_some_and(|p| p.value != "0")
}

/// The filters that patches put into proxies of some versions only.
pub(super) fn by_version<'a, 's>(cluster: &'a Cluster<'s>) -> ByVersion<'a, 's> {
    let mut all = ByVersion::default();
    for meta in self::all(cluster) {
        for patch in EnvoyPatch::all(meta) {
            if let (Some(filter), Some(version)) = (patch.filter, patch.proxy_version) {
                all.entry(filter.value).or_insert((meta, version));
            }
        }
    }
    all
}

/// The filter of a patch for all proxies, where another patch of it is for some versions only, and that one.
pub(super) fn depends_on_version<'a, 's>(
    patch: &EnvoyPatch<'s>,
    versioned: &ByVersion<'a, 's>,
) -> Option<(Text<'s>, (&'a Meta<'s>, Text<'s>))> {
    let filter = patch.filter.filter(|_| patch.proxy_version.is_none())?;
    Some((filter, *versioned.get(filter.value)?))
}
