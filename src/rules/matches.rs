//! Matches of a VirtualService's routes: which are the same, and which leave nothing for later ones.
//!
//! Envoy takes the first route of which one match fits. A match of a later route is of no use where each request that
//! fits it fits an earlier one, too.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::model::read::{self, unknown};
use crate::model::{Route, RouteKind, VirtualService};
use crate::yaml::Node;

/// The most earlier matches that one is compared with for the same beginning of its path: more are never written by
/// hand, and comparing all with all would take the square of their number.
const MOST: usize = 64;

/// A match, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Match<'s> {
    /// The index of its route in the list of its protocol.
    pub(super) route: usize,
    pub(super) node: Node<'s>,
}

/// The routes of one protocol.
pub(super) struct Routes<'a, 's> {
    pub(super) list: Vec<&'a Route<'s>>,
    kind: RouteKind,
}

impl<'a, 's> Routes<'a, 's> {
    /// The routes of a VirtualService by their protocols, where there are several of one.
    pub(super) fn of(vs: &'a VirtualService<'s>) -> impl Iterator<Item = Self> + use<'a, 's> {
        [RouteKind::Http, RouteKind::Tls, RouteKind::Tcp]
            .into_iter()
            .map(|kind| Self { list: vs.routes.iter().filter(|r| r.kind == kind).collect(), kind })
            .filter(|routes| !routes.list.is_empty())
    }

    /// The first route that takes everything, so that nothing is left for those after it.
    pub(super) fn catch_all(&self) -> Option<usize> {
        self.list.iter().position(|r| r.matches_all && !delegates(r))
    }

    /// Each match that is the same as one before it, with that one.
    pub(super) fn same(&self) -> Vec<(Match<'s>, Match<'s>)> {
        let mut seen: FxHashMap<String, Match<'s>> = FxHashMap::default();
        let mut same = Vec::new();
        for one in self.matches() {
            if unknown(&one.node.source_text()[one.node.span().range()]) {
                continue;
            }
            let mut value = one.node.to_json();
            if let Some(fields) = value.as_object_mut() {
                fields.remove("name");
            }
            match seen.get(&value.to_string()) {
                Some(first) => same.push((one, *first)),
                None => {
                    seen.insert(value.to_string(), one);
                }
            }
        }
        same
    }

    /// Each match of HTTP that another one before it leaves nothing for, and that one.
    pub(super) fn covered(&self) -> Vec<(Match<'s>, Match<'s>)> {
        if self.kind != RouteKind::Http {
            return Vec::new();
        }
        // By the prefix of the path; those without a path stand under none.
        let mut earlier: BTreeMap<&'s str, Vec<Match<'s>>> = BTreeMap::new();
        let mut covered = Vec::new();
        for one in self.matches() {
            let path = path_of(one.node);
            let beginnings =
                (0..=path.map_or(0, |(_, p)| p.len())).filter_map(|n| path.map_or(Some(""), |(_, p)| p.get(..n)));
            let candidates = beginnings.filter_map(|b| earlier.get(b)).flatten();
            let covers = |e: &&Match<'s>| {
                // In one route, an exact path beside a prefix is a way of writing.
                let plain = e.route != one.route || path.is_none_or(|(kind, _)| kind == "prefix");
                plain && covers(e.node, one.node)
            };
            if let Some(first) = candidates.filter(covers).min_by_key(|m| m.node.span().start) {
                covered.push((one, *first));
            }
            let key = match path {
                Some(("prefix", prefix)) => prefix,
                None if one.node.get("uri").is_none() => "",
                _ => continue,
            };
            let list = earlier.entry(key).or_default();
            if list.len() < MOST && !self.list.get(one.route).is_some_and(|r| delegates(r)) {
                list.push(one);
            }
        }
        covered
    }

    fn matches(&self) -> impl Iterator<Item = Match<'s>> {
        self.list
            .iter()
            .enumerate()
            .flat_map(|(route, r)| read::items(r.node, "match").map(move |node| Match { route, node }))
    }
}

/// Pairs of a match and an earlier one, by the routes that the later ones are in.
pub(super) fn by_route<'p, 's: 'p>(
    pairs: impl Iterator<Item = &'p (Match<'s>, Match<'s>)>,
) -> FxHashMap<usize, Vec<(Match<'s>, Match<'s>)>> {
    let mut all: FxHashMap<usize, Vec<_>> = FxHashMap::default();
    for pair in pairs {
        all.entry(pair.0.route).or_default().push(*pair);
    }
    all
}

/// Whether another VirtualService says what the route does: its own matches narrow it.
fn delegates(route: &Route<'_>) -> bool {
    route.node.get("delegate").is_some_and(|d| d.is_mapping())
}

/// How a match compares a path, and with what.
fn path_of(node: Node<'_>) -> Option<(&'static str, &str)> {
    said(node.get("uri")?).filter(|(kind, _)| *kind != "regex")
}

/// Whether every request that fits `later` fits `earlier`: each condition of the one follows from one of the other.
fn covers(earlier: Node<'_>, later: Node<'_>) -> bool {
    let folds = |n: Node<'_>| read::boolean(n, "ignoreUriCase") == Some(true);
    if folds(later) && !folds(earlier) {
        return false;
    }
    earlier.entries().into_iter().all(|(key, condition)| match key.text().unwrap_or_default() {
        "name" | "statPrefix" | "ignoreUriCase" => true,
        "uri" | "scheme" | "method" | "authority" => {
            later.get(key.text().unwrap_or_default()).is_some_and(|l| follows(condition, l))
        }
        name @ ("headers" | "queryParams" | "withoutHeaders") => {
            let others = later.get(name);
            condition.entries().into_iter().all(|(k, c)| {
                let other = others.and_then(|o| o.get(k.text()?));
                other.is_some_and(|o| if name == "withoutHeaders" { is_same(c, o) } else { follows(c, o) })
            })
        }
        "sourceLabels" => {
            let others = later.get("sourceLabels");
            condition
                .entries()
                .into_iter()
                .all(|(k, c)| others.and_then(|o| o.get(k.text()?)).is_some_and(|o| is_same(c, o)))
        }
        "gateways" => {
            let own: Vec<_> = condition.items().filter_map(|g| g.text()).collect();
            let mut others = later.items_of("gateways").peekable();
            others.peek().is_some() && others.all(|o| o.text().is_some_and(|o| own.contains(&o)))
        }
        other => later.get(other).is_some_and(|l| is_same(condition, l)),
    })
}

/// Whether a text that fits `later` fits `earlier`: `exact`, `prefix`, `regex`, or nothing, which is fitted by any text.
fn follows(earlier: Node<'_>, later: Node<'_>) -> bool {
    match (said(earlier), said(later)) {
        (None, _) => true,
        (Some((_, text)), Some((_, other))) if unknown(text) || unknown(other) => false,
        (Some(("prefix", prefix)), Some(("exact" | "prefix", text))) => text.starts_with(prefix),
        (Some(own), Some(other)) => own == other,
        (Some(_), None) => false,
    }
}

/// How a text is compared, and with what.
fn said(n: Node<'_>) -> Option<(&'static str, &str)> {
    ["exact", "prefix", "regex"].into_iter().find_map(|kind| Some((kind, read::text(n, kind)?.value)))
}

fn is_same(a: Node<'_>, b: Node<'_>) -> bool {
    a.to_json() == b.to_json()
}
