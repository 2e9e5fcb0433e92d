//! Which Istio and which Kubernetes a cluster runs: by the command line, `meshlint.yaml`, or the manifests that install
//! them. What none of them says stays unknown.

use super::Said;
use crate::config::{ClusterSettings, Settings};
use crate::model::Meta;
use crate::model::read::{self, Text, unknown};
use crate::yaml::Node;

/// An Istio or Kubernetes version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// Reads `1.20.3`, `v1.20.3-distroless`, `1.20`; `None` where it is no version.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().trim_start_matches('v').split(['.', '-', '+', '_']);
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        let patch = parts.next().and_then(|p| p.parse().ok()).unwrap_or(0);
        Some(Self(major, minor, patch))
    }

    /// Whether the gateways of this Istio no longer rewrite `.global`: the filter stopped attaching with 1.8.6 and
    /// 1.9.5 (istio/istio#32848) and was removed later.
    pub fn lacks_global_rewrite(&self) -> bool {
        match (self.0, self.1) {
            (1, 8) => self.2 >= 6,
            (1, 9) => self.2 >= 5,
            (major, minor) => (major, minor) >= (1, 10),
        }
    }
}

/// The versions of a cluster.
#[derive(Clone, Copy, Debug, Default)]
pub struct Versions<'s> {
    /// Istio's, as it is written.
    pub istio: Option<Said<'s>>,
    /// Kubernetes', as it is written.
    pub kubernetes: Option<Said<'s>>,
}

impl<'s> Versions<'s> {
    /// The version of `Kubernetes` or `Istio`, where it is known.
    pub fn of(&self, product: &str) -> Option<Version> {
        let said = match product {
            "Kubernetes" => self.kubernetes,
            "Istio" => self.istio,
            _ => None,
        };
        said.and_then(|s| Version::parse(s.value))
    }

    /// Istio's version, where it is known.
    pub fn istio(&self) -> Option<Version> {
        self.of("Istio")
    }

    /// What an object that installs a cluster says of its Kubernetes: eksctl's and kubeadm's configuration.
    pub(super) fn kubernetes_in(meta: &Meta<'s>) -> Option<Text<'s>> {
        let said = match (meta.group(), meta.kind.value) {
            ("eksctl.io", "ClusterConfig") => read::text(meta.root.get("metadata")?, "version"),
            ("kubeadm.k8s.io", "ClusterConfiguration") => read::text(meta.root, "kubernetesVersion"),
            _ => None,
        };
        said.filter(|v| is_exact(v.value))
    }

    /// What an object that installs Istio's chart `istiod` says of its version: a Flux HelmRelease, or an Argo CD
    /// Application.
    pub(super) fn istio_in(meta: &Meta<'s>) -> Option<Text<'s>> {
        let is_istiod = |chart: Node<'s>| read::text(chart, "chart").is_some_and(|c| c.value == "istiod");
        let spec = meta.spec();
        let said = match (meta.group(), meta.kind.value) {
            ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                spec.at_path(&["chart", "spec"]).filter(|c| is_istiod(*c)).and_then(|c| read::text(c, "version"))
            }
            ("argoproj.io", "Application") => {
                let mut sources = spec.get("source").into_iter().chain(read::items(spec, "sources"));
                sources.find(|s| is_istiod(*s)).and_then(|s| read::text(s, "targetRevision"))
            }
            _ => None,
        };
        said.filter(|v| is_exact(v.value))
    }

    /// What is said without a place wins: the command line, then the cluster in `meshlint.yaml`, then all clusters.
    pub(super) fn or_configured(self, config: Option<&'s ClusterSettings>, settings: &'s Settings) -> Self {
        let said = |run: &'s Option<String>, own: Option<&'s String>, all: &'s Option<String>| {
            let value = run.as_ref().or(own).or(all.as_ref())?;
            Some(Said { value: value.as_str(), at: None })
        };
        let (run, all) = (&settings.versions_of_run, &settings.versions);
        let (istio, kubernetes) =
            (config.and_then(|c| c.versions.istio.as_ref()), config.and_then(|c| c.versions.kubernetes.as_ref()));
        Self {
            istio: said(&run.istio, istio, &all.istio).or(self.istio),
            kubernetes: said(&run.kubernetes, kubernetes, &all.kubernetes).or(self.kubernetes),
        }
    }
}

/// Whether a text is one version, at least to its minor part: no range (`>=1.20`, `1.x`), no placeholder.
fn is_exact(text: &str) -> bool {
    !unknown(text) && Version::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(Version::parse("1.20.3"), Some(Version(1, 20, 3)));
        assert_eq!(Version::parse("v1.24-latest"), Some(Version(1, 24, 0)));
        assert_eq!(Version::parse("latest"), None);
        for (text, gone) in [("1.7.8", false), ("1.8.5", false), ("1.8.6", true), ("1.9.4", false), ("1.20.3", true)] {
            assert_eq!(Version::parse(text).is_some_and(|v| v.lacks_global_rewrite()), gone, "{text}");
        }
        assert!(is_exact("1.22.x") && is_exact("v1.31") && !is_exact(">=1.20.0") && !is_exact("${VERSION}"));
    }
}
