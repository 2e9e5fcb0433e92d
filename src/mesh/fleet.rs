//! The fleet: all clusters together.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::crossings::Crossings;
use super::links::{Directory, GlobalEntry, Link};
use super::{Cluster, ClusterId, Entrance, MeshSettings};
use crate::config::Settings;
use crate::coverage::Coverage;
use crate::model::read::moved;
use crate::model::{Host, Meta, Objects};
use crate::schema::Custom;
use crate::workspace::{ClusterFile, ClusterInput, How, Workspace};
use crate::yaml::Node;

/// All clusters, and what leads from one to another.
#[derive(Debug)]
pub struct Fleet<'s> {
    /// What was read.
    pub workspace: &'s Workspace,
    /// What the run goes by.
    pub settings: &'s Settings,
    /// The clusters, at their ids' indices.
    pub clusters: Vec<Cluster<'s>>,
    /// The schemas of the CustomResourceDefinitions that were given for all clusters.
    pub custom: Custom<'s>,
    /// What leads from one cluster into another.
    pub crossings: Crossings<'s>,
    /// The `.global` hosts that ServiceEntries define.
    pub global_entries: Vec<GlobalEntry<'s>>,
    links: Vec<Link<'s>>,
    links_by_host: FxHashMap<(ClusterId, Host<'s>), Vec<u32>>,
    entrances: Vec<Entrance<'s>>,
    together: Vec<Together>,
}

/// What the repository shows of whether two clusters are one mesh whose control planes see each other's endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// They are: both say so (mesh id, networks), or one has the other's credentials.
    Shown,
    /// Nothing says so: they may be two meshes in one repository.
    NotShown,
    /// They are joined by `.global` hosts only: each control plane knows its own cluster (evidence L8).
    Replicated,
}

impl<'s> Fleet<'s> {
    /// Reads the model of each cluster and resolves the fleet.
    pub fn build(workspace: &'s Workspace, settings: &'s Settings) -> Self {
        Self::of(workspace, &workspace.clusters.iter().collect::<Vec<_>>(), settings)
    }

