//! Telemetry: metrics, traces and their tags.

use super::{Object, common};
use crate::schema::Problems;
use crate::schema::map::Map;
use crate::yaml::Node;

pub(super) fn check(object: Object<'_, '_>, out: &mut Problems) {
    let spec = object.spec;
    common::targets(spec, "selector", out);
    common::selector(spec, out);
    for part in ["metrics", "tracing", "accessLogging"].into_iter().flat_map(|k| spec.maps(k)) {
        for provider in part.maps("providers").filter(|p| !p.is_set("name")) {
            out.at(provider.get("name").unwrap_or(provider.node), "does not name a provider: `name`");
        }
    }
    spec.maps("metrics").flat_map(|m| m.maps("overrides")).for_each(|o| metric(o, out));
    spec.maps("tracing").for_each(|t| tracing(t, out));
}

fn metric(metric: Map<'_>, out: &mut Problems) {
    if let Some((node, "")) = metric.map("match").and_then(|m| m.text("customMetric")) {
        out.at(node, "is empty, and names no metric");
    }
    for (_, tag) in metric.entries("tagOverrides").filter(|(_, t)| t.is_mapping()) {
        let tag = Map::of(tag);
        match (tag.word("operation", "UPSERT"), tag.get("value")) {
            (Some("UPSERT"), _) if !tag.is_set("value") => {
                out.at(tag.node, "has no `value`, which UPSERT sets").help("set `value`, or `operation: REMOVE`");
            }
            (Some("REMOVE"), Some(value)) => out.say(value, "is set, but REMOVE takes the tag away"),
            _ => {}
        }
    }
}

fn tracing(tracing: Map<'_>, out: &mut Problems) {
    if let Some((node, n)) = tracing.number("randomSamplingPercentage").filter(|(_, n)| !(0.0..=100.0).contains(n)) {
        out.at(node, format!("is {n}, but a percentage is from 0 to 100"));
    }
    for (name, tag) in tracing.entries("customTags") {
        if name.text() == Some("") {
            out.at(name, "is empty, and a tag has a name");
        }
        custom_tag(tag, out);
    }
}

fn custom_tag(tag: Node<'_>, out: &mut Problems) {
    if tag.is_null() {
        out.at(tag, "is empty, and a tag needs `literal`, `environment` or `header`");
    }
    for (kind, field) in [("literal", "value"), ("environment", "name"), ("header", "name")] {
        if let Some(of) = Map::of(tag).map(kind).filter(|m| !m.is_set(field)) {
            out.at(of.node, format!("has no `{field}`"));
        }
    }
}
