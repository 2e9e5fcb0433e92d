//! `gateway-certificate-shared`: Gateways of the same Pods have the same certificate.

use rustc_hash::{FxHashMap, FxHashSet};

use super::gateway_secret_missing::credentials;
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, is_within};
use crate::model::read::{self, unknown};
use crate::model::{Gateway, Server, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-certificate-shared.md"), check);

/// The most selectors of one certificate that are compared with each other.
const MOST: usize = 64;

/// What says which certificate: a Secret's name, or the files of certificate and key.
type Certificate<'s> = (&'s str, &'s str);

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut users: FxHashMap<Certificate<'s>, Vec<(&Gateway<'s>, Text<'s>)>> = FxHashMap::default();
    for gateway in &cluster.objects.gateways {
        for server in &gateway.servers {
            for (certificate, at) in certificates(server) {
                users.entry(certificate).or_default().push((gateway, at));
            }
        }
    }
    for list in users.into_values().filter(|l| l.len() > 1) {
        // The first two of each selector: one of them is another Gateway than any.
        let mut firsts: Vec<(&Gateway<'s>, Text<'s>)> = Vec::new();
        for (gateway, at) in &list {
            let same = firsts.iter().filter(|(f, _)| is_same(f, gateway));
            if firsts.len() < 2 * MOST && same.clone().count() < 2 && same.clone().all(|(f, _)| is_other(f, gateway)) {
                firsts.push((gateway, *at));
            }
        }
        let mut seen = FxHashSet::default();
        for (gateway, at) in &list {
            let rival = |(other, _): &&(&Gateway<'s>, Text<'s>)| {
                is_other(gateway, other) && is_within(&other.selector, &gateway.selector)
            };
            let Some((other, there)) = firsts.iter().find(rival) else { continue };
            if !seen.insert((gateway.meta.source, gateway.meta.root.span())) {
                continue;
            }
            out.report(
                cluster.site(&gateway.meta, at.span),
                format!(
                    "{} and {} have one certificate on the same Pods: browsers that reuse a connection for the other's hosts get 404",
                    gateway.meta.title(),
                    other.meta.title()
                ),
            )
            .with_related(cluster.site(&other.meta, there.span), "the same certificate")
            .with_help("put the hosts of one certificate into one Gateway, or give each its own certificate");
        }
    }
}

fn certificates<'s>(server: &Server<'s>) -> Vec<(Certificate<'s>, Text<'s>)> {
    let mut all: Vec<_> = credentials(server).map(|name| ((name.value, ""), name)).collect();
    let file = |key| server.node.get("tls").and_then(|t| read::text(t, key)).filter(|f| !unknown(f.value));
    if let (true, Some(cert), Some(key)) = (all.is_empty(), file("serverCertificate"), file("privateKey")) {
        all.push(((cert.value, key.value), cert));
    }
    all
}

fn is_same(a: &Gateway<'_>, b: &Gateway<'_>) -> bool {
    is_within(&a.selector, &b.selector) && is_within(&b.selector, &a.selector)
}

/// Whether these are two objects; one that is written twice is one.
fn is_other(a: &Gateway<'_>, b: &Gateway<'_>) -> bool {
    (a.meta.namespace.value, a.meta.name.value) != (b.meta.namespace.value, b.meta.name.value)
}
