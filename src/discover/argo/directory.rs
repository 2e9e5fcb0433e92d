//! What Argo CD makes of a folder, and which files of a plain one it applies.
//!
//! Source of the facts: <https://argo-cd.readthedocs.io/en/stable/user-guide/directory/> and
//! <https://argo-cd.readthedocs.io/en/stable/user-guide/tool_detection/>

use std::path::Path;

use globset::GlobBuilder;

use crate::discover::pointer::Argo;

/// What a folder is for Argo CD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::discover) enum SourceKind {
    Helm,
    Kustomize,
    Directory,
}

/// What a folder is: what the Application says, else what is in it.
pub(in crate::discover) fn kind(options: &Argo, folder: &Path, is_built: impl Fn(&Path) -> bool) -> SourceKind {
    options.explicit.unwrap_or_else(|| {
        if folder.join("Chart.yaml").is_file() {
            SourceKind::Helm
        } else if is_built(folder) {
            SourceKind::Kustomize
        } else {
            SourceKind::Directory
        }
    })
}

/// Whether a file of a plain folder is applied, by its path relative to the folder.
pub(in crate::discover) fn applies(options: &Argo, relative: &str) -> bool {
    if !options.recurse && relative.contains('/') {
        return false;
    }
    let matches = |pattern: &String| {
        // `*` crosses slashes there, too.
        let glob = GlobBuilder::new(pattern).literal_separator(false).build();
        glob.is_ok_and(|g| g.compile_matcher().is_match(relative))
    };
    if options.exclude.iter().any(matches) {
        return false;
    }
    options.include.is_empty() || options.include.iter().any(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_plain_folder() {
        let options = |recurse, include: &[&str], exclude: &[&str]| Argo {
            recurse,
            include: include.iter().map(|s| (*s).into()).collect(),
            exclude: exclude.iter().map(|s| (*s).into()).collect(),
            ..Argo::default()
        };
        assert!(applies(&options(false, &[], &[]), "a.yaml"));
        assert!(!applies(&options(false, &[], &[]), "in/a.yaml"));
        assert!(applies(&options(true, &[], &[]), "in/a.yaml"));
        assert!(applies(&options(true, &["{a,b}.yaml"], &[]), "b.yaml"));
        assert!(!applies(&options(true, &["{a,b}.yaml"], &[]), "c.yaml"));
        assert!(!applies(&options(true, &[], &["in/*"]), "in/a.yaml"));
    }
}
