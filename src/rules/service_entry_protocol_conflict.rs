//! `service-entry-protocol-conflict`: ServiceEntries give one port of one host different protocols.

use rustc_hash::FxHashMap;

use super::scopes::{Scope, rivals, scopes};
use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::read::unknown;
use crate::model::{Host, Text};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/service-entry-protocol-conflict.md"), check);

/// A port of an entry.
#[derive(Clone, Copy)]
struct Said<'a, 's> {
    site: Site<'a, 's>,
    host: Text<'s>,
    port: u32,
    protocol: Text<'s>,
}

impl Said<'_, '_> {
    /// The protocol, in words.
    fn protocol(&self) -> &str {
        if self.protocol.value.is_empty() { "without a protocol" } else { self.protocol.value }
    }

    fn title(&self) -> String {
        self.site.meta.map(|m| m.title()).unwrap_or_default()
    }
}

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let mut ports: FxHashMap<(Host<'_>, u32), Vec<(Scope<'_>, Said<'_, '_>)>> = FxHashMap::default();
    for entry in &cluster.objects.service_entries {
        let own = entry.meta.namespace.value;
        let scopes = scopes(cluster.audience(entry));
        for port in &entry.ports {
            let (Some(number), Some(protocol)) = (port.number.and_then(|n| n.value), port.protocol) else { continue };
            if unknown(protocol.value) {
                continue;
            }
            for host in entry.hosts.iter().filter(|h| !unknown(h.value)) {
                let site = cluster.site(&entry.meta, protocol.span);
                let said = Said { site, host: *host, port: number, protocol };
                let list = ports.entry((cluster.host(host.value, own), number)).or_default();
                list.extend(scopes.iter().map(|scope| (*scope, said)));
            }
        }
    }
    let several = ports.into_values().filter(|list| list.len() > 1);
    several.for_each(|list| {
        rivals(&list, |s| s.site.place, contradicts).iter().for_each(|(own, other)| report(own, other, out));
    });
}

/// Whether one contradicts the other. The same object written twice is one object.
fn contradicts(a: &Said<'_, '_>, b: &Said<'_, '_>) -> bool {
    !a.protocol.value.eq_ignore_ascii_case(b.protocol.value) && a.title() != b.title()
}

fn report(own: &Said<'_, '_>, other: &Said<'_, '_>, out: &mut Findings) {
    out.report(
        own.site,
        format!(
            "port {} of `{}` is {} by {} and {} by {}: clients that see both get what was created first",
            own.port,
            own.host.value,
            own.protocol(),
            own.title(),
            other.protocol(),
            other.title()
        ),
    )
    .with_related(other.site, format!("{} here", other.protocol()))
    .with_help("give the port one protocol in both, or limit who sees them with `exportTo`");
}
