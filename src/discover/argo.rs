//! Argo CD: objects that say what else their cluster applies.

use crate::yaml::Node;

/// What an object of this group and kind points at, as a phrase.
pub(super) fn pointer(group: &str, kind: &str, title: &str, root: Node<'_>) -> Option<String> {
    if group != "argoproj.io" {
        return None;
    }
    match kind {
        "Application" => {
            let spec = root.get("spec")?;
            let sources = spec.get("sources").into_iter().flat_map(|s| s.items()).chain(spec.get("source"));
            let place = |s: Node<'_>| {
                let field = |key| s.get(key).and_then(|n| n.text()).filter(|t| !t.is_empty());
                field("path").or_else(|| field("chart")).or_else(|| field("repoURL")).map(str::to_string)
            };
            let places: Vec<String> = sources.filter_map(place).collect();
            let places = if places.is_empty() { "nothing that is named".into() } else { places.join(" and ") };
            Some(format!("what Argo CD Application {title} points at is not rendered: {places}"))
        }
        "ApplicationSet" => {
            Some(format!("what the Applications of Argo CD ApplicationSet {title} point at is not rendered"))
        }
        _ => None,
    }
}
