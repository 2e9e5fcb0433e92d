//! `claim-without-authentication`: a route goes by a claim of a JWT that nothing checks at its gateway.

use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, selects};
use crate::model::{Text, VirtualService, Workload};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/claim-without-authentication.md"), check);

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for vs in &cluster.objects.virtual_services {
        let Some(claim) = claim_of(vs) else { continue };
        for bound in vs.gateways.iter().filter(|g| g.value != "mesh") {
            let (namespace, name) = Cluster::gateway_name(bound.value, vs.meta.namespace.value);
            let Some(gateway) = cluster.gateway(namespace, name) else { continue };
            let pods = cluster.workloads(None, &gateway.selector);
            let Some(open) = pods.iter().find(|w| !is_authenticated(cluster, w)) else { continue };
            let finding = out.report(
                cluster.site(&vs.meta, claim.span),
                format!(
                    "a route of {} goes by a JWT's claim, and no RequestAuthentication is for {}, the Pods of gateway `{}`",
                    vs.meta.title(),
                    open.meta.title(),
                    bound.value
                ),
            );
            finding
                .with_label("without one there are no claims, and the match never holds")
                .with_related(cluster.site(&open.meta, open.meta.name.span), "nothing checks JWTs here")
                .with_help(format!(
                    "add a RequestAuthentication to namespace {} that selects these Pods",
                    open.meta.namespace.value
                ));
            if !cluster.is_complete() || cluster.input.is_guess {
                finding.message = format!("could not verify that JWTs are checked: {}", finding.message);
                finding.at_level(Severity::Note);
            }
        }
    }
}

/// The first header of a match that stands for a claim.
fn claim_of<'s>(vs: &VirtualService<'s>) -> Option<Text<'s>> {
    let matches = vs.routes.iter().flat_map(|r| read::items(r.node, "match"));
    let headers = matches.flat_map(|m| [m.get("headers"), m.get("withoutHeaders")]).flatten();
    let mut keys = headers.flat_map(|h| h.entries()).filter_map(|(key, _)| key.spanned());
    keys.find(|k| {
        let rest = k.value.strip_prefix("@request.auth.claims");
        rest.is_some_and(|r| r.starts_with(['.', '[']))
    })
}

/// Whether a RequestAuthentication is for these Pods: one of their namespace, or of the root namespace.
fn is_authenticated(cluster: &Cluster<'_>, pods: &Workload<'_>) -> bool {
    cluster.others("security.istio.io", "RequestAuthentication").any(|m| {
        let namespace = m.namespace.value;
        let is_for_it = || match m.spec().get("selector") {
            Some(selector) => selects(&read::labels(selector, "matchLabels"), &pods.labels),
            // What `targetRefs` name has these Pods behind it, or may have.
            None => true,
        };
        (namespace == cluster.mesh.root_namespace || namespace == pods.meta.namespace.value) && is_for_it()
    })
}
