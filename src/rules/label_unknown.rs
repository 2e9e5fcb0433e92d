//! `label-unknown`: a label that is a slip of one of Istio's.

use super::words::nearest;
use super::{Findings, Rule, carriers};
use crate::annotations::{annotation, is_label, labels};
use crate::mesh::{Cluster, Fleet};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/label-unknown.md"), check);

/// Shorter names are too close to each other to say.
const ENOUGH: usize = 6;

fn check(_fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {
    for carrier in carriers::all(cluster) {
        for (key, _) in carrier.labels.iter().filter(|(k, _)| k.value.contains("ist")) {
            if is_label(key.value) || annotation(key.value).is_some() {
                continue;
            }
            let Some(near) = meant(key.value) else { continue };
            let message =
                format!("label `{}` of {} is none that Istio has: it does nothing", key.value, carrier.holder());
            out.report(cluster.site(carrier.meta, key.span), message).with_help(format!("did you mean `{near}`?"));
        }
    }
}

/// The label of Istio's that is meant: another name in the same domain, or the same name in another one.
fn meant(key: &str) -> Option<&'static str> {
    let parts = |key: &'static str| key.rsplit_once('/').unwrap_or(("", key));
    let (domain, name) = key.rsplit_once('/').unwrap_or(("", key));
    let by_name = || {
        let names = labels().map(parts).filter(|(d, _)| *d == domain).map(|(_, n)| n);
        // `managed-by` is no slip of `managed`.
        nearest(name, names.filter(|n| n.len() >= ENOUGH && n.len().abs_diff(name.len()) <= 1))
    };
    let by_domain = || nearest(domain, labels().map(parts).filter(|(_, n)| *n == name).map(|(d, _)| d));
    let (domain, name) = match by_name() {
        Some(near) => (domain, near),
        None => (by_domain()?, name),
    };
    labels().find(|l| parts(l) == (domain, name))
}
