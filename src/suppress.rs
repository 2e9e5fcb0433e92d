//! Suppressions: findings that people know of and have given a reason for.
//!
//! There are three ways to write one: a comment at the value or above it (`comments`), an annotation on the object
//! (`annotations`), and an entry in `meshlint.yaml` (`configured`). What suppresses nothing, gives no reason or names no
//! rule is reported itself, by `suppression-unused`; what has expired, by `suppression-expired`.

mod annotations;
mod comments;
mod configured;

use memchr::memmem::Finder;
use rayon::prelude::*;

use crate::config::{Level, Settings};
use crate::finding::{Finding, Severity};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::Meta;
use crate::rules::{self, Findings, Rule, words};
use crate::source::{Place, Source, SourceId, Span};
use crate::workspace::{Reach, Workspace};
use annotations::Annotations;
use comments::Comments;
use configured::Configured;

/// The suppressions of a run.
pub struct Suppressions<'s> {
    comments: Comments,
    annotations: Annotations,
    configured: Configured<'s>,
    reach: Reach,
    /// The rule on those that do nothing, where it is on.
    unused: Option<(&'static Rule, Level)>,
    /// The rule on those whose day is over, where it is on.
    expired: Option<(&'static Rule, Level)>,
}

impl<'s> Suppressions<'s> {
    /// Reads the comments of all files, finds out which of them have annotations, and takes those of the settings.
    pub fn read(workspace: &Workspace, settings: &'s Settings, on: &[(&'static Rule, Level)]) -> Self {
        // All but a few files are done with by this.
        let (ours, istioctls) = (Finder::new("meshlint"), Finder::new(annotations::ISTIOCTL));
        let mentions = |(id, source): (SourceId, &Source)| {
            let text = source.text().as_bytes();
            let (ours, istioctls) = (ours.find(text).is_some(), istioctls.find(text).is_some());
            (ours || istioctls).then_some(id)
        };
        let all: Vec<_> = workspace.sources.iter().collect();
        let mentioning: Vec<SourceId> = all.into_par_iter().filter_map(mentions).collect();
        let rule = |name: &str| on.iter().find(|(r, _)| r.info().name == name).copied();
        Self {
            comments: Comments::read(workspace, &mentioning),
            annotations: Annotations::among(workspace, &mentioning),
            configured: Configured::of(settings, workspace),
            reach: workspace.reach,
            unused: rule("suppression-unused"),
            expired: rule("suppression-expired"),
        }
    }

    /// Takes what annotations suppress out of a fleet's findings, whose places are still in what is applied.
    pub fn take_annotated(&mut self, fleet: &Fleet<'_>, findings: &mut Vec<Finding>) -> Vec<Finding> {
        self.annotations.take(fleet, self.unused.map(|(rule, _)| rule), findings)
    }

    /// Takes out what the other ways suppress of a fleet's findings, whose places are now in what people write, and
    /// returns how many are suppressed in all. Those that annotations have suppressed already are looked at, too: every
    /// suppression that covers a finding is used.
    pub fn apply(&mut self, fleet: &Fleet<'_>, findings: &mut Vec<Finding>, annotated: &[Finding]) -> usize {
        if let Some((rule, _)) = self.unused {
            self.comments.place(fleet, rule);
        }
        if self.comments.is_empty() && self.configured.is_empty() {
            return annotated.len();
        }
        let before = findings.len();
        findings.retain(|f| !self.suppress(fleet, f));
        for finding in annotated {
            self.suppress(fleet, finding);
        }
        before - findings.len() + annotated.len()
    }

    fn suppress(&mut self, fleet: &Fleet<'_>, finding: &Finding) -> bool {
        self.comments.suppress(finding) | self.configured.suppress(fleet, finding)
    }

    /// What is wrong with them, once all fleets have been judged.
    pub fn findings(&self, on: &[(&'static Rule, Level)]) -> Vec<Finding> {
        let run = Run { on, reach: self.reach };
        let mut all = Vec::new();
        if let Some((rule, level)) = self.unused {
            let written = self.comments.mistakes(&run).chain(self.annotations.mistakes(&run));
            all.extend(written.map(|(blank, mistake)| mistake.at(blank, level)));
            all.extend(self.configured.unused(rule, &run).into_iter().map(|(blank, m)| m.at(&blank, level)));
        }
        if let Some((rule, level)) = self.expired {
            all.extend(self.configured.expired(rule, &run).into_iter().map(|(blank, m)| m.at(&blank, level)));
        }
        all
    }
}

/// The most names in the brackets of a comment: more than there are rules.
const MAX_NAMES: usize = 200;

/// A rule, group or code that a suppression names.
struct Name {
    text: String,
    span: Span,
    /// Whether it has suppressed something.
    used: bool,
}

impl Name {
    fn new(text: &str, span: Span) -> Self {
        Self { text: text.into(), span, used: false }
    }

    /// Whether it stands for the finding; then it is used.
    fn suppress(&mut self, finding: &Finding) -> bool {
        let does = finding.is_named(&self.text);
        self.used |= does;
        does
    }
}

/// Whether any of them does. All are asked: every suppression that covers a finding is used.
fn any(does: impl Iterator<Item = bool>) -> bool {
    does.fold(false, |any, one| any | one)
}

/// What a comment or a part of an annotation says.
struct Written {
    /// Where.
    span: Span,
    /// The rules, groups and codes that it names.
    names: Vec<Name>,
    /// Whether it says why.
    has_reason: bool,
}

impl Written {
    /// Whether it names the finding; all names that do are used.
    fn suppress(&mut self, finding: &Finding) -> bool {
        self.has_reason && any(self.names.iter_mut().map(|name| name.suppress(finding)))
    }

    /// What is wrong with it; `form` says how the suppression of a rule is written.
    fn mistakes(&self, form: fn(&str) -> String, run: &Run<'_>) -> Vec<Mistake> {
        if self.names.is_empty() {
            let message = "this suppression names no rule, so it suppresses nothing";
            return vec![Mistake::new(self.span, message, format!("write {}", form("rule")))];
        }
        let mut wrong = Vec::new();
        for Name { text, span, used } in &self.names {
            if rules::named(text).next().is_none() {
                let near = nearest(text).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
                let message = format!("no rule, group or code is named `{text}`{near}");
                wrong.push(Mistake::new(*span, message, "`meshlint rules` lists them").about(text));
            } else if !self.has_reason {
                let message = format!("this suppression of `{text}` gives no reason, so it suppresses nothing");
                wrong.push(
                    Mistake::new(self.span, message, format!("say why it is right as it is: {}", form(text)))
                        .about(text),
                );
                break;
            } else if !used && run.would_have_found(text) {
                let message = format!("nothing of `{text}` is found here, so this suppresses nothing");
                wrong.push(Mistake::new(*span, message, "remove it").about(text));
            }
        }
        wrong
    }
}

/// Something that is wrong with a suppression.
struct Mistake {
    span: Span,
    message: String,
    help: String,
    /// The name that it is about; what tells it from others in its object.
    name: String,
    /// Its level, where that is not the rule's own.
    severity: Option<Severity>,
}

impl Mistake {
    fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: help.into(), name: String::new(), severity: None }
    }

    /// Says which name it is about.
    fn about(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The finding that says so, made of one that says nothing yet.
    fn at(self, blank: &Finding, level: Level) -> Finding {
        let severity = match level {
            Level::At(severity) => severity,
            _ => self.severity.unwrap_or(blank.severity),
        };
        let place = Place { span: self.span, ..blank.place };
        Finding { place, severity, message: self.message, help: Some(self.help), anchor: self.name, ..blank.clone() }
    }
}

