//! The JSON that Kubernetes makes of a node.

use serde_json::Value;

use super::node::Node;
use super::scalar::Scalar;

/// Whole numbers up to here are exact as floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Node<'_> {
    /// The JSON that Kubernetes makes of this node: aliases and `<<` expanded, keys as text, of repeated keys the last.
    pub fn to_json(&self) -> Value {
        if self.is_mapping() {
            return self.entries().iter().map(|(k, v)| (k.key().into_owned(), v.to_json())).collect();
        }
        if self.is_sequence() {
            return self.items().map(|item| item.to_json()).collect();
        }
        match self.value() {
            None | Some(Scalar::Null) => Value::Null,
            Some(Scalar::Bool(b)) => b.into(),
            Some(Scalar::Int(n)) => i64::try_from(n).map_or_else(|_| Value::from(n as u64), Value::from),
            // Kubernetes' writer of JSON has no `1.0`.
            Some(Scalar::Float(f)) if f.fract() == 0.0 && f.abs() < EXACT => Value::from(f as i64),
            Some(Scalar::Float(f)) => f.into(),
            Some(Scalar::Str(s)) => s.into(),
        }
    }
}
