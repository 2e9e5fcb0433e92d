//! Alternatives: `oneOf`, `anyOf`, `allOf`, `not`.

use super::problem::one_of;
use super::{Choice, Kind, Problems, Schema, structure};
use crate::yaml::Node;

/// Checks the alternatives of a schema.
pub(super) fn check(node: Node<'_>, schema: &Schema, out: &mut Problems) {
    // What a default brings in may be what decides.
    let by_default = || schema.fields.iter().any(|(name, f)| f.whole().default.is_some() && node.get(name).is_none());
    if structure::is_partial(node) || by_default() {
        return;
    }
    for choice in schema.choices.iter().filter(|c| !holds(node, c)) {
        match choice {
            Choice::All(all) => all.iter().for_each(|s| structure::check(node, s, out)),
            Choice::One(all) | Choice::Any(all) => alternatives(node, all, out),
            Choice::Not(one) => out.say(
                node,
                match one.required.first() {
                    Some(name) => format!("must not have `{name}` here"),
                    None => "has a form that its schema rules out".into(),
                },
            ),
        }
    }
}

fn holds(node: Node<'_>, choice: &Choice) -> bool {
    match choice {
        Choice::All(all) => all.iter().all(|s| fits(node, s)),
        Choice::One(all) => all.iter().filter(|s| fits(node, s)).count() == 1,
        Choice::Any(all) => all.iter().any(|s| fits(node, s)),
        Choice::Not(one) => !fits(node, one),
    }
}

/// Whether a value fits, without saying why not: most alternatives are of fields that have to be there.
fn fits(node: Node<'_>, schema: &Schema) -> bool {
    let schema = schema.whole();
    let is_there = |name: &str| node.get(name).is_some_and(|n| !n.is_null());
    let is_whole = !node.is_mapping() || schema.required.iter().all(|n| is_there(n));
    if !is_whole || !schema.choices.iter().all(|c| holds(node, c)) {
        return false;
    }
    if schema.is_flat() && schema.kind == Kind::Any && schema.limits.is_none() {
        return true;
    }
    let mut problems = Problems::default();
    structure::check(node, schema, &mut problems);
    problems.is_empty()
}

/// None or several of the alternatives fit.
fn alternatives(node: Node<'_>, all: &[Schema], out: &mut Problems) {
    let mut names: Vec<&str> = all.iter().flat_map(|s| &s.required).map(|n| &**n).collect();
    names.dedup();
    let is_there = |name: &&str| node.get(name).is_some_and(|n| !n.is_null());
    let there: Vec<&str> = names.iter().copied().filter(is_there).collect();
    match there.as_slice() {
        [_, .., last] => {
            let others: Vec<String> = there[..there.len() - 1].iter().map(|n| format!("`{n}`")).collect();
            let says = format!("has {} and `{last}`, but can have only one of them", others.join(", "));
            out.at(node, says).help(format!("keep one of {}", one_of(&there)));
        }
        [] if !names.is_empty() => {
            out.at(node, format!("needs one of {}", one_of(&names)));
        }
        _ => {
            out.at(node, "fits none of the forms that its schema allows");
        }
    }
}
