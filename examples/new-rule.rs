//! Scaffolds a rule in its three places and registers it: `cargo run --example new-rule NAME GROUP SEVERITY`.
//!
//! What it writes compiles; the tests over pages and fixtures fail until the rule is there.

use std::error::Error;
use std::fs;
use std::path::Path;

const USAGE: &str = "usage: cargo run --example new-rule NAME GROUP SEVERITY
  NAME      names the defect: lower-case words with `-` between them, such as subset-undefined
  GROUP     routing, multicluster, addressing, gateway, security, workload, schema, lifecycle, style or policy
  SEVERITY  error, warning or note";

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, group, severity] = &args[..] else { return Err(USAGE.into()) };
    let well_formed = name.split('-').all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()));
    if !well_formed || !["error", "warning", "note"].contains(&severity.as_str()) {
        return Err(USAGE.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stem = name.replace('-', "_");
    write(&root.join(format!("rules/{name}.md")), &page(name, group, severity))?;
    write(&root.join(format!("src/rules/{stem}.rs")), &code(name))?;
    let case = |case: &str| root.join(format!("testdata/rules/{name}/{case}/clusters/east/reviews.yaml"));
    write(&case("fires"), &manifest(&format!(" # {severity}: [{name}]")))?;
    write(&case("right"), &manifest(""))?;
    let list = root.join("src/rules.rs");
    fs::write(&list, registered(&fs::read_to_string(&list)?, &stem)?)?;
    println!("now: what it checks in src/rules/{stem}.rs, its page, its fixtures; then");
    println!("  RULE={name} cargo test --test rules --test docs && UPDATE=1 cargo test --test catalogue");
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    if path.exists() {
        return Err(format!("{} is there already", path.display()).into());
    }
    fs::create_dir_all(path.parent().ok_or("no folder")?)?;
    fs::write(path, text)?;
    println!("wrote {}", path.display());
    Ok(())
}

/// The list of rules with this one's two lines in their places by name.
fn registered(list: &str, stem: &str) -> Result<String, Box<dyn Error>> {
    let mut lines: Vec<String> = list.lines().map(String::from).collect();
    for (line, is_entry) in [
        (format!("mod {stem};"), (|l| l.starts_with("mod ") && l.ends_with(';')) as fn(&str) -> bool),
        (format!("    &{stem}::RULE,"), |l| l.starts_with("    &") && l.ends_with("::RULE,")),
    ] {
        let last = lines.iter().rposition(|l| is_entry(l)).ok_or("src/rules.rs: no rule to stand beside")?;
        let after = lines
            .iter()
            .position(|l| is_entry(l) && l.trim_end_matches([';', ',']) > line.trim_end_matches([';', ',']));
        lines.insert(after.unwrap_or(last + 1), line);
    }
    Ok(lines.join("\n") + "\n")
}

fn page(name: &str, group: &str, severity: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let manifest = |mark: &str| manifest(mark);
    format!(
        "---
name: {name}
severity: {severity}
group: {group}
since: {version}
reads: [VirtualService]
fix: none
equivalents: []
---

# {name}

TODO: what is wrong, in one sentence.

## What it checks

TODO: the exact condition, what is exempt, and which level it has where the evidence is weaker.

## Why it matters

TODO: what those who run it would see.

## How to fix

TODO

## Example

```yaml file=clusters/east/reviews.yaml
{}```

### Corrected

```yaml file=clusters/east/reviews.yaml
{}```
",
        manifest(&format!(" # {severity}: [{name}]")),
        manifest("")
    )
}

fn code(name: &str) -> String {
    format!(
        "//! `{name}`: TODO

use super::{{Findings, Rule}};
use crate::mesh::{{Cluster, Fleet}};

pub(super) static RULE: Rule = Rule::per_cluster(include_str!(\"../../rules/{name}.md\"), check);

fn check(fleet: &Fleet<'_>, cluster: &Cluster<'_>, out: &mut Findings) {{
    let _ = fleet;
    for vs in &cluster.objects.virtual_services {{
        out.report(cluster.site(&vs.meta, vs.meta.name.span), \"TODO: what is wrong, with the values in it\")
            .with_label(\"TODO: what this place contributes\")
            .with_help(\"TODO: the change that would mend it, from what exists\");
    }}
}}
"
    )
}

fn manifest(mark: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews{mark}
  namespace: default
spec:
  hosts:
  - reviews
  http:
  - route:
    - destination:
        host: reviews
"
    )
}
