//! WasmPlugin and TrafficExtension: code that proxies load.

use super::{Object, common};
use crate::schema::Problems;
use crate::schema::forms;
use crate::schema::map::Map;
use crate::schema::problem::quoted;
use crate::schema::seen::Seen;

pub(super) fn wasm_plugin(object: Object<'_, '_>, out: &mut Problems) {
    common::targets(object.spec, "selector", out);
    common::selector(object.spec, out);
    wasm(object.spec, out);
    matches(object.spec, out);
}

pub(super) fn traffic_extension(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    common::targets(spec, "selector", out);
    common::selector(spec, out);
    match (spec.get("wasm"), spec.get("lua")) {
        (Some(_), Some(lua)) => out.say(lua, "stands beside `wasm`, and an extension is one of them"),
        (None, None) => out.say(spec.node, "has neither `wasm` nor `lua`"),
        _ => {}
    }
    if let Some(lua) = spec.map("lua").filter(|l| !l.is_set("inlineCode")) {
        out.at(lua.node, "has no `inlineCode`");
    }
    if let Some((node, _)) = spec.map("lua").and_then(|l| l.text("inlineCode")).filter(|(_, t)| t.len() > 65536) {
        out.at(node, "has more than 64 KB");
    }
    if let Some(settings) = spec.map("wasm") {
        wasm(settings, out);
    }
    matches(spec, out);
}

fn wasm(settings: Map<'_>, out: &mut Problems) {
    match settings.text("url") {
        Some((node, "")) => out.say(node, "is empty, and nothing else says where the module is"),
        Some((node, url)) => {
            let with_scheme = if url.contains("://") { url.to_string() } else { format!("http://{url}") };
            let good = forms::url_scheme(&with_scheme)
                .is_some_and(|s| matches!(s.as_str(), "http" | "https" | "file" | "oci"));
            if !good {
                out.at(
                    node,
                    format!("is {}, but has to be a URL of oci://, https://, http:// or file://", quoted(url)),
                );
            }
        }
        None if settings.has("url") => {}
        None => out.say(settings.node, "has no `url`, which says where the module is"),
    }
    if let Some((node, sum)) = settings.text("sha256").filter(|(_, s)| !s.is_empty()) {
        let hex = sum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if sum.len() != 64 || !hex {
            out.at(node, format!("is {}, but has to be 64 digits of 0 to 9 and a to f", quoted(sum)));
        }
    }
    for (key, most) in [("imagePullSecret", 253), ("pluginName", 256)] {
        if let Some((node, _)) = settings.text(key).filter(|(_, t)| t.len() > most) {
            out.at(node, format!("has more than {most} characters"));
        }
    }
    let mut names = Seen::new();
    for env in settings.map("vmConfig").into_iter().flat_map(|v| v.maps("env")) {
        match env.text("name") {
            Some((node, name)) if !name.is_empty() && !names.insert(name) => {
                out.at(node, format!("is {}, which another variable is called as well", quoted(name)));
            }
            Some((node, name)) if name.len() > 256 => out.say(node, "has more than 256 characters"),
            _ if !env.is_set("name") => out.say(env.node, "has no `name`"),
            _ => {}
        }
        if env.word("valueFrom", "INLINE") == Some("HOST")
            && env.has("value")
            && let Some(node) = env.get("value")
        {
            out.at(node, "is set, but `valueFrom: HOST` takes the proxy's own variable");
        }
    }
}

fn matches(spec: Map<'_>, out: &mut Problems) {
    for port in spec.maps("match").flat_map(|m| m.maps("ports")) {
        common::required_port(port, "number", out);
    }
}
