//! `gateway-secret-missing`: a Gateway takes its certificate from a Secret that is not where its Pods are.

use super::words::nearest;
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet, Secrets};
use crate::model::read::{self, Text, unknown};
use crate::model::{Gateway, Server};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-secret-missing.md"), check);

fn check<'s>(_fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    each_credential(cluster, |gateway, name, namespaces, secrets| {
        let mut places = namespaces.iter().filter_map(|ns| place(name.value, ns));
        if places.any(|(ns, n)| secrets.get(ns, n).is_some()) {
            return;
        }
        let Some((namespace, secret)) = namespaces.first().and_then(|ns| place(name.value, ns)) else { return };
        report(cluster, gateway, name, (namespace, secret), secrets, out);
    });
}

/// Looks at each Secret that a Gateway names, with the namespaces that its Pods are in. Where none is named, no Secret is
/// looked at.
pub(super) fn each_credential<'a, 's>(
    cluster: &'a Cluster<'s>,
    mut look: impl FnMut(&'a Gateway<'s>, Text<'s>, &[&'s str], &Secrets<'a, 's>),
) {
    let names_one = |g: &&Gateway<'s>| g.servers.iter().any(|s| credentials(s).next().is_some());
    let mut gateways = cluster.objects.gateways.iter().filter(names_one).peekable();
    if gateways.peek().is_none() {
        return;
    }
    let secrets = cluster.secrets();
    for gateway in gateways {
        let namespaces = namespaces(cluster, gateway);
        for name in gateway.servers.iter().flat_map(credentials) {
            look(gateway, name, &namespaces, &secrets);
        }
    }
}

fn report<'s>(
    cluster: &Cluster<'s>,
    gateway: &Gateway<'s>,
    name: Text<'s>,
    (namespace, secret): (&str, &str),
    secrets: &Secrets<'_, 's>,
    out: &mut Findings,
) {
    let elsewhere = secrets.namespaces_of(secret).first().and_then(|ns| Some((*ns, secrets.get(ns, secret)?)));
    let near = nearest(secret, secrets.names_in(namespace).iter().copied());
    // What copies Secrets into other namespaces says so in annotations.
    let is_copied = elsewhere
        .is_some_and(|(_, made)| !made.meta.annotations.is_empty() || made.meta.spec().get("secretTemplate").is_some());
    let shown = (elsewhere.is_some() || near.is_some())
        && !is_copied
        && cluster.is_complete()
        && !secrets.may_be_any()
        && !cluster.input.is_guess;
    let site = cluster.site(&gateway.meta, name.span);
    let finding = if shown {
        out.report(site, format!("{} takes its certificate from Secret {namespace}/{secret}, which is not there: its Pods are in {namespace}", gateway.meta.title()))
    } else if secrets.knows(namespace) || elsewhere.is_some() {
        out.report(site, format!("could not verify Secret {namespace}/{secret}, from which {} takes its certificate: it is not among what was read of {}", gateway.meta.title(), cluster.name))
            .at_level(Severity::Note)
    } else {
        // Nothing of that namespace's Secrets is in the repository.
        return;
    };
    finding.with_label("callers get no TLS connection: the listener waits for its certificate");
    if let Some((_, made)) = elsewhere {
        let what = if made.is_plain {
            "a Secret of that name is in another namespace"
        } else {
            "makes one of that name in another namespace"
        };
        finding.with_related(cluster.site(made.meta, made.meta.name.span), what);
    }
    match (near, elsewhere) {
        (Some(near), _) => finding.with_help(format!("did you mean `{near}`?")),
        (None, Some(_)) => finding
            .with_help(format!("put the Secret into {namespace}, where the gateway's Pods are: they read no others")),
        (None, None) => finding.with_help(format!("add the Secret, or what makes it, to {namespace}")),
    };
}

/// The names of the Secrets that a server takes its certificates from.
pub(super) fn credentials<'s>(server: &Server<'s>) -> impl Iterator<Item = Text<'s>> + use<'s> {
    let tls = server.node.get("tls");
    let one = tls.and_then(|t| read::text(t, "credentialName")).filter(|n| !n.value.is_empty());
    let several = tls.map(|t| read::strings(t, "credentialNames")).unwrap_or_default();
    one.into_iter().chain(several).filter(|n| !unknown(n.value) && !n.value.contains("://"))
}

/// The namespaces that a Gateway's Pods are in, as far as they are known.
fn namespaces<'s>(cluster: &Cluster<'s>, gateway: &Gateway<'s>) -> Vec<&'s str> {
    let mut all: Vec<&'s str> = cluster.gateway_pods(gateway).iter().map(|w| w.meta.namespace.value).collect();
    all.sort_unstable();
    all.dedup();
    all.retain(|ns| !unknown(ns));
    all
}

/// Where the Secret is that Pods of a namespace mean: `namespace/name`, or a name in their own.
pub(super) fn place<'a>(written: &'a str, namespace: &'a str) -> Option<(&'a str, &'a str)> {
    match written.split_once('/') {
        Some((ns, name)) => (!name.contains('/')).then_some((ns, name)),
        None => Some((namespace, written)),
    }
}
