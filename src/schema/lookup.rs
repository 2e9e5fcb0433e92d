//! Finding what a schema says of a name. Every key of every object is looked up, so that it pays to have a table.

use super::Schema;
use crate::yaml::Ends;

/// What a schema says of a name: the index of the field of that name, and its index in the list of those that have to be
/// there. In one number, which is returned in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry(u64);

/// The names of a schema's fields, and of those that it requires without describing them.
#[derive(Debug)]
pub(super) struct Lookup {
    /// By hash, the next free place where two have the same. At least half of the places are free, so a search ends.
    slots: Box<[Option<(Ends, Entry)>]>,
}

impl Lookup {
    pub(super) fn of(schema: &Schema) -> Self {
        let fields = schema.fields.iter().enumerate().map(|(i, (name, _))| {
            let required = schema.required.iter().position(|r| r == name);
            (&**name, Entry::new(Some(i), required))
        });
        let undescribed = schema.required.iter().enumerate().map(|(i, name)| (&**name, Entry::new(None, Some(i))));
        let places = ((schema.fields.len() + schema.required.len()) * 2).next_power_of_two();
        let mut lookup = Self { slots: vec![None; places].into() };
        for (name, entry) in fields.chain(undescribed) {
            let ends = Ends::of(name);
            let at = lookup.place(schema, name, ends);
            lookup.slots[at].get_or_insert((ends, entry));
        }
        lookup
    }

    #[inline]
    pub(super) fn find(&self, schema: &Schema, name: &str) -> Option<Entry> {
        self.slots[self.place(schema, name, Ends::of(name))].map(|(_, entry)| entry)
    }

    /// Where a name is, or would be.
    #[inline]
    fn place(&self, schema: &Schema, name: &str, ends: Ends) -> usize {
        let last = self.slots.len() - 1;
        let mut at = ends.hash() & last;
        while let Some((there, entry)) = &self.slots[at] {
            if *there == ends && (ends.are_all() || entry.name(schema) == Some(name)) {
                return at;
            }
            at = (at + 1) & last;
        }
        at
    }
}

impl Entry {
    const NONE: u32 = u32::MAX;

    fn new(field: Option<usize>, required: Option<usize>) -> Self {
        let half = |index: Option<usize>| u64::from(index.map_or(Self::NONE, |i| i as u32));
        Self(half(field) << 32 | half(required))
    }

    /// The index of the field of that name.
    #[inline]
    pub(super) fn field(self) -> Option<u32> {
        Some((self.0 >> 32) as u32).filter(|i| *i != Self::NONE)
    }

    /// Its index in the list of those that have to be there.
    #[inline]
    pub(super) fn required(self) -> Option<u32> {
        Some(self.0 as u32).filter(|i| *i != Self::NONE)
    }

    fn name(self, schema: &Schema) -> Option<&str> {
        let field = self.field().map(|i| &*schema.fields[i as usize].0);
        field.or_else(|| Some(&*schema.required[self.required()? as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Kind;

    #[test]
    fn names_are_found_however_many_share_a_place() {
        let mut schema = Schema::of(Kind::Object);
        let names: Vec<String> = (0..300).map(|i| format!("a{i:03}z{}", "longer than sixteen".repeat(i % 2))).collect();
        names.iter().for_each(|name| schema.set_field(name, Schema::of(Kind::String)));
        schema.required = ["a008z", "undescribed"].map(Box::from).into();
        let lookup = Lookup::of(&schema);
        for name in &names {
            let entry = lookup.find(&schema, name).expect("a field");
            assert_eq!(&*schema.fields[entry.field().expect("its index") as usize].0, name);
            assert_eq!(entry.required(), (name == "a008z").then_some(0));
        }
        assert_eq!(lookup.find(&schema, "undescribed"), Some(Entry::new(None, Some(1))));
        assert_eq!(lookup.find(&schema, "a300z"), None);
        assert_eq!(lookup.find(&schema, ""), None);
    }

    #[test]
    fn a_schema_without_names_has_none() {
        let schema = Schema::default();
        assert_eq!(Lookup::of(&schema).find(&schema, "a"), None);
    }
}
