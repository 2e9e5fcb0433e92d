//! Flux's `postBuild`: what is put in the place of variables, and where each value is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::flux::envsubst::{self, Known};
use super::super::library::{Facts, Loaded};
use crate::config::Settings;
use crate::source::Place;
use crate::workspace::Parsed;

/// Variables with their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    pub(super) values: BTreeMap<String, (String, Place)>,
    /// Whether there may be others, from a Secret or ConfigMap that is not in this repository.
    pub(super) may_be_more: bool,
}

/// The label or annotation of objects that are left as they are.
const SWITCH: &str = "kustomize.toolkit.fluxcd.io/substitute";

impl Variables {
    /// What tells them from others.
    pub(super) fn key(&self) -> String {
        let values: Vec<_> = self.values.iter().map(|(name, (value, _))| format!("{name}={value}")).collect();
        format!("{}{}", values.join("\n"), if self.may_be_more { "?" } else { "" })
    }

    /// The places of the values.
    pub(super) fn places(&self) -> Arc<BTreeMap<String, Place>> {
        Arc::new(self.values.iter().map(|(name, (_, place))| (name.clone(), *place)).collect())
    }

    fn known(&self, name: &str) -> Known {
        match self.values.get(name) {
            Some((value, _)) => Known::Value(value.clone()),
            None if self.may_be_more => Known::Unknown,
            None => Known::Unset,
        }
    }

    /// Reads a text and puts the values in, then those of the run.
    pub(super) fn read(&self, name: String, text: String, settings: &Settings) -> Loaded {
        let (source, mut parsed) = Parsed::parse(name, text.into_bytes());
        let text = source.text();
        let is_switched_off = |root: crate::yaml::Node<'_>| {
            ["labels", "annotations"]
                .iter()
                .any(|m| root.at_path(&["metadata", m, SWITCH]).and_then(|n| n.text()) == Some("disabled"))
        };
        // Without any variable nothing is put in, not even defaults.
        if !self.values.is_empty() || self.may_be_more {
            let lookup = |name: &str| self.known(name);
            for document in &mut parsed.stream.documents {
                if !document.tree.root().is_some_and(is_switched_off) {
                    document.tree.substitute(&|value| envsubst::substitute(value, &lookup));
                }
            }
        }
        parsed.resolve(text, &settings.variables);
        Loaded { facts: Facts::of(&parsed), source, parsed }
    }
}
