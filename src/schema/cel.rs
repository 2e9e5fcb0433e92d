//! Rules in CEL (`x-kubernetes-validations`).
//!
//! They are judged as the API server judges them: where the structure is right, on the value with its defaults, and not
//! those that compare with what was there before (`oldSelf`). A rule that cannot be compiled or run is left out, and so
//! is one on a value with a placeholder. Functions that Kubernetes adds to CEL are added here as far as they are there.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};

use ::cel::objects::{Key, Map};
use ::cel::{Context, Env, Program, Value, extensions};

use super::{Kind, Problems, Schema, forms};
use crate::model::read::unknown;
use crate::yaml::{Node, Scalar};

/// The longest rule that is compiled; Kubernetes takes none that are longer.
const LONGEST: usize = 5 * 1024;
/// What rules of meshlint's own say, with both places of the contradiction.
const SAID_ELSEWHERE: &[&str] = &["Combination of port, protocol and hostname must be unique for each listener"];
/// How deep brackets may be nested, and how many operators there may be: each may take room on the stack.
const MOST_NESTED: usize = 40;
const MOST_OPERATORS: usize = 300;
/// The stack on which rules are compiled and run, in bytes. It is only room: what is not used costs nothing.
const STACK: usize = 64 << 20;
/// How often the innermost part of a rule may be run.
const MOST_STEPS: usize = 20_000;
/// The deepest nesting of values that is followed.
const MAX_DEPTH: u8 = 64;

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    // Without one of them, rules that need it cannot be run, and are left out.
    let _ = env.add_extension(extensions::strings);
    let _ = env.add_extension(extensions::lists);
    Arc::new(env)
});

/// A rule, compiled when it is needed.
#[derive(Debug)]
pub struct Rule {
    rule: Box<str>,
    message: Box<str>,
    /// How deep its loops are nested.
    loops: u32,
    compiled: OnceLock<Option<Program>>,
}

impl Rule {
    pub(super) fn new(rule: &str, message: &str) -> Self {
        Self { rule: rule.into(), message: message.into(), loops: loops(rule), compiled: OnceLock::new() }
    }

    /// Whether a value fits; `None` where that cannot be said.
    fn holds(&self, context: &Context<'_, '_>, value: &Value, longest: usize) -> Option<bool> {
        if longest.checked_pow(self.loops).is_none_or(|steps| steps > MOST_STEPS) {
            return None;
        }
        let compile = || {
            let can_be = self.rule.len() <= LONGEST && !self.rule.contains("oldSelf") && is_shallow(&self.rule);
            can_be.then(|| ENV.compile(&self.rule).ok()).flatten()
        };
        let program = self.compiled.get_or_init(compile).as_ref()?;
        let mut inner = context.new_inner_scope();
        inner.add_variable_from_value("self", value.clone());
        match program.execute(&inner) {
            Ok(Value::Bool(holds)) => Some(holds),
            _ => None,
        }
    }
}

/// Whether a rule can be read and run without much room on the stack.
fn is_shallow(rule: &str) -> bool {
    let (mut depth, mut operators) = (0usize, 0);
    for b in rule.bytes() {
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'!' | b'&' | b'|' | b'?' | b'<' | b'>' | b'=' | b'.' => operators += 1,
            _ => {}
        }
        if depth > MOST_NESTED || operators > MOST_OPERATORS {
            return false;
        }
    }
    true
}

/// How deep the loops of a rule are nested: `self.all(a, self.exists(b, …))` two.
fn loops(rule: &str) -> u32 {
    const MACROS: [&str; 6] = [".all", ".exists", ".exists_one", ".existsOne", ".map", ".filter"];
    let (mut open, mut depth, mut deepest) = (Vec::new(), 0u32, 0);
    for (i, b) in rule.bytes().enumerate() {
        match b {
            b'(' => {
                let is_loop = MACROS.iter().any(|m| rule[..i].ends_with(m));
                open.push(is_loop);
                depth += u32::from(is_loop);
                deepest = deepest.max(depth);
            }
            b')' => depth = depth.saturating_sub(u32::from(open.pop().unwrap_or(false))),
            _ => {}
        }
    }
    deepest
}

/// Checks the rules of a schema, and of all that is in it.
pub fn check_rules(node: Node<'_>, schema: &Schema, out: &mut Problems) {
    if !schema.has_rules() {
        return;
    }
    let problems = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, || broken_rules(node, schema)).ok()?.join().ok()
    });
    out.list.extend(problems.unwrap_or_default().list);
}

