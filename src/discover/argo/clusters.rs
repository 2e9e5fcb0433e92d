//! Clusters that Argo CD knows: Secrets with the label `argocd.argoproj.io/secret-type: cluster`.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters>

use crate::source::Span;
use crate::yaml::{Node, decode_base64};

/// The API server of the cluster that Argo CD runs in.
pub(super) const IN_CLUSTER: &str = "https://kubernetes.default.svc";

/// A cluster.
#[derive(Clone, Debug)]
pub(in crate::discover) struct Cluster {
    pub(in crate::discover) name: String,
    pub(in crate::discover) server: String,
    pub(in crate::discover) labels: Vec<(String, String, Span)>,
    pub(in crate::discover) annotations: Vec<(String, String, Span)>,
    pub(in crate::discover) span: Span,
}

/// The cluster that a Secret names; `None` for other Secrets.
pub(in crate::discover) fn read(root: Node<'_>) -> Option<Cluster> {
    let label = root.at_path(&["metadata", "labels", "argocd.argoproj.io/secret-type"])?;
    if label.text() != Some("cluster") {
        return None;
    }
    let field = |key: &str| {
        let plain = root.at_path(&["stringData", key]).and_then(|n| n.text()).map(str::to_string);
        plain.or_else(|| decode_base64(root.at_path(&["data", key])?.text()?))
    };
    let pairs = |key| {
        let node = root.at_path(&["metadata", key]);
        let all = node.into_iter().flat_map(|n| n.entries());
        all.map(|(k, v)| (k.key().into_owned(), v.text().unwrap_or_default().to_string(), v.span())).collect()
    };
    Some(Cluster {
        name: field("name")?,
        server: field("server").unwrap_or_default(),
        labels: pairs("labels"),
        annotations: pairs("annotations"),
        span: root.span(),
    })
}
