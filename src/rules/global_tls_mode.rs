//! Traffic to a `.global` host that leaves without Istio's mutual TLS: there is no SNI to route it by.

use rustc_hash::FxHashMap;

use super::words::and_more;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Site, Version};
use crate::model::{DestinationRule, Host, ServiceEntry, Text};
use crate::source::{Place, Span};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/global-tls-mode.md"), check);

struct Bad<'a, 's> {
    site: Site<'a, 's>,
    host: &'s str,
    mode: Option<&'s str>,
    /// The rule that is in force, where one is.
    rule: Option<&'a DestinationRule<'s>>,
    subset: Option<&'s str>,
    origin: Site<'a, 's>,
}

fn check<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    let mut bads: Vec<Bad<'_, 's>> = Vec::new();
    // Where no endpoint leads to another cluster, nothing passes a gateway.
    let globals = fleet.global_entries.iter().filter(|g| g.cluster == cluster.id);
    for global in globals.filter(|g| g.crosses(fleet, cluster)) {
        let entry = global.entry(cluster);
        let host = Host::Name(global.host.value);
        let ports: Vec<Option<u32>> = entry.ports.iter().map(|p| p.port()).collect();
        let origin = cluster.site(&entry.meta, global.host.span);
        let own = entry.meta.namespace.value;
        let whole: Vec<_> =
            ports.iter().filter_map(|p| judge(cluster, entry, global.host, own, None, *p, origin)).collect();
        // Where the rule leaves the mode to its subsets, only calls that no route sends to one of them are plain.
        let by_subset = whole.iter().all(|b| b.mode.is_none()) && {
            let applied = cluster.destination_rules(own, host);
            let mut subsets = applied.rules.iter().flat_map(|r| &r.subsets).peekable();
            subsets.peek().is_some()
                && subsets.all(|s| {
                    ports
                        .iter()
                        .all(|p| applied.tls(Some(s.name.value), *p).is_some_and(|t| t.mode == Some("ISTIO_MUTUAL")))
                })
        };
        if !by_subset {
            bads.extend(whole);
        }
        for u in cluster.uses_of(host).filter(|u| !u.is_idle(cluster)) {
            for client in cluster.client_namespaces(u.virtual_service(cluster)) {
                for port in u.port(cluster).map_or_else(|| ports.clone(), |p| vec![Some(p)]) {
                    let origin = u.subset_site(cluster);
                    bads.extend(judge(cluster, entry, global.host, client, u.subset(cluster), port, origin));
                }
            }
        }
    }
    let mut found: FxHashMap<Place, Vec<Bad<'_, 's>>> = FxHashMap::default();
    for bad in bads {
        found.entry(bad.site.place).or_default().push(bad);
    }
    report(cluster, found, out);
}

/// What is wrong with the TLS mode in force for one client, subset and port.
fn judge<'a, 's>(
    cluster: &'a Cluster<'s>,
    entry: &'a ServiceEntry<'s>,
    host: Text<'s>,
    client: &str,
    subset: Option<&'s str>,
    port: Option<u32>,
    origin: Site<'a, 's>,
) -> Option<Bad<'a, 's>> {
    let applied = cluster.destination_rules(client, Host::Name(host.value));
    if !applied.conditional.is_empty() {
        return None;
    }
    let bad = |site, mode, rule| Some(Bad { site, host: host.value, mode, rule, subset, origin });
    let Some(tls) = applied.tls(subset, port) else {
        // Outside the mesh nothing is automatic, and then the location is the cause: global-location-external.
        let automatic = is_automatic(entry) && cluster.mesh.auto_mtls != Some(false);
        return if automatic { None } else { bad(cluster.site(&entry.meta, host.span), None, None) };
    };
    match tls.mode {
        Some("ISTIO_MUTUAL") => None,
        // A rule without `tls` leaves it to auto mTLS, which needs to know that the endpoint has a sidecar.
        None if is_automatic(entry) && cluster.mesh.auto_mtls != Some(false) => None,
        Some(mode) if crate::model::read::unknown(mode) => None,
        mode => bad(cluster.site(&tls.rule.meta, tls.span), mode, Some(tls.rule)),
    }
}

