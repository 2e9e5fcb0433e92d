//! `gateway-certificate-unusable`: a Gateway takes its certificate from a Secret that holds none that works.

use super::gateway_secret_missing::{each_credential, place};
use super::{Findings, Rule};
use crate::finding::Severity;
use crate::mesh::{Cluster, Fleet};
use crate::model::read::{self, Text, unknown};
use crate::model::{Meta, certificate};
use crate::source::Span;
use crate::yaml::decode_base64_bytes;

pub(super) static RULE: Rule = Rule::per_cluster(include_str!("../../rules/gateway-certificate-unusable.md"), check);

/// Under which keys a Secret holds a certificate and its key: as Kubernetes has it, and as Istio reads it as well.
const KEYS: [(&str, &str); 2] = [("tls.crt", "tls.key"), ("cert", "key")];

/// What is wrong with a Secret, and where.
struct Fault {
    what: String,
    at: Span,
    severity: Severity,
}

fn check<'s>(fleet: &Fleet<'s>, cluster: &Cluster<'s>, out: &mut Findings) {
    each_credential(cluster, |gateway, name, namespaces, secrets| {
        let found = namespaces.iter().find_map(|ns| {
            let (ns, n) = place(name.value, ns)?;
            secrets.get(ns, n).filter(|made| made.is_plain)
        });
        let Some(secret) = found.map(|made| made.meta) else { return };
        let Some(fault) = fault(fleet, secret) else { return };
        out.report(
            cluster.site(&gateway.meta, name.span),
            format!("{} takes its certificate from {}, {}", gateway.meta.title(), secret.title(), fault.what),
        )
        .at_level(fault.severity)
        .with_label("callers get no TLS connection")
        .with_related(cluster.site(secret, fault.at), "here")
        .with_help("put a certificate and its key, both in PEM, under `tls.crt` and `tls.key`");
    });
}

fn fault(fleet: &Fleet<'_>, secret: &Meta<'_>) -> Option<Fault> {
    let has = |key: &str| entry(secret, key).is_some();
    // One without data is filled by something else; one that sops has encrypted cannot be read.
    let is_empty = ["data", "stringData"].iter().all(|k| secret.root.get(k).is_none_or(|d| d.entries().is_empty()));
    if is_empty || secret.root.get("sops").is_some() {
        return None;
    }
    let Some((cert, key)) = KEYS.into_iter().find(|(cert, key)| has(cert) && has(key)) else {
        let data = secret.root.get("data").or_else(|| secret.root.get("stringData"))?;
        let missing = if has("tls.crt") || has("cert") { "without a key" } else { "without a certificate" };
        let what = format!("which is {missing}: it has to hold `tls.crt` and `tls.key`");
        return Some(Fault { what, at: data.span(), severity: Severity::Error });
    };
    let (text, is_plain) = entry(secret, cert)?;
    let (secret_key, is_plain_key) = entry(secret, key)?;
    if [text.value, secret_key.value].into_iter().any(|t| unknown(t) || t.starts_with("ENC[") || t.is_empty()) {
        return None;
    }
    let wrong = |what: String, at: Span, severity| Some(Fault { what, at, severity });
    let Some(pem) = plain(text.value, is_plain) else {
        return wrong(format!("whose `{cert}` is not base64"), text.span, Severity::Error);
    };
    let (first, last) = match certificate::validity(&pem) {
        Ok(days) => days,
        Err(why) => return wrong(format!("whose `{cert}` is {why}"), text.span, Severity::Error),
    };
    if plain(secret_key.value, is_plain_key).is_none_or(|k| !certificate::is_private_key(&k)) {
        return wrong(format!("whose `{key}` is not a private key in PEM"), secret_key.span, Severity::Error);
    }
    let today = fleet.settings.today?;
    if last < today {
        return wrong(format!("which expired on {last}"), text.span, Severity::Warning);
    }
    (today < first).then(|| Fault {
        what: format!("which is not valid before {first}"),
        at: text.span,
        severity: Severity::Warning,
    })
}

/// The value under a key, and whether it is written as it is (`stringData`, which wins) and not in base64.
fn entry<'s>(secret: &Meta<'s>, key: &str) -> Option<(Text<'s>, bool)> {
    let plain = secret.root.get("stringData").and_then(|d| read::text(d, key)).map(|t| (t, true));
    plain.or_else(|| secret.root.get("data").and_then(|d| read::text(d, key)).map(|t| (t, false)))
}

fn plain(text: &str, is_plain: bool) -> Option<String> {
    if is_plain {
        return Some(text.to_string());
    }
    decode_base64_bytes(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
