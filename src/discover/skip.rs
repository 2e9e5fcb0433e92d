//! What is found and not read, and why.

use std::io;

use crate::workspace::Skipped;

/// Why something is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// A template of a Helm chart.
    HelmTemplate,
    /// A folder that Kustomize builds.
    Kustomize,
    /// No file: a FIFO, a socket, a device.
    Special(&'static str),
    /// The system does not let it be read.
    Unreadable(String),
    /// A link that leads out of the repository or, where there is none, out of the folder that was given.
    LinkOut,
    /// A link to a folder that it is in.
    LinkLoop,
    /// A link to nothing.
    LinkBroken,
    /// More links than anybody writes.
    LinksWithoutEnd,
    /// Longer than what is read.
    TooLarge,
    /// Nested deeper than anybody nests.
    TooDeep,
    /// It lies beside the clusters.
    BesideClusters,
    /// It lies beside the clusters, under a name for what clusters share.
    Shared,
    /// Flux or Argo CD apply other things.
    NotApplied,
    /// One of more than anybody has.
    TooMany,
    /// It holds variants of the same objects, and nothing says which of them apply.
    Variants,
}

impl Why {
    /// The error of an attempt to read.
    pub(super) fn io(error: &io::Error) -> Self {
        Self::Unreadable(match error.kind() {
            io::ErrorKind::PermissionDenied => "permission denied".into(),
            io::ErrorKind::NotFound => "it is no longer there".into(),
            _ => error.to_string(),
        })
    }

    /// The entry for this path.
    pub(super) fn at(&self, path: impl Into<String>) -> Skipped {
        Skipped {
            path: path.into(),
            reason: self.reason(),
            detail: None,
            namespace: None,
            may_hold_objects: self.may_hold_objects(),
            is_reported: false,
            is_error: matches!(self, Self::Unreadable(_) | Self::LinkBroken),
        }
    }

    fn reason(&self) -> String {
        match self {
            Self::HelmTemplate => {
                "a Helm chart's template, not a manifest: render it (`helm template … | meshlint -`)".into()
            }
            Self::Kustomize => "built by Kustomize: render it (`kustomize build … | meshlint -`)".into(),
            Self::Special(what) => format!("{what}, not a file"),
            Self::Unreadable(why) => format!("cannot be read: {why}"),
            Self::LinkOut => "a link that leads outside: not followed".into(),
            Self::LinkLoop => "a link to a folder that it is in: not followed".into(),
            Self::LinkBroken => "a link to what does not exist".into(),
            Self::LinksWithoutEnd => "one of too many links to folders: not followed".into(),
            Self::TooLarge => format!("larger than {} MiB", crate::workspace::MAX_BYTES >> 20),
            Self::TooDeep => "nested too deep".into(),
            Self::BesideClusters => "beside the clusters: no cluster is known to apply it".into(),
            Self::Shared => "shared by its name: which clusters apply it is not known".into(),
            Self::NotApplied => "nothing in this repository applies it".into(),
            Self::TooMany => "one of too many things to build: not followed".into(),
            Self::Variants => "variants of the same objects: which of them apply together is not known".into(),
        }
    }

    fn may_hold_objects(&self) -> bool {
        !matches!(self, Self::LinkLoop | Self::BesideClusters | Self::NotApplied)
    }
}
