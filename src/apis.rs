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
    /// `None` where it is served.
    pub gone: Option<Gone>,
}

/// An API that is no longer there.
#[derive(Debug, Clone, Copy)]
pub struct Gone {
    /// `Kubernetes`, `Istio` or `Gateway API`.
    pub product: &'static str,
    /// The first version without it, such as `1.22`.
    pub since: &'static str,
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
            let gone = state.rsplit_once(' ').map(|(product, since)| Gone { product, since, instead });
            for kind in kinds.split_whitespace() {
                let versions = table.groups.entry(group).or_default().entry(kind).or_default();
                versions.push(Api { group, version, gone });
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
                assert_eq!(api.gone.is_none(), columns[1] == "served", "{line}");
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
    fn what_is_known() {
        assert!(versions("networking.istio.io", "VirtualService").iter().any(|a| a.version == "v1"));
        assert!(versions("serving.knative.dev", "Service").is_empty());
        assert_eq!(versions("config.istio.io", "handler").len(), 1);
        assert!(kinds("").any(|k| k == "Service"));
        assert!(!kinds("policy").any(|k| k == "PodSecurityPolicy"));
    }
}
