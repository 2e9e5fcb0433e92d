//! HTTP routes of a VirtualService.

use super::{headers, http_actions, l4_route, virtual_service};
use crate::model::read::unknown;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::schema::{Problems, forms, regexes};
use crate::yaml::Node;

pub(super) fn check(route: Map<'_>, delegate: bool, out: &mut Problems) {
    conflicts(route, delegate, out);
    route.maps("match").for_each(|m| matches(m, out));
    headers::check(route, out);
    headers::authority(route, out);
    if let Some(cors) = route.map("corsPolicy") {
        self::cors(cors, out);
    }
    if let Some(fault) = route.map("fault") {
        self::fault(fault, out);
    }
    http_actions::mirrors(route, out);
    if let Some(redirect) = route.map("redirect") {
        http_actions::redirect(redirect, route, out);
    }
    if let Some(direct) = route.map("directResponse") {
        if let Some((node, n)) = direct.number("status") {
            status(node, n, out);
        }
        if let Some(body) = direct.map("body").and_then(|b| b.text("string")).filter(|(_, t)| t.len() > 1 << 20) {
            out.at(body.0, "has more than 1 MB");
        }
    }
    if let Some(retries) = route.map("retries") {
        http_actions::retries(retries, out);
    }
    if let Some(rewrite) = route.map("rewrite") {
        http_actions::rewrite(rewrite, out);
    }
    route.maps("route").for_each(|d| headers::check(d, out));
    l4_route::destinations(route, out);
}

/// What one route cannot do at once, and that it has to do something.
fn conflicts(route: Map<'_>, delegate: bool, out: &mut Problems) {
    if let Some(node) = route.get("delegate") {
        if delegate {
            out.at(node, "is set in a VirtualService that others delegate to: that goes one step only");
        } else {
            for other in ["redirect", "route"] {
                if let Some(node) = route.get(other) {
                    out.at(node, "stands beside `delegate`: the other VirtualService says where requests go");
                }
            }
            return;
        }
    }
    if route.has("redirect") {
        beside(
            route,
            "redirect",
            &["route", "fault", "rewrite", "directResponse"],
            "a request that is redirected is not handled further",
            out,
        );
    } else if route.has("directResponse") {
        beside(
            route,
            "directResponse",
            &["route", "fault", "rewrite"],
            "a request that is answered is not handled further",
            out,
        );
    } else if !route.is_set("route") {
        out.at(route.node, "has no `route`, `redirect` or `directResponse`: nothing says what becomes of a request");
    }
    if let Some(node) = route.get("mirrors").filter(|_| route.has("mirror") && route.is_set("mirrors")) {
        out.at(node, "stands beside `mirror`, which says the same of one host").help("move that into `mirrors`");
    }
}

fn beside(route: Map<'_>, first: &str, others: &[&str], why: &str, out: &mut Problems) {
    let is_there = |o: &&&str| if **o == "route" { route.is_set(o) } else { route.has(o) };
    for node in others.iter().filter(is_there).filter_map(|o| route.get(o)) {
        out.at(node, format!("stands beside `{first}`: {why}"));
    }
}

fn matches(m: Map<'_>, out: &mut Problems) {
    for (field, absent) in [("headers", false), ("withoutHeaders", true)] {
        for (key, value) in m.entries(field) {
            let name = key.key();
            header_name(key, &name, out);
            if value.is_null() {
                if !absent {
                    out.at(value, "is empty: write `{}` where the header only has to be there");
                }
                continue;
            }
            let text = Map::of(value);
            // `*` is read as: the header is there.
            if !(absent && text.text("regex").is_some_and(|(_, t)| t == "*")) {
                string(text, true, out);
            }
        }
    }
    for (key, prefix_has_text) in [("uri", false), ("scheme", true), ("method", true), ("authority", true)] {
        if let Some(text) = m.map(key) {
            string(text, prefix_has_text, out);
        }
    }
    m.entries("queryParams").for_each(|(_, v)| string(Map::of(v), true, out));
    l4_route::source(m, out);
    if let Some((node, text)) = m.text("sourceNamespace").filter(|(_, t)| !t.is_empty() && !forms::is_label(t)) {
        out.at(node, format!("is {}, which is no name of a namespace", quoted(text)));
    }
}

