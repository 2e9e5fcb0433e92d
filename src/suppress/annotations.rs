//! Suppressions on objects: `meshlint.dev/ignore: "rule: reason"`, and istioctl's `galley.istio.io/analyze-suppress`.
//!
//! They stand in what is applied, so they are matched with findings before these are traced back to what a person wrote.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Mistake, Name, Run, Written, any, blank};
use crate::finding::{Finding, Severity};
use crate::mesh::Fleet;
use crate::rules::{self, Rule};
use crate::source::{Place, SourceId, Span};
use crate::workspace::Workspace;

/// Parts with `;` or line ends between them, each of them names with `,` between them, `:` and a reason.
pub(super) const OURS: &str = "meshlint.dev/ignore";

/// Codes with `,` between them, or `*` for all. `analyze` of istioctl compares them as they are, spaces included
/// (istio, pkg/config/analysis/local).
pub(super) const ISTIOCTL: &str = "galley.istio.io/analyze-suppress";

/// The annotations of a run.
pub(super) struct Annotations {
    /// The texts that have any.
    sources: FxHashSet<SourceId>,
    all: Vec<Annotation>,
    /// Their indices by where and what a person wrote: one line of a base may end up on the objects of all clusters.
    known: FxHashMap<(Place, String), usize>,
}

/// Objects with annotations, by their source and first byte: their ends, and their annotations' indices.
type Annotated = BTreeMap<(u32, u32), (u32, Vec<usize>)>;

/// An annotation.
struct Annotation {
    says: Says,
    /// What would be reported of it, without a message; `None` where nothing would.
    finding: Option<Finding>,
}

/// What an annotation says.
enum Says {
    Ours(Vec<Written>),
    Istioctls(Vec<Name>),
}

impl Annotations {
    /// Those of objects in the texts that have any, among those that mention meshlint or istioctl's annotation.
    pub(super) fn among(workspace: &Workspace, mentioning: &[SourceId]) -> Self {
        let has_any = |id: &SourceId| {
            let text = workspace.sources.get(*id).text();
            [OURS, ISTIOCTL].iter().any(|name| text.contains(name))
        };
        let sources = mentioning.iter().copied().filter(has_any).collect();
        Self { sources, all: Vec::new(), known: FxHashMap::default() }
    }

    /// Takes the findings that they suppress out of a fleet's.
    pub(super) fn take(
        &mut self,
        fleet: &Fleet<'_>,
        rule: Option<&'static Rule>,
        findings: &mut Vec<Finding>,
    ) -> Vec<Finding> {
        if self.sources.is_empty() {
            return Vec::new();
        }
        let annotated = self.read(fleet, rule);
        let all = std::mem::take(findings);
        let (taken, kept) = all.into_iter().partition(|f| self.suppress(&annotated, f));
        *findings = kept;
        taken
    }

    /// The fleet's objects that have annotations.
    fn read(&mut self, fleet: &Fleet<'_>, rule: Option<&'static Rule>) -> Annotated {
        let mut annotated = Annotated::new();
        for cluster in &fleet.clusters {
            for meta in cluster.objects.metas() {
                if !self.sources.contains(&meta.source) {
                    continue;
                }
                let values = [OURS, ISTIOCTL].into_iter().filter_map(|name| Some((name, meta.annotation(name)?)));
                let indices: Vec<usize> = values
                    .map(|(name, value)| {
                        let finding = || Some(blank(rule?, cluster, Some(meta), meta.source, value.span));
                        self.index(fleet, name, value.value, Place::new(meta.source, value.span), finding)
                    })
                    .collect();
                if !indices.is_empty() {
                    let root = meta.root.span();
                    annotated.insert((meta.source.0, root.start), (root.end, indices));
                }
            }
        }
        annotated
    }

    /// The index of an annotation, which is read where it is met for the first time.
    fn index(
        &mut self,
        fleet: &Fleet<'_>,
        name: &str,
        value: &str,
        place: Place,
        finding: impl FnOnce() -> Option<Finding>,
    ) -> usize {
        let place = fleet.workspace.trace(place).place;
        let all = &mut self.all;
        *self.known.entry((place, value.to_string())).or_insert_with(|| {
            let mut parts = Parts::of(fleet, place);
            let says = match name {
                OURS => Says::Ours(ours(value, &mut parts)),
                _ => Says::Istioctls(value.split(',').map(|code| Name::new(code, parts.next(code))).collect()),
            };
            all.push(Annotation { says, finding: finding().map(|f| Finding { place, ..f }) });
            all.len() - 1
        })
    }

