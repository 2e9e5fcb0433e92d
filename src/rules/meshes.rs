//! Which clusters of a fleet are one mesh, and where a cluster says something of it.

use crate::mesh::{Cluster, Fleet, Said, Site, Together};

/// For each cluster the number of the part that it belongs to, by what joins two.
pub(super) fn parts<'s>(fleet: &Fleet<'s>, join: impl Fn(&Cluster<'s>, &Cluster<'s>) -> bool) -> Vec<usize> {
    let mut part: Vec<usize> = (0..fleet.clusters.len()).collect();
    for (i, a) in fleet.clusters.iter().enumerate() {
        for (j, b) in fleet.clusters.iter().enumerate().skip(i + 1) {
            if part[i] != part[j] && join(a, b) {
                let (keep, drop) = (part[i].min(part[j]), part[i].max(part[j]));
                part.iter_mut().filter(|p| **p == drop).for_each(|p| *p = keep);
            }
        }
    }
    part
}

/// The meshes of several clusters that the repository shows, each with its clusters in their order.
pub(super) fn shown<'a, 's>(fleet: &'a Fleet<'s>) -> Vec<Vec<&'a Cluster<'s>>> {
    several(fleet, parts(fleet, |a, b| fleet.together(a, b) == Together::Shown))
}

/// As [`shown`], but by more than that both name their networks: by one mesh id, or by credentials. For rules about
/// what separate meshes would have, too.
pub(super) fn shown_firmly<'a, 's>(fleet: &'a Fleet<'s>) -> Vec<Vec<&'a Cluster<'s>>> {
    let firm = |a: &Cluster<'s>, b: &Cluster<'s>| {
        fleet.together(a, b) == Together::Shown
            && (a.has_remote_secret()
                || b.has_remote_secret()
                || matches!((a.mesh.mesh_id, b.mesh.mesh_id), (Some(x), Some(y)) if x.value == y.value))
    };
    several(fleet, parts(fleet, firm))
}

fn several<'a, 's>(fleet: &'a Fleet<'s>, parts: Vec<usize>) -> Vec<Vec<&'a Cluster<'s>>> {
    let mut meshes: Vec<Vec<&Cluster<'s>>> = vec![Vec::new(); fleet.clusters.len()];
    for (cluster, part) in fleet.clusters.iter().zip(&parts) {
        meshes[*part].push(cluster);
    }
    meshes.retain(|m| m.len() > 1);
    meshes
}

/// Where a cluster says it; `None` where meshlint's own configuration does.
pub(super) fn site<'a, 's>(cluster: &'a Cluster<'s>, said: &Said<'s>) -> Option<Site<'a, 's>> {
    said.at.map(|(object, span)| cluster.site(&cluster.mesh.objects[object], span))
}

/// `east, west and 3 more`: clusters, for messages.
pub(super) fn names<'s>(clusters: impl IntoIterator<Item = &'s str>) -> String {
    let mut all: Vec<&str> = Vec::new();
    for name in clusters {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    match all.as_slice() {
        [] => "none".into(),
        [one] => (*one).into(),
        [most @ .., last] if all.len() <= 4 => format!("{} and {last}", most.join(", ")),
        _ => format!("{} and {} more", all[..3].join(", "), all.len() - 3),
    }
}
