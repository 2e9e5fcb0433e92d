//! What an HTTP route does with a request: mirrors, redirects, retries and rewrites it.

use super::common::port_number;
use super::http_route::regex;
use super::l4_route;
use crate::schema::Problems;
use crate::schema::map::Map;
use crate::schema::problem::quoted;

pub(super) fn mirrors(route: Map<'_>, out: &mut Problems) {
    let percent = |n: f64| !(0.0..=100.0).contains(&n);
    for key in ["mirrorPercent", "mirror_percent"] {
        if let Some((node, n)) = route.number(key).filter(|(_, n)| percent(*n)) {
            out.at(node, format!("is {n}, but a percentage is from 0 to 100"));
        }
    }
    let all =
        route.map("mirrorPercentage").into_iter().chain(route.maps("mirrors").filter_map(|m| m.map("percentage")));
    for (node, n) in all.filter_map(|p| p.number("value")).filter(|(_, n)| percent(*n)) {
        out.at(node, format!("is {n}, but a percentage is from 0 to 100"));
    }
    if let Some(mirror) = route.map("mirror") {
        l4_route::destination(mirror, out);
    }
    for mirror in route.maps("mirrors") {
        match mirror.map("destination") {
            Some(destination) => l4_route::destination(destination, out),
            None => out.say(mirror.node, "has no `destination`"),
        }
    }
}

pub(super) fn redirect(redirect: Map<'_>, route: Map<'_>, out: &mut Problems) {
    if let Some(node) = redirect.get("prefixRewrite").filter(|_| redirect.is_set("prefixRewrite")) {
        if redirect.is_set("uri") {
            out.at(node, "stands beside `uri`, and only one of them can say the new path");
        } else if route.maps("match").filter_map(|m| m.map("uri")).any(|u| !u.has("prefix")) {
            out.at(node, "replaces a prefix, but a match of this route is not by `prefix`");
        }
    }
    let says = ["uri", "prefixRewrite", "authority", "scheme"].iter().any(|k| redirect.is_set(k));
    if !says && !redirect.has("port") && !redirect.has("derivePort") {
        out.at(redirect.node, "leads nowhere: it needs `uri`, `authority`, `scheme` or a port");
    }
    if let Some((node, n)) = redirect.number("redirectCode").filter(|(_, n)| *n != 0.0 && !(300.0..=399.0).contains(n))
    {
        out.at(node, format!("is {n}, but a redirect's status is from 300 to 399"));
    }
    if let Some((node, scheme)) = redirect.text("scheme").filter(|(_, s)| !matches!(*s, "" | "http" | "https")) {
        out.at(node, format!("is {}, but has to be `http` or `https`", quoted(scheme)));
    }
    if let Some((node, n)) = redirect.number("port").filter(|(_, n)| *n > 0.0) {
        port_number(node, n, out);
    }
}

const RETRY_ON: [&str; 16] = [
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "envoy-ratelimited",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
];

pub(super) fn retries(retries: Map<'_>, out: &mut Problems) {
    match retries.number("attempts") {
        Some((node, n)) if n < 0.0 => out.say(node, format!("is {n}, but cannot be less than 0")),
        Some((_, n)) if n > 0.0 => {}
        None if retries.has("attempts") => {}
        _ => {
            if let Some(key) =
                ["perTryTimeout", "retryOn", "retryRemoteLocalities"].into_iter().find(|k| retries.is_set(k))
            {
                out.at(retries.node, format!("has `{key}`, but no `attempts`: 0 turns retries off"))
                    .help("set `attempts`");
            }
        }
    }
    let Some((node, text)) = retries.text("retryOn").filter(|(_, t)| !t.is_empty()) else { return };
    // A status of HTTP that has a name is one as well.
    let known = |p: &str| RETRY_ON.contains(&p) || p.parse::<u16>().is_ok_and(is_status);
    if let Some(policy) = text.split(',').find(|p| !known(p)) {
        let problem = out.at(node, format!("has {}, which is no condition to retry on", quoted(policy)));
        if known(policy.trim()) {
            problem.help("conditions are joined by `,` without spaces");
        }
    }
}

/// Whether a status of HTTP has a name.
fn is_status(n: u16) -> bool {
    matches!(n, 100..=103 | 200..=208 | 226 | 300..=305 | 307 | 308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451 | 500..=508 | 510 | 511)
}

pub(super) fn rewrite(rewrite: Map<'_>, out: &mut Problems) {
    let by_regex = rewrite.map("uriRegexRewrite");
    if let Some(node) = rewrite.get("uriRegexRewrite").filter(|_| rewrite.is_set("uri")) {
        out.at(node, "stands beside `uri`, and only one of them can say the new path");
    }
    if !rewrite.is_set("uri") && !rewrite.is_set("authority") && by_regex.is_none() {
        out.at(rewrite.node, "rewrites nothing: it needs `uri`, `uriRegexRewrite` or `authority`");
    }
    let Some(by_regex) = by_regex else { return };
    for key in ["match", "rewrite"].into_iter().filter(|k| !by_regex.is_set(k)) {
        out.at(by_regex.node, format!("has no `{key}`"));
    }
    if let Some((node, text)) = by_regex.text("match") {
        regex(node, text, out);
    }
}