    /// Whether an annotation of the object that the finding is in covers it; all that do are used.
    fn suppress(&mut self, annotated: &Annotated, finding: &Finding) -> bool {
        let Place { source, span } = finding.place;
        // What is about a whole file is in none of its objects.
        if finding.object.is_none() && span == Span::default() {
            return false;
        }
        let before = annotated.range(..=(source.0, span.start)).next_back();
        let Some((_, (_, indices))) = before.filter(|((s, _), (end, _))| *s == source.0 && span.start < *end) else {
            return false;
        };
        any(indices.iter().map(|i| self.all[*i].suppress(finding)))
    }

    /// What is wrong with them, each with the finding that it is to be reported as.
    pub(super) fn mistakes(&self, run: &Run<'_>) -> impl Iterator<Item = (&Finding, Mistake)> {
        let reported = self.all.iter().filter_map(|a| Some((a.finding.as_ref()?, a)));
        reported.flat_map(move |(blank, a)| a.mistakes(run).into_iter().map(move |m| (blank, m)))
    }
}

impl Annotation {
    fn suppress(&mut self, finding: &Finding) -> bool {
        match &mut self.says {
            Says::Ours(parts) => any(parts.iter_mut().map(|part| part.suppress(finding))),
            Says::Istioctls(codes) => any(codes.iter_mut().map(|code| {
                let does = code.text == "*" || finding.equivalents().contains(&code.text.as_str());
                code.used |= does;
                does
            })),
        }
    }

    fn mistakes(&self, run: &Run<'_>) -> Vec<Mistake> {
        let form = |name: &str| format!("`{OURS}: \"{name}: reason\"`");
        match &self.says {
            Says::Ours(parts) => parts.iter().flat_map(|part| part.mistakes(form, run)).collect(),
            Says::Istioctls(codes) => codes.iter().filter_map(|code| istioctl_mistake(code, run)).collect(),
        }
    }
}

/// What is wrong with a code that is written for istioctl. Codes that only istioctl knows are its own matter, and so it
/// is no more than worth a note where meshlint alone finds nothing: it knows the other clusters, istioctl does not.
fn istioctl_mistake(code: &Name, run: &Run<'_>) -> Option<Mistake> {
    let is_known = |code: &str| rules::ALL.iter().any(|r| r.info().equivalents.contains(&code));
    let Name { text, span, used } = code;
    let trimmed = text.trim();
    if trimmed != text && (trimmed == "*" || is_known(trimmed)) {
        let message =
            format!("istioctl takes the space with `{trimmed}` for part of the code, so this suppresses nothing");
        return Some(Mistake::new(*span, message, "write the codes without spaces: `IST0101,IST0106`").about(trimmed));
    }
    if *used || !is_known(text) || !run.would_have_found(text) {
        return None;
    }
    let message = format!("nothing of `{text}` is found here");
    let help = "remove it if istioctl analyze, which sees one cluster alone, finds nothing here either";
    Some(Mistake { severity: Some(Severity::Note), ..Mistake::new(*span, message, help).about(text) })
}

/// Reads `rule, rule: reason; rule: reason`.
fn ours(value: &str, parts: &mut Parts<'_>) -> Vec<Written> {
    let pieces = value.split([';', '\n']).map(str::trim).filter(|piece| !piece.is_empty());
    let mut all: Vec<Written> = pieces
        .map(|piece| {
            let (list, reason) = piece.split_once(':').unwrap_or((piece, ""));
            let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
            let names: Vec<Name> = names.map(|name| Name::new(name, parts.next(name))).collect();
            let span = match (names.first(), names.last()) {
                (Some(first), Some(last)) => Span::new(first.span.start, last.span.end.max(first.span.end)),
                _ => parts.whole,
            };
            // The next name is not looked for in this reason.
            parts.next(reason.trim());
            Written { span, names, has_reason: reason.contains(char::is_alphanumeric) }
        })
        .collect();
    if all.is_empty() {
        all.push(Written { span: parts.whole, names: Vec::new(), has_reason: false });
    }
    all
}

/// Finds the parts of a value in the text that it is written in, one after the other.
struct Parts<'s> {
    whole: Span,
    rest: &'s str,
}

impl<'s> Parts<'s> {
    fn of(fleet: &'s Fleet<'_>, place: Place) -> Self {
        let text = fleet.workspace.sources.get(place.source).text();
        Self { whole: place.span, rest: text.get(place.span.range()).unwrap_or_default() }
    }

    /// The place of the next part; of the whole, where it is not written as it is read: escaped, folded, by a variable.
    fn next(&mut self, part: &str) -> Span {
        let Some(at) = self.rest.find(part) else { return self.whole };
        let start = self.whole.end - (self.rest.len() - at) as u32;
        self.rest = &self.rest[at + part.len()..];
        Span::new(start, start + part.len() as u32)
    }
}
