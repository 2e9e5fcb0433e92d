//! What the Services of one name differ in across clusters: which of them is the odd one, and how to say it.

use super::Findings;
use super::meshes::names;
use super::spread::{Member, Pods, Spread};
use crate::finding::Severity;
use crate::source::Span;

/// Something that members differ in.
pub(super) struct Difference<'a, 's> {
    pub(super) level: Severity,
    /// What it is, up to the values: `port 80`.
    pub(super) what: String,
    /// The odd ones first.
    pub(super) sides: Vec<Side<'a, 's>>,
    /// What comes of it.
    pub(super) effect: String,
    /// What to change.
    pub(super) help: String,
}

/// Members that agree on a value.
pub(super) struct Side<'a, 's> {
    /// The value, as a predicate: ``is named `http` ``.
    pub(super) value: String,
    /// The members, each with the place of its value.
    pub(super) members: Vec<(Member<'a, 's>, Span)>,
}

impl Difference<'_, '_> {
    /// Reports it at the odd one, with the others beside it.
    pub(super) fn report(self, spread: &Spread<'_, '_>, out: &mut Findings) {
        let said: Vec<String> = self
            .sides
            .iter()
            .map(|s| format!("{} in {}", s.value, names(s.members.iter().map(|(m, _)| m.cluster.name))))
            .collect();
        let Some(odd) = self.sides.first() else { return };
        let Some((member, span)) = odd.members.first() else { return };
        let level = if spread.is_shown { self.level } else { Severity::Note };
        let doubt = match level {
            Severity::Note if !spread.is_shown => "could not verify whether these clusters are one mesh: if so, ",
            Severity::Note => "could not verify that this is meant: ",
            _ => "",
        };
        let message =
            format!("{doubt}{} of Service {} {}: {}", self.what, spread.host, said.join(" and "), self.effect);
        let finding = out.report(member.site(*span), message);
        finding.at_level(level);
        finding.with_label(format!("{} in {}", odd.value, member.cluster.name)).with_help(self.help);
        for side in self.sides.iter().skip(1).take(3) {
            for (m, span) in side.members.iter().take(2) {
                finding.with_related(m.site(*span), format!("{} in {}", side.value, m.cluster.name));
            }
        }
    }
}

/// Splits members by a value; the odd ones come first, those that most have last. `None` where all agree.
///
/// In a tie those with Pods are right, and of those the first.
pub(super) fn split<'a, 's>(
    spread: &Spread<'a, 's>,
    values: impl Iterator<Item = (Member<'a, 's>, Span, String)>,
) -> Option<Vec<Side<'a, 's>>> {
    let mut sides: Vec<Side<'a, 's>> = Vec::new();
    for (member, span, value) in values {
        match sides.iter_mut().find(|s| s.value == value) {
            Some(side) => side.members.push((member, span)),
            None => sides.push(Side { value, members: vec![(member, span)] }),
        }
    }
    if sides.len() < 2 {
        return None;
    }
    // Sorting is stable, so of equal sides the later ones have to come first.
    sides.reverse();
    sides.sort_by_cached_key(|s| {
        let with_pods = s.members.iter().filter(|(m, _)| spread.pods(m) == Pods::Some).count();
        let calling = s.members.iter().filter(|(m, _)| m.is_routed_to()).count();
        (s.members.len(), with_pods, std::cmp::Reverse(calling))
    });
    Some(sides)
}
