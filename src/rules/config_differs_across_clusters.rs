//! A VirtualService or DestinationRule that differs, or is absent, in another cluster of the mesh (domain.md, section 6:
//! configuration is not replicated).

use rustc_hash::FxHashMap;

use super::meshes::{names, shown};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet};
use crate::model::Meta;
use crate::source::Span;
use crate::yaml::Node;

pub(super) static RULE: Rule = Rule::per_fleet(include_str!("../../rules/config-differs-across-clusters.md"), check);

/// How deep two objects are compared.
const DEEP: u32 = 64;

/// An object in one cluster.
type Copy<'a, 's> = (&'a Cluster<'s>, &'a Meta<'s>);

fn check(fleet: &Fleet<'_>, out: &mut Findings) {
    for mesh in shown(fleet) {
        let mut groups: FxHashMap<(&str, &str, &str), Vec<Copy<'_, '_>>> = FxHashMap::default();
        for cluster in &mesh {
            let objects = &cluster.objects;
            let routes = objects.virtual_services.iter().map(|v| &v.meta);
            for meta in routes.chain(objects.destination_rules.iter().map(|r| &r.meta)) {
                let group = groups.entry((meta.kind.value, meta.namespace.value, meta.name.value)).or_default();
                if group.last().is_none_or(|(c, _)| c.id != cluster.id) {
                    group.push((cluster, meta));
                }
            }
        }
        groups.into_values().for_each(|copies| judge(&mesh, &copies, out));
    }
}

fn judge(mesh: &[&Cluster<'_>], copies: &[Copy<'_, '_>], out: &mut Findings) {
    // Copies that are alike, the largest group last; of equal ones the first.
    let mut alike: Vec<Vec<Copy<'_, '_>>> = Vec::new();
    for copy in copies {
        let spec = copy.1.spec();
        match alike.iter_mut().find(|g| difference(spec, g[0].1.spec(), 0).is_none()) {
            Some(group) => group.push(*copy),
            None => alike.push(vec![*copy]),
        }
    }
    alike.reverse();
    alike.sort_by_key(Vec::len);
    let absent: Vec<&str> =
        mesh.iter().filter(|c| copies.iter().all(|(own, _)| own.id != c.id)).map(|c| c.name).collect();
    let lacking = format!("absent in {}", names(absent.iter().copied()));
    let ([odd, ..], Some(usual)) = (alike.as_slice(), alike.last()) else { return };
    let ((cluster, meta), (other, there)) = (odd[0], usual[0]);
    let different = difference(meta.spec(), there.spec(), 0);
    let (place, said) = match different {
        Some(place) => (place, format!("differs from that of {}", names(usual.iter().map(|(c, _)| c.name)))),
        None if absent.is_empty() => return,
        None => (meta.name.span, lacking.clone()),
    };
    let more = if different.is_some() && !absent.is_empty() { format!(", and is {lacking}") } else { String::new() };
    let is = if different.is_some() { "" } else { "is " };
    let finding = out.report(
        cluster.site(meta, place),
        format!(
            "{} of {} {is}{said}{more}: it acts on callers of its own cluster only",
            meta.title(),
            names(odd.iter().map(|(c, _)| c.name))
        ),
    );
    if different.is_some() {
        finding.with_label("the first difference");
        let at = difference(there.spec(), meta.spec(), 0).unwrap_or(there.name.span);
        finding.with_related(other.site(there, at), format!("as it is in {}", other.name));
    }
    finding.with_help(
        "where the difference is meant, say so in a comment: `# meshlint: ignore[config-differs-across-clusters] …`",
    );
}

/// The first place in `a` where it is not as `b`; the order of keys does not count.
fn difference(a: Node<'_>, b: Node<'_>, depth: u32) -> Option<Span> {
    if depth > DEEP || (depth == 0 && a.source_text() == b.source_text()) {
        return None;
    }
    if a.is_mapping() && b.is_mapping() {
        let own = a.entries();
        for (key, value) in &own {
            let Some(name) = key.text() else { continue };
            let Some(other) = b.get(name) else { return Some(key.span()) };
            if let Some(place) = difference(*value, other, depth + 1) {
                return Some(place);
            }
        }
        let lacks = b.entries().iter().any(|(k, _)| k.text().is_some_and(|n| a.get(n).is_none()));
        return lacks.then(|| own.first().map_or(a.span(), |(k, _)| k.span()));
    }
    if a.is_sequence() && b.is_sequence() {
        let (mut own, mut others) = (a.items(), b.items());
        loop {
            match (own.next(), others.next()) {
                (None, None) => return None,
                (Some(x), Some(y)) => {
                    if let Some(place) = difference(x, y, depth + 1) {
                        return Some(place);
                    }
                }
                (Some(x), None) => return Some(x.span()),
                (None, Some(_)) => return Some(a.span()),
            }
        }
    }
    let is_alike = a.shape() == b.shape() && a.text() == b.text() && a.is_null() == b.is_null();
    (!is_alike).then(|| a.span())
}
