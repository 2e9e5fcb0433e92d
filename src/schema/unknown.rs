//! Fields that a kind does not have.

use super::Schema;
use crate::model::read::unknown;
use crate::yaml::Node;

/// A field that the schema of its place does not have.
#[derive(Clone, Copy, Debug)]
pub struct Unknown<'s, 'a> {
    /// The field's key.
    pub key: Node<'s>,
    /// The mapping that it is in.
    pub within: Node<'s>,
    /// What the mapping that it is in may have.
    pub schema: &'a Schema,
}

/// The deepest nesting that is followed.
const MAX_DEPTH: u8 = 100;

/// All fields of an object that its schema does not have.
pub fn unknown_fields<'s, 'a>(node: Node<'s>, schema: &'a Schema) -> Vec<Unknown<'s, 'a>> {
    let mut all = Vec::new();
    walk(node, schema, MAX_DEPTH, &mut all);
    all
}

fn walk<'s, 'a>(node: Node<'s>, schema: &'a Schema, depth: u8, all: &mut Vec<Unknown<'s, 'a>>) {
    let schema = schema.whole();
    let Some(depth) = depth.checked_sub(1) else { return };
    if node.is_mapping() {
        if schema.fields.is_empty() && schema.rest.as_deref().is_none_or(Schema::is_flat) {
            return;
        }
        for (key, value) in node.own_entries() {
            match schema.of_key(key).0 {
                Some(field) if value.is_mapping() || value.is_sequence() => walk(value, field, depth, all),
                Some(_) => {}
                None if schema.open || is_no_name(&key.key()) => {}
                None => all.push(Unknown { key, within: node, schema }),
            }
        }
    } else if let Some(item) = schema.item.as_deref() {
        node.items().filter(|i| i.is_mapping() || i.is_sequence()).for_each(|i| walk(i, item, depth, all));
    }
}

/// `<<`, `$patch: delete`, and what a placeholder may turn into anything.
fn is_no_name(key: &str) -> bool {
    key == "<<" || key.starts_with('$') || unknown(key)
}
