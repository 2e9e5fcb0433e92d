//! The fleet: all clusters together.

use rayon::prelude::*;

use super::{Cluster, ClusterId, MeshSettings};
use crate::Coverage;
use crate::config::Settings;
use crate::model::{Meta, Objects};
use crate::workspace::Workspace;
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
}

impl<'s> Fleet<'s> {
    /// Reads the model of each cluster and resolves the fleet.
    pub fn build(workspace: &'s Workspace, settings: &'s Settings) -> Self {
        let clusters = workspace
            .clusters
            .par_iter()
            .enumerate()
            .map(|(i, input)| {
                let mut objects = Objects::default();
                for file in &input.files {
                    let text = workspace.sources.get(file.source).text();
                    for document in &workspace.streams[file.source.0 as usize].stream.documents {
                        let Some(root) = document.tree.root(text) else { continue };
                        add(&mut objects, file.source, root, &file.namespace, 0);
                    }
                }
                let config = settings.cluster(&input.name);
                let text_of = |id| workspace.sources.get(id).text();
                let mesh = MeshSettings::read(&objects, &workspace.streams, &text_of, config);
                let domain =
                    config.and_then(|c| c.cluster_domain.as_deref()).unwrap_or(settings.cluster_domain.as_str());
                Cluster::new(ClusterId(i as u32), input, config, objects, mesh, domain)
            })
            .collect();
        Self { workspace, settings, clusters }
    }

    /// The cluster of that id.
    pub fn cluster(&self, id: ClusterId) -> &Cluster<'s> {
        &self.clusters[id.0 as usize]
    }

    /// What was read of each cluster.
    pub fn coverage(&self) -> Vec<Coverage> {
        let of = |c: &Cluster<'_>| {
            let streams = c.input.files.iter().map(|f| &self.workspace.streams[f.source.0 as usize].stream);
            Coverage {
                name: c.name.to_string(),
                files: c.input.files.len(),
                documents: streams.map(|s| s.documents.len() + s.errors.len()).sum(),
                resources: c.objects.len(),
                skipped: c.input.skipped.clone(),
            }
        };
        self.clusters.iter().map(of).collect()
    }
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
