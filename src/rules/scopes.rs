//! What several objects say of one thing to the same clients: those of one namespace, or of all.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::Place;

/// Those who see it: all namespaces, or one.
pub(super) type Scope<'s> = Option<&'s str>;

/// The scopes of an audience, as `Cluster::audience` gives it.
pub(super) fn scopes(audience: Option<Vec<&str>>) -> Vec<Scope<'_>> {
    audience.map_or_else(|| vec![None], |list| list.into_iter().map(Some).collect())
}

/// Each that has a rival which the same client sees, with the first such rival; once for each place.
///
/// Of each scope the first two rivals are kept: whoever else is there is a rival of one of them.
pub(super) fn rivals<'s, T: Copy>(
    list: &[(Scope<'s>, T)],
    place: impl Fn(&T) -> Place,
    is_rival: impl Fn(&T, &T) -> bool,
) -> Vec<(T, T)> {
    let mut of_scope: FxHashMap<Scope<'s>, Vec<T>> = FxHashMap::default();
    let mut of_all: Vec<T> = Vec::new();
    let keep = |first: &mut Vec<T>, one: &T| {
        if first.len() < 2 && first.iter().all(|f| is_rival(f, one)) {
            first.push(*one);
        }
    };
    for (scope, one) in list {
        keep(of_scope.entry(*scope).or_default(), one);
        keep(&mut of_all, one);
    }
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for (scope, one) in list {
        let others: Vec<&T> = match scope {
            None => of_all.iter().collect(),
            own => of_scope.get(own).into_iter().chain(of_scope.get(&None)).flatten().collect(),
        };
        if let Some(other) = others.into_iter().find(|o| is_rival(one, o))
            && seen.insert(place(one))
        {
            found.push((*one, *other));
        }
    }
    found
}
