//! Flux: objects that say what else their cluster applies.

use crate::yaml::Node;

/// What an object of this group and kind points at: the kind in words, and the place.
pub(super) fn pointer(group: &str, kind: &str, root: Node<'_>) -> Option<(&'static str, String)> {
    let text = |path: &[&str]| root.at_path(path).and_then(|n| n.text()).filter(|t| !t.is_empty());
    match (group, kind) {
        ("kustomize.toolkit.fluxcd.io", "Kustomization") => {
            let path = text(&["spec", "path"]).unwrap_or("./");
            let source = text(&["spec", "sourceRef", "name"]).map(|s| format!(" of {s}")).unwrap_or_default();
            Some(("Flux Kustomization", format!("{path}{source}")))
        }
        ("helm.toolkit.fluxcd.io" | "helm.fluxcd.io", "HelmRelease") => {
            let chart = text(&["spec", "chart", "spec", "chart"])
                .or_else(|| text(&["spec", "chartRef", "name"]))
                .or_else(|| text(&["spec", "chart", "name"]));
            Some(("Flux HelmRelease", chart.map_or_else(|| "a chart".into(), |c| format!("chart {c}"))))
        }
        _ => None,
    }
}