    /// The fleet of these clusters of the workspace alone.
    pub fn of(workspace: &'s Workspace, members: &[&'s ClusterInput], settings: &'s Settings) -> Self {
        let clusters: Vec<Cluster<'s>> = members
            .par_iter()
            .enumerate()
            .map(|(i, &input)| {
                let mut objects = Objects::default();
                for file in &input.files {
                    for document in &workspace.streams[file.source.0 as usize].stream.documents {
                        let Some(root) = document.tree.root() else { continue };
                        add(&mut objects, file.source, root, &file.namespace, 0);
                    }
                }
                objects.shrink();
                let config = settings.cluster(&input.name);
                let mesh = MeshSettings::read(&objects, &workspace.streams, config, settings);
                let domain =
                    config.and_then(|c| c.cluster_domain.as_deref()).unwrap_or(settings.cluster_domain.as_str());
                Cluster::new(ClusterId(i as u32), input, config, objects, mesh, domain)
            })
            .collect();
        let directory = Directory::of(&clusters);
        let global_entries = GlobalEntry::all(&clusters, &settings.global_suffix, settings.sni_port);
        let of = |c: &Cluster<'s>| directory.links(c, &global_entries, settings.sni_port);
        let links: Vec<Link<'s>> = clusters.par_iter().map(of).collect::<Vec<_>>().into_iter().flatten().collect();
        let links = moved(links);
        let mut links_by_host: FxHashMap<_, Vec<u32>> = FxHashMap::default();
        for (i, link) in links.iter().enumerate() {
            links_by_host.entry((link.from, link.host())).or_default().push(i as u32);
        }
        let entrances = clusters.iter().map(|c| Entrance::of(c, settings.sni_port)).collect();
        let mut fleet = Self {
            workspace,
            settings,
            clusters,
            custom: given(workspace),
            crossings: Crossings::default(),
            links,
            global_entries,
            links_by_host,
            entrances,
            together: Vec::new(),
        };
        fleet.together = fleet.judge_together();
        fleet.crossings = Crossings::build(&fleet);
        fleet
    }

    /// The way into a cluster, as far as its repository shows it.
    pub fn entrance(&self, id: ClusterId) -> &Entrance<'s> {
        &self.entrances[id.0 as usize]
    }

    /// The endpoints of `.global` hosts, of all clusters.
    pub fn links(&self) -> &[Link<'s>] {
        &self.links
    }

    /// The link of that index.
    pub fn link(&self, index: u32) -> &Link<'s> {
        &self.links[index as usize]
    }

    /// The links of one cluster, with their indices.
    pub fn links_from(&self, from: ClusterId) -> impl Iterator<Item = (u32, &Link<'s>)> {
        let start = self.links.partition_point(|l| l.from < from);
        self.links[start..]
            .iter()
            .take_while(move |l| l.from == from)
            .enumerate()
            .map(move |(i, l)| ((start + i) as u32, l))
    }

    /// The links of one host of a cluster, with their indices.
    pub fn links_of(&self, from: ClusterId, host: Host<'s>) -> impl Iterator<Item = (u32, &Link<'s>)> {
        self.links_by_host.get(&(from, host)).into_iter().flatten().map(|&i| (i, &self.links[i as usize]))
    }

    /// Whether two clusters are one mesh whose control planes see each other's endpoints.
    pub fn together(&self, a: &Cluster<'s>, b: &Cluster<'s>) -> Together {
        self.together[a.id.0 as usize * self.clusters.len() + b.id.0 as usize]
    }

    fn judge_together(&self) -> Vec<Together> {
        // In a repository with `.global` hosts, networks alone do not show it: replicated control planes have them,
        // too. A gateway that takes the clusters' own names does.
        let own = Host::Service { name: "a", namespace: "b" };
        let by_own_names = self.clusters.iter().any(|c| self.entrance(c.id).covers(c, &own));
        let replicated = !self.global_entries.is_empty();
        let pair = |a: &Cluster<'s>, b: &Cluster<'s>| {
            let (am, bm) = (&a.mesh, &b.mesh);
            let other_mesh = matches!((am.mesh_id, bm.mesh_id), (Some(x), Some(y)) if x.value != y.value);
            let same_mesh = am.mesh_id.is_some() && bm.mesh_id.is_some();
            let networks = am.network().is_some() && bm.network().is_some();
            // `meshID: mesh1` is what the guides write: a production and a staging mesh side by side have it, too.
            let other_stage = matches!((stage(a.name), stage(b.name)), (Some(x), Some(y)) if x != y);
            if other_mesh {
                Together::NotShown
            } else if a.has_remote_secret()
                || b.has_remote_secret()
                || ((same_mesh || networks) && !other_stage && (!replicated || by_own_names))
            {
                Together::Shown
            } else if replicated {
                Together::Replicated
            } else {
                Together::NotShown
            }
        };
        self.clusters.iter().flat_map(|a| self.clusters.iter().map(move |b| pair(a, b))).collect()
    }

    /// The cluster of that id.
    pub fn cluster(&self, id: ClusterId) -> &Cluster<'s> {
        &self.clusters[id.0 as usize]
    }

    /// `clusters/cluster2/bookinfo.yaml:62`, for messages.
    pub fn shown(&self, site: super::Site<'_, '_>) -> String {
        let place = self.workspace.trace(site.place).place;
        let source = self.workspace.sources.get(place.source);
        format!("{}:{}", source.path, source.position(place.span.start).line)
    }

    /// What was read of each cluster.
    pub fn coverage(&self) -> Vec<Coverage> {
        let of = |c: &Cluster<'_>| {
            let streams = c.input.files.iter().map(|f| &self.workspace.streams[f.source.0 as usize].stream);
            let made = |how: How| c.input.sets.iter().filter(|s| s.how == how).count();
            let is_file = |f: &&ClusterFile| !self.workspace.derived.contains_key(&f.source);
            Coverage {
                name: c.name.to_string(),
                files: c.input.files.iter().filter(is_file).count(),
                built: made(How::Built),
                rendered: made(How::Rendered),
                documents: streams.map(|s| s.documents.len() + s.errors.len()).sum(),
                resources: c.objects.len(),
                skipped: c.input.skipped.clone(),
            }
        };
        self.clusters.iter().map(of).collect()
    }
}

/// The definitions of `--crds`.
fn given(workspace: &Workspace) -> Custom<'_> {
    let roots =
        workspace.crds.iter().flat_map(|(_, parsed)| parsed.stream.documents.iter().filter_map(|d| d.tree.root()));
    Custom::of(roots)
}

/// The stage that a cluster's name says it is for: `prod-eu` production, `staging` staging.
fn stage(name: &str) -> Option<&'static str> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.map(str::to_ascii_lowercase).find_map(|word| {
        Some(match word.as_str() {
            "prod" | "production" | "prd" | "live" => "production",
            "staging" | "stage" | "stg" | "preprod" | "pre" | "uat" => "staging",
            "dev" | "development" | "sandbox" => "development",
            "test" | "testing" | "qa" | "int" => "test",
            _ => return None,
        })
    })
}

/// Adds the object at `root`, or those of a `List`.
fn add<'s>(objects: &mut Objects<'s>, source: crate::source::SourceId, root: Node<'s>, namespace: &'s str, depth: u8) {
    if depth > 8 {
        return;
    }
    let is_list = root.get("kind").and_then(|k| k.text()).is_some_and(|k| k.ends_with("List"))
        && root.get("items").is_some_and(|i| i.is_sequence());
    if is_list {
        crate::model::read::items(root, "items").for_each(|i| add(objects, source, i, namespace, depth + 1));
    } else if let Some(meta) = Meta::read(source, root, namespace) {
        objects.add(meta);
    }
}
