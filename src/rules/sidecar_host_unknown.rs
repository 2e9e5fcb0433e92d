//! `sidecar-host-unknown`: a Sidecar lets its clients reach a host that nothing has.

use rustc_hash::FxHashMap;

use super::host_half_qualified::service_meant;
use super::subset_undefined::is_shared;
use super::words::{and_more, nearest};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::host::{Global, global};
use crate::model::read::{Text, unknown};
use crate::model::{Host, Sidecar};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/sidecar-host-unknown.md"), check);

/// What is wrong with an entry.
enum Fault<'s> {
    /// It lets nothing in: the message, and what helps.
    Certain(String, String),
    /// Nothing that was read defines the host, of a namespace or outside.
    Doubt(Option<&'s str>),
}

fn check<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut doubtful: FxHashMap<Option<&'s str>, Vec<(&Sidecar<'s>, Text<'s>)>> = FxHashMap::default();
    for sidecar in &cluster.objects.sidecars {
        for entry in sidecar.egress_hosts.iter().filter(|e| !unknown(e.value)) {
            let Some((namespace, name)) = entry.value.split_once('/') else { continue };
            // Short names are refused as such: `field-invalid` has them.
            if namespace == "~" || name.starts_with('*') || !name.contains('.') {
                continue;
            }
            match fault(fleet, cluster, sidecar, *entry, (namespace, name)) {
                Some(Fault::Certain(message, help)) => {
                    out.report(cluster.site(&sidecar.meta, entry.span), message).with_help(help);
                }
                Some(Fault::Doubt(namespace)) => doubtful.entry(namespace).or_default().push((sidecar, *entry)),
                None => {}
            }
        }
    }
    for (namespace, entries) in doubtful {
        let Some((sidecar, entry)) = entries.first() else { continue };
        let why = match namespace {
            Some(ns) => format!("not all Services of namespace {ns} are known from this repository"),
            None => "no ServiceEntry that was read has that host".into(),
        };
        out.report(
            cluster.site(&sidecar.meta, entry.span),
            format!(
                "could not verify `{}` of {}{}: {why}",
                entry.value,
                sidecar.meta.title(),
                and_more(entries.len() - 1, "host")
            ),
        )
        .at_level(Severity::Note)
        .with_help("add what defines the host to what meshlint reads, or leave the entry out");
    }
}

fn fault<'s>(
    fleet: &Fleet<'s>,
    cluster: &Cluster<'s>,
    sidecar: &Sidecar<'s>,
    entry: Text<'s>,
    (said, name): (&'s str, &'s str),
) -> Option<Fault<'s>> {
    let title = sidecar.meta.title();
    let own = sidecar.meta.namespace.value;
    let wanted = if said == "." { own } else { said };
    let of_namespace = |ns: &str| said == "*" || unknown(wanted) || ns == wanted;
    let certain = |message, help| Some(Fault::Certain(message, help));
    let short = |service: &crate::model::Service<'s>| {
        let full = Cluster::host_of(service).full(cluster.domain);
        certain(
            format!("`{}` of {title} lets nothing in: a Sidecar goes by full names", entry.value),
            format!("write `{said}/{full}`"),
        )
    };
    if !name.contains('.') {
        let place = if said == "*" { own } else { wanted };
        return cluster.service(place, name).and_then(short);
    }
    // A name in half, and one for another cluster, are other rules' matters where routes have them; here they are not.
    let host = cluster.host(name, own);
    if let Some(service) = service_meant(cluster, name).filter(|_| !cluster.defines(host)) {
        return short(service);
    }
    if global(name, &fleet.settings.global_suffix) != Global::No || cluster.may_define(host) {
        return None;
    }
    if cluster.defines(host) || is_shared(fleet, cluster, host) {
        let mut homes: Vec<&str> = cluster.entries(host).map(|e| e.meta.namespace.value).collect();
        homes.extend(cluster.wildcard_entries(host).map(|e| e.meta.namespace.value));
        homes.extend(host.namespace());
        if homes.iter().any(|ns| of_namespace(ns)) {
            return None;
        }
        let home = homes.first()?;
        return certain(
            format!("`{}` of {title} lets nothing in: {host} is in namespace {home}, not in {wanted}", entry.value),
            format!("write `{home}/{name}`"),
        );
    }
    let Host::Service { name: service, namespace: home } = host else {
        return Some(Fault::Doubt(None));
    };
    let is_known = cluster.knows_services_of(home)
        && home != cluster.mesh.root_namespace
        && cluster.is_complete_for(host)
        && !cluster.may_be_made(home, service);
    if !is_known {
        return Some(Fault::Doubt(Some(home)));
    }
    let help = match nearest(service, cluster.service_names(home)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "leave the entry out, or name a Service that exists".into(),
    };
    certain(
        format!(
            "`{}` of {title} lets nothing in: no Service of {} (namespace {home} has others) has that host",
            entry.value, cluster.name
        ),
        help,
    )
}
