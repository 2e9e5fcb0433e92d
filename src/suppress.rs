//! Suppressions: findings that people know of and have given a reason for.
//!
//! They are comments, `# meshlint: ignore[rule] reason`: at the end of the finding's line; on a line of its own above a
//! key or a list item, for all that is under it; above a document's first line, for the whole object. What
//! suppresses nothing, gives no reason or names no rule is reported itself, by `suppression-unused`.

mod comments;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::config::Level;
use crate::finding::Finding;
use crate::mesh::{Cluster, Fleet, Site};
use crate::rules::{self, Check, Findings, Rule, words};
use crate::source::{Place, SourceId, Span};
use crate::workspace::Workspace;
use comments::Comment;

/// The suppressions of a run.
///
/// Further ways to suppress (annotations, `meshlint.yaml`) belong beside `comments`: each says whether it covers a
/// finding, and is marked as used when it does.
pub struct Suppressions {
    comments: FxHashMap<SourceId, Vec<Comment>>,
    /// The rule that reports what is wrong with them, where it is on.
    rule: Option<(&'static Rule, Level)>,
}

impl Suppressions {
    /// Reads the comments of all files.
    pub fn read(workspace: &Workspace, on: &[(&'static Rule, Level)]) -> Self {
        let needle = memchr::memmem::Finder::new("meshlint:");
        let all: Vec<_> = workspace.sources.iter().collect();
        let comments = all
            .par_iter()
            .filter(|(_, source)| needle.find(source.text().as_bytes()).is_some())
            .map(|(id, source)| (*id, comments::read(source, &workspace.streams[id.0 as usize].stream)))
            .filter(|(_, list)| !list.is_empty())
            .collect();
        let rule = on.iter().find(|(r, _)| matches!(r.check, Check::Suppressions)).copied();
        Self { comments, rule }
    }

    /// Takes out what is suppressed of a fleet's findings and returns how many went.
    pub fn apply(&mut self, fleet: &Fleet<'_>, findings: &mut Vec<Finding>) -> usize {
        if self.comments.is_empty() {
            return 0;
        }
        self.place(fleet);
        let before = findings.len();
        findings.retain(|f| !self.comments.get_mut(&f.place.source).is_some_and(|list| suppress(list, f)));
        before - findings.len()
    }

    /// Finds out in which cluster and object the comments are: of the first cluster that applies their file.
    fn place(&mut self, fleet: &Fleet<'_>) {
        let Some((rule, _)) = self.rule else { return };
        for cluster in &fleet.clusters {
            for file in &cluster.input.files {
                for comment in self.comments.get_mut(&file.source).into_iter().flatten() {
                    if comment.finding.is_none() {
                        comment.finding = Some(blank(rule, cluster, file.source, comment.span));
                    }
                }
            }
        }
    }

    /// What is wrong with them, once all fleets have been judged.
    pub fn findings(&self, on: &[(&'static Rule, Level)]) -> Vec<Finding> {
        let mut all: Vec<Finding> = self.comments.values().flatten().flat_map(|c| wrong_with(c, on)).collect();
        if let Some((_, Level::At(severity))) = self.rule {
            all.iter_mut().for_each(|f| f.severity = severity);
        }
        all
    }
}

/// A finding at a comment that says nothing yet.
fn blank(rule: &'static Rule, cluster: &Cluster<'_>, source: SourceId, span: Span) -> Finding {
    let title = cluster.input.title();
    let meta = cluster.objects.metas().find(|m| m.source == source && m.root.span().contains(span));
    let mut out = Findings::new(rule);
    out.report(Site { cluster: &title, meta, place: Place { source, span } }, "").clone()
}

/// Whether one of the comments covers the finding; all that do are used.
fn suppress(comments: &mut [Comment], finding: &Finding) -> bool {
    let Some(rule) = rules::find(finding.rule) else { return false };
    let mut any = false;
    for comment in comments.iter_mut().filter(|c| c.has_reason && c.covers.contains(finding.place.span)) {
        for name in comment.names.iter_mut().filter(|n| rules::is_named(rule.info(), &n.text)) {
            name.used = true;
            any = true;
        }
    }
    any
}

fn wrong_with(comment: &Comment, on: &[(&'static Rule, Level)]) -> Vec<Finding> {
    let Some(blank) = &comment.finding else { return Vec::new() };
    let at = |span: Span, name: &str, message: String, help: String| {
        let place = Place { span, ..blank.place };
        Finding { place, message, help: Some(help), anchor: name.into(), ..blank.clone() }
    };
    if comment.names.is_empty() {
        let message = "this suppression names no rule, so it suppresses nothing";
        return vec![at(comment.span, "", message.into(), "write `# meshlint: ignore[rule] reason`".into())];
    }
    let mut wrong = Vec::new();
    for name in &comment.names {
        let (text, span) = (&name.text, name.span);
        if rules::named(text).next().is_none() {
            let near = nearest(text).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            let message = format!("no rule, group or code is named `{text}`{near}");
            wrong.push(at(span, text, message, "`meshlint rules` lists them".into()));
        } else if !comment.has_reason {
            let message = format!("this suppression of `{text}` gives no reason, so it suppresses nothing");
            let help = format!("say why it is right as it is: `# meshlint: ignore[{text}] reason`");
            wrong.push(at(comment.span, text, message, help));
            break;
        } else if !name.used && ran(text, on) {
            let message = format!("nothing of `{text}` is found here, so this suppresses nothing");
            wrong.push(at(span, text, message, "remove it".into()));
        }
    }
    wrong
}

/// Whether all rules of that name ran: one that did not would perhaps have found something.
fn ran(name: &str, on: &[(&'static Rule, Level)]) -> bool {
    rules::named(name).all(|r| !r.info().enabled || on.iter().any(|(o, _)| std::ptr::eq(*o, r)))
}

fn nearest(name: &str) -> Option<&'static str> {
    let infos = rules::ALL.iter().map(|r| r.info());
    words::nearest(name, infos.flat_map(|i| [i.name, i.group].into_iter().chain(i.equivalents.iter().copied())))
}
