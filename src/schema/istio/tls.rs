//! TLS settings of clients and servers.

use crate::schema::Problems;
use crate::schema::map::Map;

/// `trafficPolicy.tls`
pub(super) fn client(tls: Map<'_>, namespace: &str, out: &mut Problems) {
    let Some(mode) = tls.word("mode", "DISABLE") else { return };
    let by_secret = tls.is_set("credentialName");
    if let Some((node, name)) = tls.text("credentialName")
        && let Some(rest) = name.strip_prefix("configmap://")
        && !namespace.is_empty()
        && rest.split_once('/').is_some_and(|(ns, _)| ns != namespace)
    {
        out.at(node, format!("is `{name}`, but the ConfigMap has to be in the rule's own namespace, {namespace}"));
    }
    if tls.is_true("insecureSkipVerify") {
        let checks: &[&str] = match mode {
            "SIMPLE" => &["caCertificates", "credentialName", "subjectAltNames"],
            "MUTUAL" => &["caCertificates", "subjectAltNames"],
            _ => &[],
        };
        for node in
            checks.iter().filter(|k| **k == "subjectAltNames" && tls.has(k) || tls.is_set(k)).filter_map(|k| tls.get(k))
        {
            out.at(node, "is set, but `insecureSkipVerify` says that the server is not verified");
        }
    }
    if !matches!(mode, "SIMPLE" | "MUTUAL") {
        return;
    }
    if by_secret {
        for node in ["clientCertificate", "caCertificates", "privateKey", "caCrl"]
            .iter()
            .filter(|k| tls.is_set(k))
            .filter_map(|k| tls.get(k))
        {
            out.at(node, "stands beside `credentialName`, which brings the certificates already");
        }
    } else if mode == "MUTUAL" {
        missing(tls, &["clientCertificate", "privateKey"], out);
    }
}

fn missing(tls: Map<'_>, keys: &[&str], out: &mut Problems) {
    let missing: Vec<String> = keys.iter().filter(|k| !tls.is_set(k)).map(|k| format!("`{k}`")).collect();
    if !missing.is_empty() {
        let mode = tls.word("mode", "").unwrap_or_default();
        out.at(tls.node, format!("has no {}, which mode {mode} needs", missing.join(" and no ")))
            .help("name the files, or a Secret by `credentialName`");
    }
}

/// What brings a server's certificates.
const SOURCES: [&str; 3] = ["credentialName", "credentialNames", "tlsCertificates"];

/// `servers[].tls` of a Gateway, `ingress[].tls` of a Sidecar.
pub(super) fn server(tls: Map<'_>, out: &mut Problems) {
    let Some(mode) = tls.word("mode", "PASSTHROUGH") else { return };
    let set = |key: &&&str| tls.is_set(key);
    if mode == "ISTIO_MUTUAL" {
        let files = ["serverCertificate", "privateKey", "caCertificates"];
        for node in files.iter().chain(&SOURCES).filter(set).filter_map(|k| tls.get(k)) {
            out.at(node, "is set, but mode ISTIO_MUTUAL uses the mesh's own certificates");
        }
        return;
    }
    let by_files = tls.is_set("serverCertificate") && tls.is_set("privateKey");
    let sources: Vec<&str> = SOURCES.iter().filter(set).copied().collect();
    if sources.len() + usize::from(by_files) > 1
        && let Some(node) = sources.last().and_then(|k| tls.get(k))
    {
        let first = if by_files { "serverCertificate" } else { sources[0] };
        out.at(node, format!("stands beside `{first}`, and only one of them can bring the server's certificates"));
    }
    if !matches!(mode, "SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL")
        || tls.is_set("credentialName")
        || tls.is_set("credentialNames")
    {
        return;
    }
    certificates(tls, mode, out);
    if mode == "SIMPLE"
        && let Some(node) = tls.get("caCrl").filter(|_| tls.is_set("caCrl"))
    {
        out.at(node, "is set, but mode SIMPLE asks clients for no certificate that it could revoke");
    }
}

fn certificates(tls: Map<'_>, mode: &str, out: &mut Problems) {
    let of_clients: &[&str] = if mode == "SIMPLE" { &[] } else { &["caCertificates"] };
    if !tls.is_set("tlsCertificates") {
        let keys: Vec<&str> = ["serverCertificate", "privateKey"].iter().chain(of_clients).copied().collect();
        missing(tls, &keys, out);
        return;
    }
    missing(tls, of_clients, out);
    for certificate in tls.maps("tlsCertificates") {
        for key in ["serverCertificate", "privateKey"].into_iter().filter(|k| !certificate.is_set(k)) {
            out.at(certificate.node, format!("has no `{key}`, which mode {mode} needs"));
        }
    }
}
