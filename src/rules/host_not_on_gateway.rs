//! `host-not-on-gateway`: a VirtualService is bound to a gateway that takes none of its hosts.

use super::words::list;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::read::{self, unknown};
use crate::model::{Gateway, Meta, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/host-not-on-gateway.md"), check);

/// What a gateway takes.
struct Taken<'a, 's> {
    site: Site<'a, 's>,
    /// Its hosts as written, and those of them that a VirtualService of the namespace may have.
    written: Vec<&'s str>,
    open: Vec<&'s str>,
}

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for vs in &cluster.objects.virtual_services {
        let own = vs.meta.namespace.value;
        if vs.hosts.is_empty() || vs.hosts.iter().any(|h| unknown(h.value)) {
            continue;
        }
        for bound in vs.gateways.iter().filter(|g| g.value != "mesh") {
            let (namespace, name) = Cluster::gateway_name(bound.value, own);
            let taken = match (cluster.gateway(namespace, name), cluster.api_gateway(namespace, name)) {
                (Some(gateway), _) => of_gateway(cluster, gateway, own),
                (None, Some(meta)) => of_listeners(cluster, meta),
                (None, None) => continue,
            };
            // Overlays of a Gateway lie beside it, where nothing says which is applied.
            let lies_apart = |t: &Taken<'_, '_>| cluster.input.is_guess && t.site.place.source != vs.meta.source;
            let Some(taken) = taken.filter(|t| !lies_apart(t)) else { continue };
            if taken.open.iter().any(|h| vs.hosts.iter().any(|v| overlap(h, v.value))) {
                continue;
            }
            let hosts = list(vs.hosts.iter().map(|h| h.value));
            let title = taken.site.meta.map(|m| m.title()).unwrap_or_default();
            let message = match (taken.written.is_empty(), vs.hosts.len()) {
                (true, _) => format!(
                    "{title}, to which {} is bound, has no servers: nothing reaches its routes there",
                    vs.meta.title()
                ),
                (_, 1) => format!(
                    "{title} does not take {hosts}, the host of {}: nothing reaches its routes there",
                    vs.meta.title()
                ),
                _ => format!(
                    "{title} takes none of {hosts}, the hosts of {}: nothing reaches its routes there",
                    vs.meta.title()
                ),
            };
            let finding = out.report(cluster.site(&vs.meta, bound.span), message);
            let foreign = taken.written.iter().find(|w| w.contains('/') && !taken.open.contains(w));
            let takes = match foreign {
                Some(w) => format!("`{w}` is for VirtualServices of one namespace, and this one is in {own}"),
                None => format!("takes {}", list(&taken.written)),
            };
            finding.with_related(taken.site, takes);
            finding.with_help("add the host to the gateway's servers, or correct it in the VirtualService");
        }
    }
}

fn of_gateway<'a, 's>(cluster: &'a Cluster<'s>, gateway: &'a Gateway<'s>, client: &str) -> Option<Taken<'a, 's>> {
    let written: Vec<Text<'s>> = gateway.servers.iter().flat_map(|s| s.hosts.iter().copied()).collect();
    let at = gateway.servers.first().map_or(gateway.meta.name.span, |s| s.hosts_span);
    let open = |h: &Text<'s>| match h.value.split_once('/') {
        None => Some(h.value),
        Some(("*", name)) => Some(name),
        Some((".", name)) => (gateway.meta.namespace.value == client).then_some(name),
        Some((namespace, name)) => (namespace == client).then_some(name),
    };
    (!written.iter().any(|h| unknown(h.value))).then(|| Taken {
        site: cluster.site(&gateway.meta, at),
        open: written.iter().filter_map(open).collect(),
        written: written.iter().map(|h| h.value).collect(),
    })
}

/// The host names of a Gateway API Gateway's listeners; one without takes all.
fn of_listeners<'a, 's>(cluster: &'a Cluster<'s>, meta: &'a Meta<'s>) -> Option<Taken<'a, 's>> {
    let mut written = Vec::new();
    for listener in read::items(meta.spec(), "listeners") {
        written.push(read::text(listener, "hostname").filter(|h| !h.value.is_empty() && !unknown(h.value))?);
    }
    let names: Vec<&str> = written.iter().map(|h| h.value).collect();
    let at = written.first().map_or(meta.name.span, |h| h.span);
    Some(Taken { site: cluster.site(meta, at), open: names.clone(), written: names })
}

/// Whether there is a name that both cover: `*.example.com` and `shop.example.com`.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    let covers = |pattern: &str, name: &str| match pattern.strip_prefix('*') {
        Some(suffix) => {
            name.strip_prefix('*').unwrap_or(name).to_ascii_lowercase().ends_with(&suffix.to_ascii_lowercase())
        }
        None => pattern.eq_ignore_ascii_case(name),
    };
    covers(a, b) || covers(b, a)
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn hosts_overlap() {
        for (a, b) in [("*", "a.b"), ("*.b.c", "a.b.c"), ("a.b.c", "*.c"), ("*.b.c", "*.c"), ("A.b", "a.B")] {
            assert!(overlap(a, b) && overlap(b, a), "{a} {b}");
        }
        for (a, b) in [("a.b", "b.a"), ("*.b.c", "b.c"), ("*.b.c", "*.d.c")] {
            assert!(!overlap(a, b) && !overlap(b, a), "{a} {b}");
        }
    }
}