fn report<'s>(cluster: &Cluster<'s>, found: FxHashMap<Place, Vec<Bad<'_, 's>>>, out: &mut Findings) {
    // Up to 1.7 the installation itself brought a `*.global` rule with ISTIO_MUTUAL.
    let installed = cluster.mesh.versions.istio().is_none_or(|v| v < Version(1, 8, 0));
    let mut doubtful = Vec::new();
    for (_, bads) in found {
        let Some(bad) = bads.iter().find(|b| b.subset.is_some()).or(bads.first()) else { continue };
        if bad.rule.is_none() && (installed || !cluster.is_complete()) {
            doubtful.push((bad.site, bad.host));
            continue;
        }
        let mut hosts: Vec<&str> = bads.iter().map(|b| b.host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let more = and_more(hosts.len() - 1, "host");
        let how = match bad.mode {
            Some(mode) => format!("with TLS mode {mode}"),
            // Not at the rule's host, so at the policy of a port.
            None if bad.rule.is_some_and(|r| r.host.is_some_and(|h| h.span != bad.site.place.span)) => {
                "in plain text: the settings of its port replace those of the rule and set no TLS mode".into()
            }
            None => "in plain text: no TLS mode is set".into(),
        };
        let finding = out.report(
            bad.site,
            format!(
                "traffic to `{}`{more} leaves {} {how}, and the other cluster's gateway cannot route it",
                bad.host, cluster.name
            ),
        );
        finding.with_label("only ISTIO_MUTUAL carries the SNI that the gateway routes by");
        if bad.origin.place != bad.site.place {
            finding.with_related(bad.origin, "what is called");
        }
        if bad.mode.is_none()
            && let Some(rule) = bad.rule
            && let Some((hidden, tls)) = hidden(cluster, rule, bad.host)
        {
            finding.with_related(cluster.site(&hidden.meta, tls), format!("hidden by {}", rule.meta.title()));
        }
        finding.with_help(if bad.rule.is_some() {
            "set `tls: {mode: ISTIO_MUTUAL}` here".to_string()
        } else {
            format!("add a DestinationRule for `{}` with `trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL}}}}`", bad.host)
        });
    }
    doubtful.sort_by_key(|(site, _)| site.place);
    if let Some((site, host)) = doubtful.first() {
        out.report(
            *site,
            format!(
                "could not verify that traffic to `{host}`{} leaves {} with ISTIO_MUTUAL: no DestinationRule of this repository sets it, though {}",
                and_more(doubtful.len() - 1, "host"),
                cluster.name,
                if installed { "the installation of Istio up to 1.7 does" } else { "one that was not read may" }
            ),
        )
        .at_level(Severity::Note)
        .with_help(format!(
            "add a DestinationRule for `*.global` with ISTIO_MUTUAL to the root namespace{}",
            if cluster.mesh.versions.istio().is_none() { ", or say Istio's version in meshlint.yaml" } else { "" }
        ));
    }
}

/// The rule that would set ISTIO_MUTUAL, were it not for one nearer to the clients or more specific.
fn hidden<'a, 's>(
    cluster: &'a Cluster<'s>,
    by: &DestinationRule<'s>,
    host: &'s str,
) -> Option<(&'a DestinationRule<'s>, Span)> {
    let all = cluster.wildcard_rules_for(Host::Name(host)).map(|(_, r)| r);
    all.filter(|r| !std::ptr::eq(*r, by)).find_map(|r| {
        let mode = r.policy.as_ref()?.tls.as_ref()?.mode.filter(|m| m.value == "ISTIO_MUTUAL")?;
        Some((r, mode.span))
    })
}

/// Whether Istio knows that every endpoint has a sidecar, so that mutual TLS is automatic (evidence D2, D3).
pub(super) fn is_automatic(entry: &ServiceEntry<'_>) -> bool {
    !entry.endpoints.is_empty()
        && entry.endpoints.iter().all(|e| {
            e.service_account.is_some()
                || e.labels.iter().any(|(k, v)| k.value == "security.istio.io/tlsMode" && v.value == "istio")
        })
}
