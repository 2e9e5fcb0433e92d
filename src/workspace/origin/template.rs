//! From a value in a rendered chart to the template's line, and from there to the value that it takes.

use super::layers::Step;
use super::{Template, Via};
use crate::source::{Place, Span};
use crate::workspace::Workspace;
use crate::yaml::Node;

/// Where a value comes from. `is_item`: it is an item of the list that stands under the key.
pub(super) fn step(workspace: &Workspace, template: &Template, key: &str, is_item: bool, value: Option<&str>) -> Step {
    let text = workspace.sources.get(template.source).text();
    let mut first = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let offset = start;
        start += line.len();
        let Some(span) = written(line, offset, key, is_item) else { continue };
        let here = &text[span.range()];
        let Some(value) = value else {
            first = first.or(Some(span));
            break;
        };
        if here.trim_matches(['"', '\'']) == value {
            return Step { place: Place::new(template.source, span), via: vec![via(template, span)] };
        }
        // What is written out and differs is another one.
        if here.contains("{{") {
            first = first.or(Some(span));
        }
        if let Some(place) = given(workspace, template, here, value) {
            return Step { place, via: vec![via(template, span)] };
        }
    }
    // In `{name: reviews}`, say.
    if let Some(value) = value.filter(|v| first.is_none() && v.len() > 1)
        && let Some(start) = word(text, key, value)
    {
        let span = Span::new(start as u32, (start + value.len()) as u32);
        return Step { place: Place::new(template.source, span), via: vec![via(template, span)] };
    }
    // Something that the template asks for by a helper or a loop: only where it can be nothing else.
    if let Some(value) = value.filter(|v| v.len() > 1) {
        let mut found: Vec<(Place, String)> = Vec::new();
        for values in &template.values {
            if let Some(node) = workspace.node(&values.at) {
                scalars(node, "", &mut |name, n| {
                    if n.text() == Some(value) {
                        found.push((Place::new(values.at.source, n.span()), name.to_string()));
                    }
                });
            }
        }
        found.retain(|(_, name)| name == key || text.contains(&format!(".{name}")));
        if let [(place, _)] = found[..] {
            return Step { place, via: first.map(|span| via(template, span)).into_iter().collect() };
        }
    }
    let span = first.unwrap_or_default();
    Step { place: Place::new(template.source, span), via: Vec::new() }
}

/// Where a value stands right after its key, wherever that is in a line.
fn word(text: &str, key: &str, value: &str) -> Option<usize> {
    let given = format!("{key}: {value}");
    let ends = |at: &usize| !text[at + given.len()..].starts_with(|c: char| c.is_alphanumeric() || "-_.".contains(c));
    let mut found = text.match_indices(&given).map(|(at, _)| at).filter(ends);
    found.next().map(|at| at + key.len() + 2)
}

fn via(template: &Template, span: Span) -> Via {
    let message = format!("{} renders it here", template.release);
    Via { place: Place::new(template.source, span), message }
}

/// What a line gives to a key, where it does.
fn written(line: &str, offset: usize, key: &str, is_item: bool) -> Option<Span> {
    let trimmed = line.trim_end();
    let bare = trimmed.trim_start();
    let mut rest = bare;
    while let Some(inner) = rest.strip_prefix("- ") {
        rest = inner.trim_start();
    }
    let value = match rest.trim_start_matches(['"', '\'']).strip_prefix(key) {
        Some(after) => after.trim_start_matches(['"', '\'']).strip_prefix(':').map(str::trim).filter(|v| !v.is_empty()),
        None if is_item && bare.starts_with('-') => Some(rest),
        None => None,
    }?;
    // A comment at the end of the line is not part of it.
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    let start = offset + trimmed.rfind(value)?;
    Some(Span::new(start as u32, (start + value.len()) as u32))
}

/// The place of the value that an expression of a template takes.
fn given(workspace: &Workspace, template: &Template, expression: &str, value: &str) -> Option<Place> {
    for name in names(expression) {
        let path: Vec<&str> = name.split('.').collect();
        for values in &template.values {
            let Some(node) = workspace.node(&values.at) else { continue };
            let found = match values.path.is_empty() {
                true => node.at_path(&path),
                false => (values.path == name).then_some(node),
            };
            let Some(found) = found else { continue };
            // The first that has it decides; another value would not be seen.
            match found.text() {
                Some(text) if !text.is_empty() && value.contains(text) => {
                    return Some(Place::new(values.at.source, found.span()));
                }
                _ => break,
            }
        }
    }
    None
}

/// The values that an expression names: `a.b` of `.Values.a.b`.
fn names(expression: &str) -> Vec<&str> {
    let all = expression.match_indices(".Values.").map(|(i, m)| {
        let rest = &expression[i + m.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '-')).unwrap_or(rest.len());
        rest[..end].trim_end_matches(['.', '-'])
    });
    all.filter(|n| !n.is_empty()).collect()
}

/// All scalars of a node, with the keys that they stand under.
fn scalars<'s>(node: Node<'s>, name: &str, each: &mut dyn FnMut(&str, Node<'s>)) {
    if node.is_mapping() {
        node.entries().iter().for_each(|(k, v)| scalars(*v, &k.key(), each));
    } else if node.is_sequence() {
        node.items().for_each(|v| scalars(v, name, each));
    } else {
        each(name, node);
    }
}
