//! Helm: a chart's templates are no manifests until they are rendered.

use super::walk::{Folder, Tool};

/// Whether a folder with such files is a chart.
pub(super) fn is_chart(has: &dyn Fn(&str) -> bool) -> bool {
    has("Chart.yaml")
}

/// Whether `inner`, a folder in `folder`, holds a chart's templates.
pub(super) fn holds_templates(folder: &Folder, inner: &Folder) -> bool {
    folder.tool == Tool::Helm && inner.name == "templates"
}