fn header_name(node: Node<'_>, name: &str, out: &mut Problems) {
    let pseudo = [":method", ":scheme", ":authority", ":path", ":status"].contains(&name);
    if !unknown(name) && !pseudo && !virtual_service::is_claim(name) && !forms::is_header_name(name) {
        out.at(node, format!("is {}, which is no name of a header", quoted(name)));
    }
}

/// `exact`, `prefix` or `regex`.
fn string(text: Map<'_>, prefix_has_text: bool, out: &mut Problems) {
    if let Some((node, "")) = text.text("prefix").filter(|_| prefix_has_text) {
        out.at(node, "is empty, and a prefix has to be some text").help("write `{}` for any value, or `regex: \".*\"`");
    }
    if let Some((node, regex)) = text.text("regex") {
        if regex.is_empty() {
            out.at(node, "is empty, and a regular expression has to be some text");
        } else {
            self::regex(node, regex, out);
        }
    }
}

pub(super) fn regex(node: Node<'_>, regex: &str, out: &mut Problems) {
    if let Some(fault) = regexes::fault(regex) {
        let says = match fault.strip_prefix("is no ") {
            Some(rest) => format!("is {}, which is no {rest}", quoted(regex)),
            None => fault,
        };
        out.at(node, says);
    }
}

fn cors(cors: Map<'_>, out: &mut Problems) {
    for origin in cors.maps("allowOrigins") {
        let empty = ["exact", "prefix", "regex"].iter().all(|k| !origin.is_set(k));
        if empty {
            out.at(origin.node, "names no origin: `exact`, `prefix` or `regex`");
        } else if let Some((node, text)) = origin.text("regex") {
            regex(node, text, out);
        }
    }
    const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"];
    for (node, method) in cors.texts("allowMethods").filter(|(_, m)| !METHODS.contains(m)) {
        let problem = out.at(node, format!("is {}, which is no method of HTTP", quoted(method)));
        if METHODS.contains(&method.to_ascii_uppercase().as_str()) {
            problem.help(format!("write `{}`", method.to_ascii_uppercase()));
        }
    }
    for (node, name) in cors.texts("allowHeaders").chain(cors.texts("exposeHeaders")) {
        if name != "*" && !forms::is_header_name(name) {
            out.at(node, format!("is {}, which is no name of a header", quoted(name)));
        }
    }
    if let Some((node, text)) = cors.text("maxAge")
        && forms::duration(text).is_some_and(|d| d % 1_000_000_000 != 0)
    {
        out.at(node, format!("is `{text}`, but browsers count whole seconds"));
    }
}

fn fault(fault: Map<'_>, out: &mut Problems) {
    if !fault.has("abort") && !fault.has("delay") {
        out.at(fault.node, "has neither `abort` nor `delay`");
    }
    if let Some(abort) = fault.map("abort") {
        share(abort, out);
        if let Some((node, n)) = abort.number("httpStatus") {
            status(node, n, out);
        }
        if let Some((node, code)) = abort.text("grpcStatus").filter(|(_, c)| !GRPC.contains(c)) {
            out.at(node, format!("is {}, which is no status of gRPC: `NOT_FOUND`, `UNAVAILABLE` …", quoted(code)));
        }
        if let Some(node) = abort.get("http2Error") {
            out.at(node, "is set, but Istio cannot abort with an error of HTTP/2")
                .help("use `httpStatus` or `grpcStatus`");
        }
    }
    if let Some(delay) = fault.map("delay") {
        share(delay, out);
        if let Some(node) = delay.get("exponentialDelay") {
            out.at(node, "is set, but Istio knows fixed delays only").help("use `fixedDelay`");
        }
    }
}

/// The share of requests that a fault is for.
fn share(fault: Map<'_>, out: &mut Problems) {
    let Some((node, n)) = fault.map("percentage").and_then(|p| p.number("value")) else { return };
    if !(0.0..=100.0).contains(&n) || (n > 0.0 && n < 0.0001) {
        out.at(node, format!("is {n}, but has to be 0, or from 0.0001 to 100"));
    }
}

fn status(node: Node<'_>, n: f64, out: &mut Problems) {
    if !(200.0..=600.0).contains(&n) {
        out.at(node, format!("is {n}, but the status of a response is from 200 to 599"));
    }
}

const GRPC: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
];
