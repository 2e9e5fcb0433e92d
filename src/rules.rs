//! Rules: the list of all of them, and what a rule is.

use std::sync::OnceLock;

use crate::catalogue::{self, Info};
use crate::finding::{Finding, Related, Severity};
use crate::mesh::{Cluster, Fleet, Site};
use crate::model::Meta;

/// Checks one object.
pub type ObjectCheck = fn(&Cluster<'_>, &Meta<'_>, &mut Findings);
/// Checks one cluster.
pub type ClusterCheck = fn(&Fleet<'_>, &Cluster<'_>, &mut Findings);
/// Checks all clusters together.
pub type FleetCheck = fn(&Fleet<'_>, &mut Findings);

/// What a rule looks at, which says what can run side by side.
#[derive(Clone, Copy)]
pub enum Check {
    /// Each object of each cluster.
    Object(ObjectCheck),
    /// Each cluster.
    Cluster(ClusterCheck),
    /// The whole fleet.
    Fleet(FleetCheck),
}

/// A rule: its page, which holds all its metadata, and its check.
pub struct Rule {
    /// The page in `rules/`.
    pub page: &'static str,
    /// The check.
    pub check: Check,
    info: OnceLock<Info>,
}

impl Rule {
    /// A rule that looks at one object at a time.
    pub const fn per_object(page: &'static str, check: ObjectCheck) -> Self {
        Self { page, check: Check::Object(check), info: OnceLock::new() }
    }

    /// A rule that looks at one cluster at a time.
    pub const fn per_cluster(page: &'static str, check: ClusterCheck) -> Self {
        Self { page, check: Check::Cluster(check), info: OnceLock::new() }
    }

    /// A rule that looks at the whole fleet.
    pub const fn per_fleet(page: &'static str, check: FleetCheck) -> Self {
        Self { page, check: Check::Fleet(check), info: OnceLock::new() }
    }

    /// The rule's metadata, from its page's front matter.
    pub fn info(&'static self) -> &'static Info {
        self.info.get_or_init(|| catalogue::info(self.page))
    }
}

/// What a rule reports into.
pub struct Findings {
    rule: &'static Rule,
    list: Vec<Finding>,
}

impl Findings {
    /// An empty list for that rule.
    pub fn new(rule: &'static Rule) -> Self {
        Self { rule, list: Vec::new() }
    }

    /// Reports at the rule's own level. The message names the values at fault; lower case, no full stop.
    pub fn report(&mut self, site: Site<'_, '_>, message: impl Into<String>) -> &mut Finding {
        let finding = Finding {
            rule: self.rule.info().name,
            severity: self.rule.info().severity,
            message: message.into(),
            label: None,
            help: None,
            cluster: (!site.cluster.is_empty()).then(|| site.cluster.to_string()),
            object: site.meta.map(Meta::object_ref),
            place: site.place,
            path: site.path(),
            related: Vec::new(),
        };
        self.list.push(finding);
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// What has been reported.
    pub fn into_list(self) -> Vec<Finding> {
        self.list
    }
}

impl Finding {
    /// Gives it another level than the rule's own.
    pub fn at_level(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// What the place contributes, shown under the underlined value.
    pub fn with_label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = Some(label.into());
        self
    }

    /// The change that would mend it.
    pub fn with_help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Another place that matters, and what it contributes.
    pub fn with_related(&mut self, site: Site<'_, '_>, message: impl Into<String>) -> &mut Self {
        self.related.push(Related {
            message: message.into(),
            cluster: (!site.cluster.is_empty()).then(|| site.cluster.to_string()),
            place: site.place,
            path: site.path(),
        });
        self
    }
}

/// All rules, by name.
pub static ALL: &[&Rule] = &[];

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|r| r.info().name == name)
}