fn broken_rules(node: Node<'_>, schema: &Schema) -> Problems {
    let mut out = Problems::default();
    let mut context = Context::with_env(Arc::clone(&ENV));
    let added = [
        context.add_function("isURL", |text: Arc<String>| forms::url_scheme(&text).is_some()),
        context.add_function("isIP", |text: Arc<String>| forms::is_ip(&text)),
        context.add_function("isCIDR", |text: Arc<String>| text.contains('/') && forms::is_ip_or_cidr(&text)),
        // Durations are only compared, so their nanoseconds are as good.
        context.add_function("duration", |text: Arc<String>| {
            forms::duration(&text).and_then(|ns| i64::try_from(ns).ok()).map_or(Value::Null, Value::Int)
        }),
    ];
    // A name that CEL has already means the same there.
    drop(added);
    walk(node, schema, MAX_DEPTH, &context, &mut out);
    out
}

fn walk(node: Node<'_>, schema: &Schema, depth: u8, context: &Context<'_, '_>, out: &mut Problems) {
    let schema = schema.whole();
    let Some(depth) = depth.checked_sub(1).filter(|_| schema.has_rules()) else { return };
    if !schema.rules.is_empty() {
        let mut longest = 1;
        if let Some(value) = typed(node, schema, depth, &mut longest) {
            let own = schema.rules.iter().filter(|r| !SAID_ELSEWHERE.contains(&r.message.trim()));
            for rule in own.filter(|r| r.holds(context, &value, longest) == Some(false)) {
                let message = if rule.message.is_empty() { &rule.rule } else { &rule.message };
                out.at(node, format!("breaks a rule of its definition: {}", message.trim()));
            }
        }
    }
    if node.is_mapping() {
        for (key, field) in node.entries() {
            if let Some(of) = schema.field(&key.key()).or(schema.rest.as_deref()).filter(|_| !field.is_null()) {
                walk(field, of, depth, context, out);
            }
        }
    } else if let Some(item) = schema.item.as_deref() {
        node.items().for_each(|i| walk(i, item, depth, context, out));
    }
}

/// A value as CEL sees it, with its defaults; `None` where a placeholder leaves something unknown. `longest` becomes the
/// length of the longest list or mapping in it.
fn typed(node: Node<'_>, schema: &Schema, depth: u8, longest: &mut usize) -> Option<Value> {
    let schema = schema.whole();
    let depth = depth.checked_sub(1)?;
    if let Some(text) = node.text() {
        if unknown(text) {
            return None;
        }
        return Some(match (schema.kind, scalar(node)) {
            (Kind::Number, Value::Int(n)) => Value::Float(n as f64),
            (Kind::Integer, Value::Float(f)) => Value::Int(f as i64),
            (_, value) => value,
        });
    }
    if node.is_sequence() {
        let any = Schema::default();
        let item = schema.item.as_deref().unwrap_or(&any);
        let items = node.items().map(|i| typed(i, item, depth, longest)).collect::<Option<Vec<_>>>()?;
        *longest = (*longest).max(items.len());
        return Some(Value::List(Arc::new(items)));
    }
    let any = Schema::default();
    let mut map = HashMap::new();
    for (key, field) in node.entries() {
        let name = key.key();
        if unknown(&name) || name.starts_with('$') {
            return None;
        }
        if field.is_null() {
            continue;
        }
        let named = schema.field(&name);
        let value = typed(field, named.or(schema.rest.as_deref()).unwrap_or(&any), depth, longest)?;
        let name = if named.is_some() { escaped(&name) } else { name.into_owned() };
        map.insert(Key::String(Arc::new(name)), value);
    }
    for (name, field) in &schema.fields {
        if let Some(default) = &field.whole().default {
            map.entry(Key::String(Arc::new(escaped(name)))).or_insert_with(|| (**default).clone());
        }
    }
    *longest = (*longest).max(map.len());
    Some(Value::Map(Map { map: Arc::new(map) }))
}

/// A value without a schema.
pub(super) fn plain(node: Node<'_>) -> Value {
    typed(node, &Schema::default(), MAX_DEPTH, &mut 0).unwrap_or(Value::Null)
}

fn scalar(node: Node<'_>) -> Value {
    match node.value() {
        Some(Scalar::Bool(b)) => Value::Bool(b),
        Some(Scalar::Int(n)) => i64::try_from(n).map_or(Value::Float(n as f64), Value::Int),
        Some(Scalar::Float(f)) => Value::Float(f),
        Some(Scalar::Str(text)) => Value::String(Arc::new(text.into())),
        Some(Scalar::Null) | None => Value::Null,
    }
}

