//! The schemas that come with meshlint: the files that `tools/schemas` makes, each line read when it is asked for.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use super::{Kind, Schema, read};
use crate::apis;

const FILES: [&str; 3] =
    [include_str!("builtin/istio.txt"), include_str!("builtin/gateway.txt"), include_str!("builtin/kubernetes.txt")];

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// What cannot be known of a schema: everything is right.
static ANY: LazyLock<Schema> = LazyLock::new(Schema::default);

struct Table {
    /// Groups, kinds.
    kinds: FxHashMap<&'static str, FxHashMap<&'static str, Versions>>,
    definitions: FxHashMap<&'static str, Lazy>,
}

/// The versions that have one schema, joined by commas, and that.
type Versions = Vec<(&'static str, Lazy)>;

/// A line's schema.
struct Lazy {
    json: &'static str,
    schema: OnceLock<Schema>,
}

impl Lazy {
    fn new(json: &'static str) -> Self {
        Self { json, schema: OnceLock::new() }
    }

    fn get(&self, finish: fn(&mut Schema)) -> &Schema {
        self.schema.get_or_init(|| {
            let stream = crate::yaml::parse(self.json);
            let root = stream.documents.first().and_then(|d| d.tree.root());
            let mut schema = root.map(read::schema).unwrap_or_default();
            finish(&mut schema);
            schema
        })
    }
}

impl Table {
    fn new() -> Self {
        let mut table = Self { kinds: FxHashMap::default(), definitions: FxHashMap::default() };
        for line in FILES.iter().flat_map(|f| f.lines()) {
            let mut words = line.splitn(4, ' ');
            let Some(first) = words.next().filter(|w| *w != "#") else { continue };
            if let Some(name) = first.strip_prefix('#') {
                table.definitions.insert(name, Lazy::new(line[first.len()..].trim_start()));
                continue;
            }
            let (Some(kind), Some(versions), Some(json)) = (words.next(), words.next(), words.next()) else { continue };
            let group = if first == "core" { "" } else { first };
            table.kinds.entry(group).or_default().entry(kind).or_default().push((versions, Lazy::new(json)));
        }
        table
    }
}

/// The schema of a kind; `None` where none comes with meshlint.
pub fn of(api_version: &str, kind: &str) -> Option<&'static Schema> {
    let (group, version) = apis::split(api_version);
    let versions = TABLE.kinds.get(group)?.get(kind)?;
    let (_, lazy) = versions.iter().find(|(all, _)| all.split(',').any(|v| v == version))?;
    Some(lazy.get(complete))
}

/// The schema of that name.
pub(super) fn definition(name: &str) -> &'static Schema {
    TABLE.definitions.get(name).map_or(&ANY, |lazy| lazy.get(|_| {}))
}

/// Adds what every object has.
pub(super) fn complete(schema: &mut Schema) {
    schema.kind = Kind::Object;
    let fields = [
        ("apiVersion", Schema::of(Kind::String)),
        ("kind", Schema::of(Kind::String)),
        ("metadata", Schema::linked("ObjectMeta")),
        ("status", Schema::default()),
    ];
    for (name, field) in fields {
        schema.set_field(name, field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows everything that a schema leads to.
    fn visit(schema: &Schema, seen: &mut Vec<*const Schema>) {
        if let Some(link) = &schema.link {
            assert!(TABLE.definitions.contains_key(&*link.name), "nothing is called #{}", link.name);
        }
        let schema = schema.whole();
        if seen.contains(&std::ptr::from_ref(schema)) {
            return;
        }
        seen.push(schema);
        assert!(schema.fields.is_sorted_by(|(a, _), (b, _)| super::super::by_length(a, b).is_lt()));
        schema
            .fields
            .iter()
            .map(|(_, f)| f)
            .chain(schema.item.as_deref())
            .chain(schema.rest.as_deref())
            .for_each(|s| visit(s, seen));
    }

    #[test]
    fn every_line_is_read_and_leads_to_lines_that_exist() {
        let mut seen = Vec::new();
        for (kind, versions) in TABLE.kinds.values().flatten() {
            for (version, lazy) in versions {
                let schema = lazy.get(complete);
                assert!(schema.fields.len() > 4, "{version} {kind} has no fields");
                // It ends, so nothing leads back to where it began.
                schema.has_rules();
                visit(schema, &mut seen);
            }
        }
        assert!(seen.len() > 1500, "{}", seen.len());
    }

    #[test]
    fn kinds_are_found_by_their_versions() {
        assert!(of("networking.istio.io/v1alpha3", "VirtualService").is_some());
        assert!(of("networking.istio.io/v1", "EnvoyFilter").is_none());
        assert!(
            of("v1", "Service")
                .is_some_and(|s| s.field("spec").is_some_and(|s| s.whole().field("clusterIP").is_some()))
        );
        assert!(of("serving.knative.dev/v1", "Service").is_none());
    }
}
