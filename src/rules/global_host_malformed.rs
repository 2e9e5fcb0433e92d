//! A `.global` host that is not `<service>.<namespace>[.<cluster>].global`.

use super::{Findings, Rule};
use crate::mesh::{Cluster, Fleet, Site, is_of_the_mesh};
use crate::model::Host;
use crate::model::host::{Global, global};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/global-host-malformed.md"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    let suffix = fleet.settings.global_suffix.as_str();
    let malformed = |text: &str| global(text, suffix) == Global::Malformed;
    let mut report = |site: Site<'_, '_>, text: &str, namespace: &str| {
        let parts: Vec<&str> = text.split('.').collect();
        let finding = out.report(
            site,
            format!("`{text}` names no Service of another cluster: such a host is `<service>.<namespace>.{suffix}`"),
        );
        if let [service, _] = parts[..] {
            finding.with_help(format!("write `{service}.{namespace}.{suffix}`"));
        } else {
            finding.with_help(format!(
                "write `<service>.<namespace>.{suffix}`, or `<service>.<namespace>.<cluster>.{suffix}`"
            ));
        }
    };
    for entry in &cluster.objects.service_entries {
        // `global` is a top-level domain, too: a real name outside the mesh is none of our business.
        if is_of_the_mesh(entry, fleet.settings.sni_port) {
            for host in entry.hosts.iter().filter(|h| malformed(h.value)) {
                report(cluster.site(&entry.meta, host.span), host.value, entry.meta.namespace.value);
            }
        }
    }
    for u in cluster.uses() {
        if let Host::Name(name) = u.host
            && malformed(name)
            && !cluster.defines(u.host)
        {
            report(u.host_site(cluster), name, u.virtual_service(cluster).meta.namespace.value);
        }
    }
    for rule in &cluster.objects.destination_rules {
        if let Some(host) = rule.host.filter(|h| malformed(h.value) && !cluster.defines(Host::Name(h.value))) {
            report(cluster.site(&rule.meta, host.span), host.value, rule.meta.namespace.value);
        }
    }
}
