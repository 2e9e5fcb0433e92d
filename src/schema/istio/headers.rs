//! What routes add to, set in and remove from headers.

use crate::model::read::unknown;
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::{Map, known};
use crate::yaml::Node;

/// The `headers` of a route or of one of its destinations.
pub(super) fn check(route: Map<'_>, out: &mut Problems) {
    let Some(headers) = route.map("headers") else { return };
    for direction in ["request", "response"] {
        let Some(operations) = headers.map(direction) else { continue };
        for (key, value) in ["add", "set"].into_iter().flat_map(|o| operations.entries(o)) {
            name(key, &key.key(), direction == "request", out);
            if let Some(fault) = known(value).and_then(forms::header_value_fault) {
                out.at(value, fault);
            }
        }
        for (node, text) in operations.texts("remove") {
            name(node, text, false, out);
        }
    }
}

fn name(node: Node<'_>, name: &str, may_set_authority: bool, out: &mut Problems) {
    if unknown(name) || (may_set_authority && is_authority(name)) {
        return;
    }
    if name.is_empty() {
        out.at(node, "is empty, and the name of a header is not");
    } else if name.eq_ignore_ascii_case("host") {
        out.at(node, "is the header Host, which can only be added or set, and in requests");
    } else if name.starts_with(':') {
        out.at(node, format!("is `{name}`, which is no header but a part of the request line"));
    }
}

/// `:authority` or `Host`.
fn is_authority(name: &str) -> bool {
    name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host")
}

/// The authority can be set in one place only.
pub(super) fn authority(route: Map<'_>, out: &mut Problems) {
    let mut set = route.map("rewrite").is_some_and(|r| r.is_set("authority"));
    let Some(request) = route.map("headers").and_then(|h| h.map("request")) else { return };
    for (key, value) in
        ["set", "add"].into_iter().flat_map(|o| request.entries(o)).filter(|(k, _)| is_authority(&k.key()))
    {
        if set {
            out.at(key, "sets the authority, which this route sets in another place already")
                .help("keep one of the two");
        }
        set |= value.text().is_some_and(|t| !t.is_empty());
    }
}
