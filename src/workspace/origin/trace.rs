//! From a place in a built text to the line that a person has to edit.

use super::layers::{Built, Step};
use super::{At, Derived, Texts};
use crate::finding::{Finding, Related};
use crate::source::Place;
use crate::workspace::Workspace;
use crate::yaml::Node;

/// The longest way from what is built to what is written.
const MAX_HOPS: usize = 16;

/// Where a place comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The place in a text that a person wrote.
    pub place: Place,
    /// Places on the way that help to understand it.
    pub via: Vec<Via>,
}

/// A place on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// Where.
    pub place: Place,
    /// What stands there.
    pub message: String,
}

impl Workspace {
    /// Where what stands at a place comes from; the place itself where a person wrote it.
    pub fn trace(&self, place: Place) -> Trace {
        self.trace_within(place, MAX_HOPS)
    }

    fn trace_within(&self, mut place: Place, hops: usize) -> Trace {
        let mut via = Vec::new();
        for hop in 0..hops {
            let Some(derived) = self.derived.get(&place.source) else { break };
            let Some((built, document)) = self.built(place) else { break };
            let step = built.step(self, &derived.layers(self.texts(), place.source, document));
            if let Some((name, value)) = variable(derived, built.raw()) {
                // The value at fault is the variable's; what is built only says where it goes.
                if let Some(step) = step {
                    let used = self.trace_within(step.place, (hops - hop).min(MAX_HOPS / 4)).place;
                    via.push(Via { place: used, message: format!("`${{{name}}}` stands here") });
                }
                place = value;
                continue;
            }
            let Some(Step { place: next, via: mut passed }) = step else { break };
            via.append(&mut passed);
            if next == place {
                break;
            }
            place = next;
        }
        for v in &mut via {
            if self.derived.contains_key(&v.place.source) && hops > MAX_HOPS / 4 {
                v.place = self.trace_within(v.place, MAX_HOPS / 4).place;
            }
        }
        via.retain(|v| v.place != place && !self.derived.contains_key(&v.place.source));
        Trace { place, via }
    }

    /// What stands at a place: its document, and the node in that.
    fn built(&self, place: Place) -> Option<(Built<'_>, usize)> {
        let stream = &self.streams[place.source.0 as usize].stream;
        let index = stream.documents.partition_point(|d| d.span.end < place.span.end.max(place.span.start));
        let document = stream.documents.get(index).or_else(|| stream.documents.last())?;
        let root = document.tree.root()?;
        Some((Built::of(root, place.span), index.min(stream.documents.len() - 1)))
    }

    /// The node that an [`At`] names.
    pub(super) fn node(&self, at: &At) -> Option<Node<'_>> {
        self.texts().node(at)
    }

    fn texts(&self) -> Texts<'_> {
        Texts { sources: &self.sources, streams: &self.streams, files: &self.files }
    }
}

/// The variable in a text whose value was put in, with the place of that.
fn variable<'d>(derived: &'d Derived, raw: &str) -> Option<(&'d str, Place)> {
    if !raw.contains("${") {
        return None;
    }
    let stands = |name: &str| {
        raw.match_indices("${").any(|(at, _)| {
            let rest = raw[at + 2..].trim_start_matches('#');
            rest.strip_prefix(name).is_some_and(|r| !r.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    derived.variables.iter().find(|(name, _)| stands(name)).map(|(name, place)| (name.as_str(), *place))
}

/// Shows a finding where a person has to edit, with the places on the way.
pub fn trace_finding(workspace: &Workspace, finding: &mut Finding) {
    if workspace.derived.is_empty() {
        return;
    }
    let trace = workspace.trace(finding.place);
    finding.place = trace.place;
    for related in &mut finding.related {
        related.place = workspace.trace(related.place).place;
    }
    for via in trace.via {
        if finding.related.iter().all(|r| r.place != via.place) {
            finding.related.push(Related {
                message: via.message,
                cluster: finding.cluster.clone(),
                place: via.place,
                path: String::new(),
            });
        }
    }
}
