//! What a run goes by: defaults, then `meshlint.yaml`, then the command line.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ipnetwork::IpNetwork;

use super::date::Date;
use crate::finding::Severity;
use crate::progress::Progress;
use crate::source::Spanned;

/// What is known of a cluster beyond its manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterSettings {
    /// The cluster's name.
    pub name: String,
    /// The folders and files that it applies, relative to the working directory; empty: found by the layout.
    pub paths: Vec<PathBuf>,
    /// Addresses of its gateway for traffic from other clusters: IPs or names.
    pub gateways: Vec<String>,
    /// The network that it is on (`topology.istio.io/network`).
    pub network: Option<String>,
    /// Ranges that its Pods get their addresses from.
    pub pod_ranges: Vec<IpNetwork>,
    /// Ranges that its Services get their cluster IPs from.
    pub service_ranges: Vec<IpNetwork>,
    /// Ranges that its nodes are in.
    pub node_ranges: Vec<IpNetwork>,
    /// Its domain; `cluster.local` where nothing says otherwise.
    pub cluster_domain: Option<String>,
    /// Its trust domain.
    pub trust_domain: Option<String>,
    /// What it runs.
    pub versions: Versions,
}

/// Versions as people write them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// Istio's, such as `1.24.2`.
    pub istio: Option<String>,
    /// Kubernetes', such as `1.31`.
    pub kubernetes: Option<String>,
}

/// What a rule is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It does not run.
    Off,
    /// It runs, at the levels that it gives its findings itself.
    On,
    /// It runs, and all its findings have this level.
    At(Severity),
}

/// The text of the configuration, for findings about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigFile {
    /// Its name, as people know it.
    pub shown: String,
    /// All of it.
    pub text: String,
    /// Whether it says which folders the clusters are.
    pub names_clusters: bool,
}

/// Findings that are not reported, as the configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppression {
    /// The rules, groups and peers' codes that it is about, with their places in the configuration.
    pub rules: Vec<Spanned<String>>,
    /// A glob for the cluster's name.
    pub cluster: Option<Spanned<String>>,
    /// A glob for the object's kind.
    pub kind: Option<String>,
    /// A glob for the object's namespace.
    pub namespace: Option<String>,
    /// A glob for the object's name.
    pub name: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Spanned<Date>>,
}

impl Suppression {
    /// Whether another one says the same, wherever it stands and whyever.
    pub fn is_same(&self, other: &Self) -> bool {
        let parts = |s: &Self| (s.kind.clone(), s.namespace.clone(), s.name.clone(), s.expires.map(|e| e.value));
        let cluster = |s: &Self| s.cluster.as_ref().map(|c| c.value.clone());
        let rules = |s: &Self| s.rules.iter().map(|r| r.value.clone()).collect::<Vec<_>>();
        parts(self) == parts(other) && cluster(self) == cluster(other) && rules(self) == rules(other)
    }
}

/// All settings of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The folder of the configuration; `None` where there is none.
    pub root: Option<PathBuf>,
    /// Per cluster, by name.
    pub clusters: Vec<ClusterSettings>,
    /// What ends the name of a host of another cluster: `global`, without the dot.
    pub global_suffix: String,
    /// The gateways' port for traffic from other clusters, told apart by SNI.
    pub sni_port: u32,
    /// The domain of clusters that do not say another.
    pub cluster_domain: String,
    /// Values for placeholders (`${NAME}`).
    pub variables: BTreeMap<String, String>,
    /// Rules, groups (`routing`) and peers' codes (`IST0101`) that are set to a level; later ones win.
    pub levels: Vec<(String, Level)>,
    /// Findings that are not reported.
    pub suppressions: Vec<Suppression>,
    /// The configuration's own text; `None` where there is none.
    pub file: Option<Arc<ConfigFile>>,
    /// The day of the run; `None` where it does not matter, and nothing expires.
    pub today: Option<Date>,
    /// Where not empty, only these rules, groups and codes run, whatever `levels` says of them; `all` and `default`
    /// stand for every rule and for those that are on by themselves.
    pub select: Vec<String>,
    /// Rules, groups and codes that do not run, whatever else is said of them.
    pub ignore: Vec<String>,
    /// Globs of what is not read, relative to `root` or, where there is none, to the working directory.
    pub exclude: Vec<String>,
    /// The least level that fails a run.
    pub fail_on: Severity,
    /// The versions of clusters that say no others themselves.
    pub versions: Versions,
    /// The versions by which this run judges all clusters, whatever they say.
    pub versions_of_run: Versions,
    /// The file of known findings that the configuration names.
    pub baseline: Option<PathBuf>,
    /// How manifests are made of what is none: Kustomize, Helm.
    pub rendering: Rendering,
    /// Where the run says how far it is.
    pub progress: Progress,
    /// Folders and files with CustomResourceDefinitions that every cluster has.
    pub crds: Vec<PathBuf>,
}

/// Whether and with what manifests are made of kustomizations and charts. Only the command line says it: a repository
/// must not name programs to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendering {
    /// Whether it is done.
    pub mode: Render,
    /// `kustomize`, or a `kubectl`; `None`: the one on the PATH.
    pub kustomize: Option<PathBuf>,
    /// `helm`; `None`: the one on the PATH.
    pub helm: Option<PathBuf>,
    /// The folder in which results are kept; `None`: none are.
    pub cache: Option<PathBuf>,
}

/// Whether kustomizations are built and charts rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Render {
    /// Where the programs are there; where they are missing, that is an error finding.
    #[default]
    Auto,
    /// Never: they are left out, and listed.
    Never,
    /// A program that is missing fails the run.
    Always,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            root: None,
            clusters: Vec::new(),
            global_suffix: "global".into(),
            sni_port: 15443,
            cluster_domain: "cluster.local".into(),
            variables: BTreeMap::new(),
            levels: Vec::new(),
            suppressions: Vec::new(),
            file: None,
            today: None,
            select: Vec::new(),
            ignore: Vec::new(),
            exclude: Vec::new(),
            fail_on: Severity::Error,
            versions: Versions::default(),
            versions_of_run: Versions::default(),
            baseline: None,
            rendering: Rendering::default(),
            progress: Progress::default(),
            crds: Vec::new(),
        }
    }
}

impl Settings {
    /// What is known of the cluster of that name.
    pub fn cluster(&self, name: &str) -> Option<&ClusterSettings> {
        self.clusters.iter().find(|c| c.name == name)
    }
}
