//! `replacements` of a kustomization: a field that takes the value of another one.

use std::path::Path;

use super::layers::Built;
use super::{At, generated};
use crate::source::Place;
use crate::workspace::Workspace;
use crate::yaml::Node;

impl Built<'_> {
    /// Where the value comes from, if a replacement has put it there: what is generated from, else the replacement.
    pub(super) fn replaced(
        &self,
        workspace: &Workspace,
        holder: &At,
        folder: &Path,
        written: Option<Node<'_>>,
    ) -> Option<Place> {
        let node = workspace.node(holder)?;
        let all: Vec<Node<'_>> = node.items_of("replacements").collect();
        let sets = |replacement: &Node<'_>| {
            replacement.items_of("targets").any(|target| {
                let select = target.get("select");
                select.is_none_or(|s| self.is_target(s, written))
                    && target.items_of("fieldPaths").any(|p| p.text().is_some_and(|p| self.is_at(p)))
            })
        };
        let source = all.into_iter().rev().find(sets)?.get("source")?;
        let here = || {
            let span = source.get("fieldPath").unwrap_or(source).span();
            Place::new(holder.source, span)
        };
        let value = self.scalar()?;
        let literal = || generated::named(workspace, holder, folder, source, value);
        Some(literal().unwrap_or_else(here))
    }

    /// Whether a path of fields leads to the value: `spec.http.0.route.[name=x].subset`.
    fn is_at(&self, path: &str) -> bool {
        let (fields, steps) = (fields(path), self.steps());
        let mut node = Some(self.root);
        fields.len() == steps.len()
            && fields.iter().zip(&steps).all(|(field, step)| {
                node = node.and_then(|n| n.child(step));
                let item = field.strip_prefix('[').and_then(|f| f.strip_suffix(']')).and_then(|f| f.split_once('='));
                match item {
                    Some((key, value)) => node.and_then(|n| n.get(key)).and_then(|n| n.text()) == Some(value),
                    None => field == "*" || field == step,
                }
            })
    }
}

/// The fields of a path: dots in brackets and after a backslash do not part them.
fn fields(path: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let (mut depth, mut escaped) = (0u32, false);
    for c in path.chars() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '.' if depth == 0 && !escaped => {
                all.push(String::new());
                continue;
            }
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = false;
        if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_fields() {
        assert_eq!(fields("spec.http.0.a"), ["spec", "http", "0", "a"]);
        assert_eq!(fields("data.values\\.yaml"), ["data", "values.yaml"]);
        assert_eq!(fields("a.[name=b.c].d"), ["a", "[name=b.c]", "d"]);
    }
}
