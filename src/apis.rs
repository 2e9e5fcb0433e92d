//! Which kinds Kubernetes, Istio and the Gateway API have, in which versions: the table `apis.txt`.
//!
//! It holds groups that nobody else adds to. What other CRDs bring is unknown, and never wrong.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// The table's lines.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("apis.txt")));

/// One version of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Api {
    /// `networking.istio.io`; empty for the core group.
    pub group: &'static str,
    /// `v1beta1`
    pub version: &'static str,
    /// The first version that serves it, where one that does not still runs somewhere.
    pub from: Option<Release>,
    /// `None` where it is served.
    pub gone: Option<Gone>,
}

/// A version of a product.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    /// `Kubernetes`, `Istio` or `Gateway API`.
    pub product: &'static str,
    /// Such as `1.22`.
    pub version: &'static str,
}

/// An API that is no longer there.
#[derive(Debug, Clone, Copy)]
pub struct Gone {
    /// The first version without it.
    pub since: Release,
    /// What took its place: an `apiVersion`, or something else in words.
    pub instead: &'static str,
}

#[derive(Default)]
struct Table {
    groups: FxHashMap<&'static str, FxHashMap<&'static str, Vec<Api>>>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self::default();
        for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            let [api_version, state, instead, kinds] = columns[..] else { continue };
            let (group, version) = split(api_version);
            let release = |s: &'static str| s.rsplit_once(' ').map(|(product, version)| Release { product, version });
            let served = state.strip_prefix("served");
            let from = served.and_then(|s| release(s.trim_start().strip_prefix("from ")?));
            let gone = release(state).filter(|_| served.is_none()).map(|since| Gone { since, instead });
            for kind in kinds.split_whitespace() {
                let versions = table.groups.entry(group).or_default().entry(kind).or_default();
                versions.push(Api { group, version, from, gone });
            }
        }
        table
    }
}

/// Group and version of an `apiVersion`.
pub fn split(api_version: &str) -> (&str, &str) {
    api_version.rsplit_once('/').unwrap_or(("", api_version))
}

/// The groups that are known.
pub fn groups() -> impl Iterator<Item = &'static str> {
    TABLE.groups.keys().copied()
}

/// The kinds of a group that are served in some version; nothing for groups that are not known.
pub fn kinds(group: &str) -> impl Iterator<Item = &'static str> {
    let kinds = TABLE.groups.get(group).into_iter().flatten();
    kinds.filter(|(_, versions)| versions.iter().any(|v| v.gone.is_none())).map(|(kind, _)| *kind)
}

/// The versions of a kind of a group, served or not; empty where it is not known.
pub fn versions(group: &str, kind: &str) -> &'static [Api] {
    let Some(kinds) = TABLE.groups.get(group) else { return &[] };
    kinds.get(kind).or_else(|| kinds.get("*")).map_or(&[], Vec::as_slice)
}

/// The apiVersion that a kind is written in where `version` is not there yet: the nearest before it that is served, or
/// was until a later release; `serves` says whether a release, or a later one, is what runs.
pub fn before(group: &str, kind: &str, version: &str, serves: impl Fn(Release) -> bool) -> Option<String> {
    let is_there = |a: &&Api| a.from.is_none_or(&serves) && a.gone.is_none_or(|g| !serves(g.since));
    let older = versions(group, kind).iter().filter(|a| rank(a.version) < rank(version)).filter(is_there);
    let nearest = older.max_by_key(|a| rank(a.version))?;
    Some(if group.is_empty() { nearest.version.into() } else { format!("{group}/{}", nearest.version) })
}

/// In the order of Kubernetes: v1alpha1, v1beta1, v1, v2beta1, ….
fn rank(version: &str) -> (u32, u8, u32) {
    let (major, rest) = version.trim_start_matches('v').split_at(1.min(version.len() - 1));
    let (stage, number) = match (rest.strip_prefix("alpha"), rest.strip_prefix("beta")) {
        (Some(number), _) => (0, number),
        (_, Some(number)) => (1, number),
        _ => (2, ""),
    };
    (major.parse().unwrap_or(0), stage, number.parse().unwrap_or(0))
}

/// Whether some group has that kind.
pub fn is_kind(kind: &str) -> bool {
    TABLE.groups.values().any(|kinds| kinds.contains_key(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        let lines = include_str!("apis.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
        for line in lines {
            let columns: Vec<_> = line.split('|').map(str::trim).collect();
            assert_eq!(columns.len(), 4, "{line}");
            let (group, version) = split(columns[0]);
            for kind in columns[3].split_whitespace() {
                let api = versions(group, kind).iter().find(|a| a.version == version).expect(line);
                assert_eq!(api.gone.is_none(), columns[1].starts_with("served"), "{line}");
                assert_eq!(api.from.is_some(), columns[1].starts_with("served from "), "{line}");
                let instead = api.gone.map_or("", |g| g.instead);
                if instead.contains('/') && !instead.contains(' ') && kind != "BackendPolicy" {
                    let (group, version) = split(instead);
                    let current = versions(group, kind).iter().any(|a| a.version == version && a.gone.is_none());
                    assert!(current || kind.ends_with("PRoute"), "{line}: {kind} is not in {instead}");
                }
            }
        }
    }

    #[test]
    fn what_was_there_before() {
        let runs = |minor: u32| move |r: Release| r.version[2..].parse::<u32>().is_ok_and(|first| minor >= first);
        let before = |group, kind, version, minor| before(group, kind, version, runs(minor));
        assert_eq!(before("batch", "CronJob", "v1", 20).as_deref(), Some("batch/v1beta1"));
        assert_eq!(before("autoscaling", "HorizontalPodAutoscaler", "v2", 20).as_deref(), Some("autoscaling/v2beta2"));
        assert_eq!(before("networking.istio.io", "Gateway", "v1", 21).as_deref(), Some("networking.istio.io/v1beta1"));
    }

    #[test]
    fn what_is_known() {
        assert!(versions("networking.istio.io", "VirtualService").iter().any(|a| a.version == "v1"));
        assert!(versions("serving.knative.dev", "Service").is_empty());
        assert_eq!(versions("config.istio.io", "handler").len(), 1);
        assert!(kinds("").any(|k| k == "Service"));
        assert!(!kinds("policy").any(|k| k == "PodSecurityPolicy"));
    }
}
