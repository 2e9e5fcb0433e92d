//! The catalogue: metadata of a rule, from the front matter of its page in `rules/`.

use serde::Deserialize;

use crate::finding::Severity;

/// A rule's metadata.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Info {
    /// Names the defect; never reused.
    pub name: &'static str,
    /// The level of a finding where the rule does not give another.
    pub severity: Severity,
    /// routing, multicluster, addressing, gateway, security, workload, schema, lifecycle, style or policy.
    pub group: &'static str,
    /// The version that brought it.
    pub since: &'static str,
    /// The kinds that it looks at.
    pub reads: Vec<&'static str>,
    /// Whether it is on where nothing says otherwise.
    #[serde(default = "on")]
    pub enabled: bool,
    /// Whether its findings can be mended automatically: none, safe, unsafe.
    pub fix: &'static str,
    /// The codes by which istioctl analyze (IST…) and Kiali (KIA…) report the same thing.
    #[serde(default)]
    pub equivalents: Vec<&'static str>,
}

fn on() -> bool {
    true
}

/// The front matter and the body of a page.
pub fn split(page: &'static str) -> Option<(&'static str, &'static str)> {
    let rest = page.strip_prefix("---\n")?;
    rest.split_once("\n---\n")
}

/// Reads a page's front matter. Pages are part of the program and tests read each of them, so a broken one is a bug.
pub fn info(page: &'static str) -> Info {
    let (front, _) = split(page).unwrap_or_default();
    serde_yaml::from_str(front).expect("a rule's page has valid front matter")
}

/// The summary: the first paragraph of the body after its heading, in one line.
pub fn summary(page: &'static str) -> String {
    let body = split(page).map_or("", |(_, body)| body);
    let mut lines = body.lines().map(str::trim).skip_while(|l| l.is_empty() || l.starts_with('#'));
    let paragraph: Vec<&str> = lines.by_ref().take_while(|l| !l.is_empty()).collect();
    paragraph.join(" ")
}

/// The index of all pages, for people who read them on the web: `rules/README.md`.
pub fn index(rules: &[(&Info, &'static str)]) -> String {
    let mut groups: Vec<&str> = rules.iter().map(|(info, _)| info.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut out = String::from(
        "# Rules\n\nWritten by `UPDATE=1 cargo test --test catalogue` from the pages; `meshlint explain RULE` shows one.\n",
    );
    for group in groups {
        out.push_str(&format!("\n## {group}\n\n| rule | level | finds | same as |\n|---|---|---|---|\n"));
        for (info, page) in rules.iter().filter(|(info, _)| info.group == group) {
            let level = if info.enabled { info.severity.to_string() } else { format!("{}, off", info.severity) };
            let (name, codes) = (info.name, info.equivalents.join(", "));
            let summary = summary(page).replace('|', "\\|");
            out.push_str(&format!("| [{name}]({name}.md) | {level} | {summary} | {codes} |\n"));
        }
    }
    out
}

/// What is said of a code of istioctl analyze or Kiali in `docs/peers.txt`.
pub struct Peer<'a> {
    /// `IST0101`
    pub code: &'a str,
    /// Its name there; empty where it has none.
    pub name: &'a str,
    /// Where and why a rule differs; for a code without a rule, why there is none.
    pub note: &'a str,
}

/// Reads the lines of `docs/peers.txt`: code, name and note with `|` between them.
pub fn peers(text: &str) -> impl Iterator<Item = Peer<'_>> {
    text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).map(|line| {
        let mut columns = line.splitn(3, '|').map(str::trim);
        let mut next = || columns.next().unwrap_or_default();
        Peer { code: next(), name: next(), note: next() }
    })
}

/// The table of the codes of istioctl analyze and Kiali, for people who come from there: `docs/peers.md`.
pub fn parity(rules: &[&Info], text: &str) -> String {
    let mut out = String::from(
        "# What istioctl analyze and Kiali find\n\nEach of their codes, the rules that find the same, and where and why \
         they differ. A code stands for its rules wherever a rule can be named: `meshlint explain IST0101`, `--ignore \
         KIA1107`, `rules:` and `suppressions:` in `meshlint.yaml`.\n\nWhere a rule says what istioctl analyze or Kiali \
         say, it looks at all clusters, at Pod templates where they look at Pods, and at the value at fault where they \
         name the object. What may be defined outside of the repository is a note, and no error.\n\nWritten by `UPDATE=1 \
         cargo test --test catalogue` from the rules' pages and `docs/peers.txt`.\n",
    );
    for (prefix, title) in [("IST", "istioctl analyze"), ("KIA", "Kiali")] {
        out.push_str(&format!("\n## {title}\n\n| code | rules | differs |\n|---|---|---|\n"));
        for Peer { code, name, note } in peers(text).filter(|p| p.code.starts_with(prefix)) {
            let own = rules.iter().filter(|r| r.equivalents.contains(&code));
            let own: Vec<String> = own.map(|r| format!("[{0}](../rules/{0}.md)", r.name)).collect();
            let own = if own.is_empty() { "–".into() } else { own.join(", ") };
            let code = if name.is_empty() { code.to_string() } else { format!("{code} {name}") };
            out.push_str(&format!("| {code} | {own} | {} |\n", note.replace('|', "\\|")));
        }
    }
    out
}
