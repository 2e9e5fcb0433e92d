//! What the API server and Istio's webhook accept: schemas of kinds, and conditions that no schema can say.
//!
//! Structure (`structure.rs`) says which fields a kind has and what values they take; it comes from the files in
//! `builtin/`, or from a CustomResourceDefinition. Conditions across fields are in `istio/`, a file for each kind.

mod builtin;
mod cel;
mod choice;
mod custom;
pub mod former;
mod forms;
mod istio;
mod kubernetes;
mod lookup;
mod map;
mod problem;
mod read;
mod regexes;
mod seen;
mod structure;
mod unknown;
mod values;

pub use builtin::of as builtin;
pub use cel::{Rule, check_rules};
pub use custom::Custom;
pub use forms::is_stand_in;
pub use problem::{Problem, Problems};
pub use structure::check;
pub use unknown::{Unknown, unknown_fields};

use std::cmp::Ordering;
use std::sync::OnceLock;

use lookup::{Entry, Lookup};

use crate::model::Meta;
use crate::yaml::Node;

/// What a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Anything at all.
    #[default]
    Any,
    /// A mapping.
    Object,
    /// A list.
    Array,
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A number or a text: ports by number or name, quantities.
    IntOrString,
}

/// The schema of a value.
#[derive(Debug, Default)]
pub struct Schema {
    /// What it is.
    pub kind: Kind,
    /// Whether it may be null where null is not the same as absent.
    pub nullable: bool,
    /// Object: whether fields that no one names are kept.
    pub open: bool,
    /// Object: its fields, by length and name.
    pub fields: Vec<(Box<str>, Schema)>,
    /// Object: fields that have to be there.
    pub required: Vec<Box<str>>,
    /// Object: the schema of the values of all other fields.
    pub rest: Option<Box<Schema>>,
    /// Array: the schema of its items.
    pub item: Option<Box<Schema>>,
    /// What else is said of its values.
    pub limits: Option<Box<Limits>>,
    /// Alternatives that it has to fit besides.
    pub choices: Vec<Choice>,
    /// Rules in CEL that it has to fit besides.
    pub rules: Vec<Rule>,
    /// What it is where nothing is written.
    default: Option<Box<::cel::Value>>,
    /// Whether it, or anything in it, has rules.
    ruled: OnceLock<bool>,
    lookup: OnceLock<Lookup>,
    link: Option<Link>,
}

/// Bounds of values.
#[derive(Debug, Default)]
pub struct Limits {
    /// All values that there are; empty where any is right.
    pub values: Vec<Box<str>>,
    /// The least number.
    pub minimum: Option<f64>,
    /// The greatest number.
    pub maximum: Option<f64>,
    /// Whether the least and the greatest number are themselves outside.
    pub exclusive: (bool, bool),
    /// How many characters, items or fields at least.
    pub least: Option<usize>,
    /// How many at most.
    pub most: Option<usize>,
    /// What a text has to match.
    pub pattern: Option<Pattern>,
    /// `int32`, `date-time`: the format's name.
    pub format: Option<Box<str>>,
    /// Array: the fields by which its items are told apart.
    pub keys: Vec<Box<str>>,
    /// Array: whether no item may be there twice.
    pub set: bool,
}

/// A regular expression, compiled when it is needed.
#[derive(Debug)]
pub struct Pattern {
    /// As written.
    pub text: Box<str>,
    compiled: OnceLock<Option<regex::Regex>>,
}

/// Alternatives.
#[derive(Debug)]
pub enum Choice {
    /// Exactly one of them fits.
    One(Vec<Schema>),
    /// At least one of them fits.
    Any(Vec<Schema>),
    /// All of them fit.
    All(Vec<Schema>),
    /// It does not fit.
    Not(Box<Schema>),
}

/// A schema that stands elsewhere in `builtin/`.
#[derive(Debug)]
struct Link {
    name: Box<str>,
    target: OnceLock<&'static Schema>,
}

impl Schema {
    fn of(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }

    fn linked(name: &str) -> Self {
        Self { link: Some(Link { name: name.into(), target: OnceLock::new() }), ..Self::default() }
    }

    /// The schema itself, a link followed.
    #[inline]
    pub fn whole(&self) -> &Schema {
        match &self.link {
            None => self,
            Some(link) => link.target.get_or_init(|| builtin::definition(&link.name)),
        }
    }

    /// Whether it, or anything in it, has rules.
    pub fn has_rules(&self) -> bool {
        *self.ruled.get_or_init(|| {
            let fields = self.fields.iter().map(|(_, f)| f);
            let mut below = fields.chain(self.rest.as_deref()).chain(self.item.as_deref());
            !self.rules.is_empty() || below.any(|s| s.whole().has_rules())
        })
    }

    /// The schema of a field that is named.
    pub fn field(&self, name: &str) -> Option<&Schema> {
        let field = self.entry(name)?.field()?;
        Some(&self.fields[field as usize].1)
    }

    #[inline]
    fn entry(&self, name: &str) -> Option<Entry> {
        self.lookup.get_or_init(|| Lookup::of(self)).find(self, name)
    }

    /// The schema of the value of a key: of a field that is named, or of all others; and the key's index in the list of
    /// those that have to be there.
    #[inline]
    fn of_key(&self, key: Node<'_>) -> (Option<&Schema>, Option<u32>) {
        if self.fields.is_empty() && self.required.is_empty() {
            return (self.rest.as_deref(), None);
        }
        // Nearly all keys are read as they are written.
        let named = key.text().and_then(|text| self.entry(text)).or_else(|| self.entry(&key.key()));
        let field = named.and_then(Entry::field).map(|field| &self.fields[field as usize].1);
        (field.or(self.rest.as_deref()), named.and_then(Entry::required))
    }

    /// Whether it is of single values, so that there can be no fields in it.
    fn is_flat(&self) -> bool {
        self.fields.is_empty() && self.rest.is_none() && self.item.is_none() && self.link.is_none()
    }

    fn set_field(&mut self, name: &str, field: Schema) {
        self.lookup = OnceLock::new();
        match self.fields.binary_search_by(|(f, _)| by_length(f, name)) {
            Ok(at) => self.fields[at].1 = field,
            Err(at) => self.fields.insert(at, (name.into(), field)),
        }
    }
}

/// The order of a schema's fields: most names differ in length, which is quickly seen.
fn by_length(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

impl Pattern {
    fn new(text: &str) -> Self {
        Self { text: text.into(), compiled: OnceLock::new() }
    }

    /// Whether a text matches; also where the expression is one that cannot be compiled.
    pub fn matches(&self, text: &str) -> bool {
        let regex = self.compiled.get_or_init(|| regex::RegexBuilder::new(&self.text).size_limit(1 << 20).build().ok());
        regex.as_ref().is_none_or(|r| r.is_match(text))
    }
}

/// Checks an object against what the API server and Istio's webhook enforce beyond its schema.
pub fn check_conditions(meta: &Meta<'_>, out: &mut Problems) {
    istio::check(meta, out);
    kubernetes::check(meta, out);
}