/// A field's name as Kubernetes lets rules write it.
fn escaped(name: &str) -> String {
    const RESERVED: [&str; 21] = [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ];
    if RESERVED.contains(&name) {
        return format!("__{name}__");
    }
    if !name.contains(['.', '-', '/']) && !name.contains("__") {
        return name.into();
    }
    name.replace("__", "__underscores__").replace('.', "__dot__").replace('-', "__dash__").replace('/', "__slash__")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(kind: &str, spec: &str) -> Vec<String> {
        let schema = super::super::builtin("gateway.networking.k8s.io/v1", kind).expect("a kind of the Gateway API");
        let text = format!("spec:\n{spec}");
        let stream = crate::yaml::parse(&text);
        let mut out = Problems::default();
        check_rules(stream.documents[0].tree.root().expect("a root"), schema, &mut out);
        out.list.into_iter().map(|p| p.says.replace("breaks a rule of its definition: ", "")).collect()
    }

    #[test]
    fn rules_are_run_on_values_with_their_defaults() {
        assert_eq!(says("HTTPRoute", "  rules:\n  - matches:\n    - path: {value: a//b}\n").len(), 2);
        assert!(
            says(
                "HTTPRoute",
                "  rules:\n  - matches:\n    - path: {value: /a}\n    backendRefs:\n    - {name: a, port: 80}\n"
            )
            .is_empty()
        );
        assert_eq!(
            says("HTTPRoute", "  rules:\n  - backendRefs:\n    - name: a\n"),
            ["Must have port for Service reference"]
        );
        assert_eq!(
            says(
                "Gateway",
                "  listeners:\n  - {name: a, port: 80, protocol: HTTP}\n  - {name: a, port: 81, protocol: HTTP}\n"
            )
            .len(),
            1
        );
        assert_eq!(says("HTTPRoute", "  rules:\n  - timeouts: {request: 1s, backendRequest: 2s}\n").len(), 1);
    }

    #[test]
    fn what_is_unknown_is_not_judged() {
        assert!(says("HTTPRoute", "  rules:\n  - backendRefs:\n    - name: ${A}\n").is_empty());
        assert!(
            Rule::new("self == oldSelf", "").holds(&Context::with_env(Arc::clone(&ENV)), &Value::Int(1), 1).is_none()
        );
    }

    #[test]
    fn what_would_take_too_much_of_the_stack_is_left_out() {
        let nested = |n: usize| format!("{}true{}", "(".repeat(n), ")".repeat(n));
        assert!(is_shallow(&nested(MOST_NESTED)) && !is_shallow(&nested(MOST_NESTED + 1)));
        let sum = ["1"; MOST_OPERATORS - 1].join("+") + " == 2";
        for rule in [nested(MOST_NESTED), "!".repeat(MOST_OPERATORS) + "true", sum] {
            let schema = Schema { rules: vec![Rule::new(&rule, "")], ..Schema::default() };
            let stream = crate::yaml::parse("a: 1");
            let mut out = Problems::default();
            check_rules(stream.documents[0].tree.root().expect("a root"), &schema, &mut out);
            assert_eq!(out.list.len(), usize::from(rule.contains('+')), "{rule}");
        }
        assert!(!is_shallow(&"!".repeat(MOST_OPERATORS + 1)));
    }

    #[test]
    fn loops_are_bounded() {
        assert_eq!(loops("self.all(a, self.exists_one(b, a == b))"), 2);
        assert_eq!(loops("self.all(a, a > 0) && self.exists(b, size(b) > 0)"), 1);
        let rule = Rule::new("self.all(a, self.all(b, self.all(c, true)))", "");
        assert_eq!(rule.holds(&Context::with_env(Arc::clone(&ENV)), &Value::List(Arc::default()), 1000), None);
    }

    #[test]
    fn every_rule_that_comes_with_meshlint_compiles() {
        let rules: Vec<&str> = include_str!("builtin/gateway.txt").split("\"rule\":\"").skip(1).collect();
        assert!(rules.len() > 80);
        for rule in rules {
            let end = rule.find("\"}").expect("the rule ends");
            let text: String = serde_json::from_str(&format!("\"{}\"", &rule[..end])).expect("a text");
            assert!(is_shallow(&text) && ENV.compile(&text).is_ok(), "{text}");
        }
    }
}