/// What a run can say of suppressions that were not needed.
struct Run<'a> {
    on: &'a [(&'static Rule, Level)],
    reach: Reach,
}

impl Run<'_> {
    /// Whether what is of that name would have been found: all its rules ran that run by themselves, or the only ones
    /// that it has, and over no mere part of the clusters.
    fn would_have_found(&self, name: &str) -> bool {
        let ran = |r: &'static Rule| self.on.iter().any(|(o, _)| std::ptr::eq(*o, r));
        let all_ran = rules::named(name).all(|r| !r.info().enabled || ran(r));
        self.reach != Reach::Part && all_ran && rules::named(name).any(ran)
    }
}

/// A finding in a cluster's object that says nothing yet.
fn blank(rule: &'static Rule, cluster: &Cluster<'_>, meta: Option<&Meta<'_>>, source: SourceId, span: Span) -> Finding {
    let title = cluster.input.title();
    let mut out = Findings::new(rule);
    out.report(Site { cluster: &title, meta, place: Place { source, span } }, "").clone()
}

fn nearest(name: &str) -> Option<&'static str> {
    let infos = rules::ALL.iter().map(|r| r.info());
    words::nearest(name, infos.flat_map(|i| [i.name, i.group].into_iter().chain(i.equivalents.iter().copied())))
}
