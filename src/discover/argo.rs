//! Argo CD: objects that say what else their cluster applies.

use crate::yaml::Node;

/// What an object of this group and kind points at: the kind in words, and the place.
pub(super) fn pointer(group: &str, kind: &str, root: Node<'_>) -> Option<(&'static str, String)> {
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
            let places = if places.is_empty() { "no source".into() } else { places.join(" and ") };
            Some(("Argo CD Application", places))
        }
        "ApplicationSet" => Some(("Argo CD ApplicationSet", "the Applications that it makes".into())),
        _ => None,
    }
}
