//! RequestAuthentication: issuers, keys, and where tokens stand.

use super::{Object, common};
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::Map;
use crate::schema::problem::quoted;

pub(super) fn check(object: Object<'_, '_>, out: &mut Problems) {
    common::targets(object.spec, "selector", out);
    common::selector(object.spec, out);
    object.spec.maps("jwtRules").for_each(|r| rule(r, out));
}

fn rule(rule: Map<'_>, out: &mut Problems) {
    let by_uri = rule.is_set("jwksUri") || rule.is_set("jwks_uri");
    if !rule.is_set("issuer") && !by_uri {
        out.at(rule.node, "has neither `issuer` nor `jwksUri`");
    }
    if let Some(node) = rule.get("jwks").filter(|_| by_uri) {
        out.at(node, "stands beside `jwksUri`, and only one of them can bring the keys");
    }
    for (node, uri) in ["jwksUri", "jwks_uri"]
        .into_iter()
        .filter_map(|k| rule.text(k))
        .filter(|(_, u)| !u.is_empty() && !forms::is_stand_in(u))
    {
        if !forms::url_scheme(uri).is_some_and(|s| matches!(s.as_str(), "http" | "https")) {
            out.at(node, format!("is {}, which is no URL of http:// or https://", quoted(uri)));
        }
    }
    if let Some((node, text)) = rule.text("jwks").filter(|(_, t)| !t.is_empty() && !is_key_set(t)) {
        out.at(node, format!("is {}, which is no set of keys: JSON with `keys`", quoted(text)));
    }
    for key in ["audiences", "fromParams", "fromCookies"] {
        for (node, _) in rule.texts(key).filter(|(_, t)| t.is_empty()) {
            out.at(node, "is empty, and must not be");
        }
    }
    for header in rule.maps("fromHeaders").filter(|h| !h.is_set("name")) {
        out.at(header.get("name").unwrap_or(header.node), "does not name the header: `name`");
    }
    for output in rule.maps("outputClaimToHeaders") {
        if !output.is_set("claim") || !output.is_set("header") {
            out.at(output.node, "needs both a `claim` and a `header`");
        } else if let Some((node, name)) = output.text("header")
            && !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        {
            out.at(node, format!("is {}, but the name of a header is letters, digits, `-` and `_` here", quoted(name)));
        }
    }
}

/// JSON of a key, or with a list of them.
fn is_key_set(text: &str) -> bool {
    let is_key = |key: &serde_json::Value| matches!(key["kty"].as_str(), Some("RSA" | "EC" | "OKP" | "oct"));
    let Ok(set) = serde_json::from_str::<serde_json::Value>(text) else { return false };
    match set.get("keys") {
        Some(keys) => keys.as_array().is_some_and(|k| k.iter().all(is_key)),
        None => is_key(&set),
    }
}
