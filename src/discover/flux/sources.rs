//! Flux's sources: which repository an object means, and what an artifact is made of.

use crate::discover::pointer::{Repository, text};
use crate::yaml::Node;

/// The URL of a GitRepository, an OCIRepository or a Bucket.
pub(in crate::discover) fn url(root: Node<'_>) -> Option<String> {
    let spec = root.get("spec")?;
    text(spec, "url").or_else(|| text(spec, "endpoint")).map(str::to_string)
}

/// Where a path in an artifact that an `ArtifactGenerator` makes comes from: the repository, and the path in there.
///
/// `copy` entries take `@alias/folder/**` to `@artifact/folder/`; later ones win
/// (`source.extensions.fluxcd.io`, ArtifactGenerator).
pub(in crate::discover) fn in_artifact(
    root: Node<'_>,
    namespace: &str,
    artifact: &str,
    path: &str,
) -> Option<(Repository, String)> {
    let spec = root.get("spec")?;
    let artifact = spec.get("artifacts")?.items().find(|a| text(*a, "name") == Some(artifact))?;
    let path = path.trim_start_matches("./").trim_matches('/');
    let mut copies: Vec<Node<'_>> = artifact.get("copy")?.items().collect();
    copies.reverse();
    for copy in copies {
        let to = text(copy, "to")?.strip_prefix("@artifact")?.trim_matches('/');
        let (alias, from) = text(copy, "from")?.strip_prefix('@')?.split_once('/')?;
        let inside = if to.is_empty() {
            Some(path)
        } else if path == to {
            Some("")
        } else {
            path.strip_prefix(to).and_then(|p| p.strip_prefix('/'))
        };
        let Some(inside) = inside else { continue };
        // A single file that is copied under another name is no folder that is built.
        let Some(folder) = from.strip_suffix("/**").or((from == "**").then_some("")) else { continue };
        let source = spec.get("sources")?.items().find(|s| text(*s, "alias") == Some(alias))?;
        let repository = Repository::Flux {
            kind: text(source, "kind").unwrap_or("GitRepository").into(),
            namespace: text(source, "namespace").unwrap_or(namespace).into(),
            name: text(source, "name")?.into(),
        };
        let joined = [folder, inside].iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("/");
        return Some((repository, joined));
    }
    None
}
