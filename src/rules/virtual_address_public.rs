//! A `.global` host's address that can be somebody's on the Internet (domain.md, section 7).

use super::addresses::{Globals, POOLS, of_cluster};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Range;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/virtual-address-public.md"), check);

/// Other ranges that are nobody's on the Internet, and those that `virtual-address-unusable` is about.
const NOBODYS: &[Range] = &[
    Range::v4([0, 0, 0, 0], 8),
    Range::v4([127, 0, 0, 0], 8),
    Range::v4([169, 254, 0, 0], 16),
    Range::v4([192, 0, 0, 0], 24),
    Range::v4([192, 0, 2, 0], 24),
    Range::v4([198, 18, 0, 0], 15),
    Range::v4([198, 51, 100, 0], 24),
    Range::v4([203, 0, 113, 0], 24),
    Range::v4([224, 0, 0, 0], 4),
    Range::v6([0, 0, 0, 0], 8),
    Range::v6([0x100, 0, 0, 0], 64),
    Range::v6([0x2001, 2, 0, 0], 48),
    Range::v6([0x2001, 0xdb8, 0, 0], 32),
    Range::v6([0x3fff, 0, 0, 0], 20),
    Range::v6([0xfe80, 0, 0, 0], 10),
    Range::v6([0xff00, 0, 0, 0], 8),
];

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let globals = Globals::of(fleet, cluster);
    for v in of_cluster(cluster) {
        let Some(host) = globals.host(v.entry) else { continue };
        if v.range.is_in(POOLS) || v.range.is_in(NOBODYS) {
            continue;
        }
        out.report(
            v.site(cluster),
            format!(
                "the address `{}` of `{}` can be somebody's on the Internet, whom {} cannot reach then",
                v.text.value, host.value, cluster.name
            ),
        )
        .with_label("neither private nor from 240.0.0.0/4")
        .with_help(
            "take an address that is nobody's: from 240.0.0.0/4, or from a private range that the cluster does not use",
        );
    }
}
