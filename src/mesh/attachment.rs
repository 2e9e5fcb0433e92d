//! What the Gateway API attaches to what: which listeners take a route, and which references a grant allows.

use rustc_hash::FxHashMap;

use super::Cluster;
use crate::model::Meta;
use crate::model::gateway_api::{ApiRoute, From, GROUP, Grant, Listener, ParentRef, Reference};
use crate::model::read::{selects, unknown};

/// Why a listener does not take a route, from the least to the most that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The route asks for another listener, or another port.
    Section,
    /// It takes routes of other kinds.
    Kind,
    /// It takes routes from other namespaces.
    Namespace,
    /// It is for other hostnames.
    Hostname,
}

impl<'s> Cluster<'s> {
    /// Why a listener of a Gateway does not take a route; `None` where it does, or may.
    pub fn refusal(
        &self,
        gateway: &Meta<'s>,
        listener: &Listener<'s>,
        route: &ApiRoute<'_, 's>,
        parent: &ParentRef<'s>,
    ) -> Option<Refusal> {
        let named = |s: &str| listener.name.is_none_or(|n| n.value == s || unknown(n.value));
        if parent.section.is_some_and(|s| !named(s.value) && !unknown(s.value)) {
            return Some(Refusal::Section);
        }
        if let (Some(wanted), Some(port)) = (parent.port.and_then(|p| p.value), listener.port())
            && wanted != port
        {
            return Some(Refusal::Section);
        }
        if !listener.takes_kind(route.meta.kind.value) {
            return Some(Refusal::Kind);
        }
        let own = route.meta.namespace.value;
        let lets_in = match listener.from() {
            From::All | From::Unknown => true,
            From::None => false,
            From::Same => own == gateway.namespace.value,
            // The API server labels each namespace with its name; others a namespace that is not read may have.
            From::Labelled(labels) => match self.namespace(own) {
                Some(meta) => labels.iter().all(|(k, v)| match k.value {
                    "kubernetes.io/metadata.name" => v.value == own || unknown(v.value),
                    _ => selects(&[(*k, *v)], &meta.labels),
                }),
                None => labels.iter().all(|(k, v)| k.value != "kubernetes.io/metadata.name" || v.value == own),
            },
        };
        if !lets_in && !unknown(own) && !unknown(gateway.namespace.value) {
            return Some(Refusal::Namespace);
        }
        let hostname = listener.hostname.map(|h| h.value)?;
        let fits = |h: &str| unknown(h) || unknown(hostname) || intersect(h, hostname);
        (!route.hostnames.is_empty() && !route.hostnames.iter().any(|h| fits(h.value))).then_some(Refusal::Hostname)
    }
}

/// Whether two hostnames, each a name or `*.name`, have one in common.
fn intersect(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    match (a.strip_prefix('*'), b.strip_prefix('*')) {
        (Some(a), Some(b)) => a.ends_with(b) || b.ends_with(a),
        (Some(a), None) => b.ends_with(a),
        (None, Some(b)) => a.ends_with(b),
        (None, None) => a == b,
    }
}

/// The `ReferenceGrant`s of a cluster, by namespace.
#[derive(Debug)]
pub struct Grants<'a, 's>(FxHashMap<&'s str, Vec<Grant<'a, 's>>>);

impl<'a, 's> Grants<'a, 's> {
    /// Those of that cluster.
    pub fn of(cluster: &'a Cluster<'s>) -> Self {
        let mut all: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for meta in cluster.others(GROUP, "ReferenceGrant") {
            all.entry(meta.namespace.value).or_default().push(Grant::read(meta));
        }
        Self(all)
    }

    /// Those of a namespace.
    pub fn in_namespace(&self, namespace: &str) -> &[Grant<'a, 's>] {
        self.0.get(namespace).map_or(&[], Vec::as_slice)
    }

    /// Whether an object of the Gateway API may refer to another in that namespace.
    pub fn allow(&self, from: &Meta<'s>, to: &Reference<'s>, namespace: &str) -> bool {
        let same = |a: &str, b: &str| a == b || unknown(a) || unknown(b);
        let lets_from = |g: &Grant<'a, 's>| {
            g.from
                .iter()
                .any(|f| f.group == GROUP && f.kind == from.kind.value && same(f.namespace.value, from.namespace.value))
        };
        let lets_to = |g: &Grant<'a, 's>| {
            g.to.iter().any(|(group, kind, name)| {
                *group == to.group && *kind == to.kind && name.is_none_or(|n| same(n, to.name.value))
            })
        };
        self.in_namespace(namespace).iter().any(|g| lets_from(g) && lets_to(g))
    }
}

#[cfg(test)]
mod tests {
    use super::intersect;

    #[test]
    fn hostnames_intersect() {
        assert!(intersect("*.example.com", "shop.example.com"));
        assert!(intersect("shop.example.com", "*.example.com"));
        assert!(intersect("*.example.com", "*.shop.example.com"));
        assert!(!intersect("example.com", "*.example.com"));
        assert!(!intersect("a.example.com", "b.example.com"));
    }
}
