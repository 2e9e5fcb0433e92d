//! `meshlint.yaml`: what it says, what is wrong in it and where, and the schema that is shipped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use meshlint::config::{
    ClusterSettings, ConfigFile, Level, Settings, Suppression, Versions, find, json_schema, load, parse,
};
use meshlint::finding::Severity;
use meshlint::source::{Span, Spanned};

const RULES: &[&str] = &["subset-undefined", "multicluster", "IST0101", "KIA1107"];

const FULL: &str = "\
clusters:
  east:
    paths: [deploy/east, base]
    gateways: [203.0.113.7, gw.east.example.com, '2001:db8::1']
    network: network1
    podRanges: [10.4.0.0/14, fd00::/48]
    serviceRanges: [10.8.0.0/20]
    nodeRanges: []
    clusterDomain: cluster.east
    trustDomain: east.example.com
    istioVersion: 1.20
    kubernetesVersion: 1.31.4
  west: {network: 2}
globalSuffix: mesh.internal
sniPort: 443
clusterDomain: k8s.local
variables:
  GW: 203.0.113.7
  REPLICAS: 010
  ON: yes
rules:
  multicluster: warning
  IST0101: off
  ist0101: on
suppressions:
- rule: subset-undefined
  cluster: east
  kind: VirtualService
  namespace: legacy-*
  name: '{a,b}'
  reason: it is being moved
  expires: 2026-12-31
- {rule: [IST0101, kia1107], reason: 42 tickets}
exclude: ['*.tmpl.yaml', vendor/]
failOn: warning
";

/// A text with the place at which it is first written.
fn written(text: &str) -> Spanned<String> {
    let start = FULL.find(text).unwrap() as u32;
    Spanned::new(text.into(), Span::new(start, start + text.len() as u32))
}

/// The place of the end of a longer text that is written once.
fn place_of(longer: &str, end: &str) -> Span {
    let whole = written(longer).span;
    Span::new(whole.end - end.len() as u32, whole.end)
}

/// The text that settings were read from, which they carry for findings.
fn file(text: &str, names_clusters: bool) -> Option<Arc<ConfigFile>> {
    Some(Arc::new(ConfigFile { shown: "meshlint.yaml".into(), text: text.into(), names_clusters }))
}

fn read(text: &str) -> Result<Settings, String> {
    let all = |errors: Vec<meshlint::config::ConfigError>| {
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    parse(text, "meshlint.yaml", Path::new("/repo"), RULES).map_err(all)
}

#[test]
fn all_that_it_can_say() {
    let settings = read(FULL).unwrap();
    let ranges = |all: &[&str]| all.iter().map(|r| r.parse().unwrap()).collect();
    let east = ClusterSettings {
        name: "east".into(),
        paths: vec!["/repo/deploy/east".into(), "/repo/base".into()],
        gateways: vec!["203.0.113.7".into(), "gw.east.example.com".into(), "2001:db8::1".into()],
        network: Some("network1".into()),
        pod_ranges: ranges(&["10.4.0.0/14", "fd00::/48"]),
        service_ranges: ranges(&["10.8.0.0/20"]),
        node_ranges: Vec::new(),
        cluster_domain: Some("cluster.east".into()),
        trust_domain: Some("east.example.com".into()),
        // As spelled, and not the number 1.2.
        versions: Versions { istio: Some("1.20".into()), kubernetes: Some("1.31.4".into()) },
    };
    let west = ClusterSettings { name: "west".into(), network: Some("2".into()), ..ClusterSettings::default() };
    let variables = [("GW", "203.0.113.7"), ("ON", "yes"), ("REPLICAS", "010")];
    let expected = Settings {
        root: Some("/repo".into()),
        clusters: vec![east, west],
        global_suffix: "mesh.internal".into(),
        sni_port: 443,
        cluster_domain: "k8s.local".into(),
        variables: variables.map(|(k, v)| (k.to_string(), v.to_string())).into(),
        levels: vec![
            ("multicluster".into(), Level::At(Severity::Warning)),
            ("IST0101".into(), Level::Off),
            ("ist0101".into(), Level::On),
        ],
        suppressions: vec![
            Suppression {
                rules: vec![written("subset-undefined")],
                cluster: Some(Spanned::new("east".into(), place_of("cluster: east", "east"))),
                kind: Some("VirtualService".into()),
                namespace: Some("legacy-*".into()),
                name: Some("{a,b}".into()),
                reason: "it is being moved".into(),
                expires: Some(Spanned::new("2026-12-31".parse().unwrap(), written("2026-12-31").span)),
            },
            Suppression {
                rules: vec![Spanned::new("IST0101".into(), place_of("[IST0101", "IST0101")), written("kia1107")],
                reason: "42 tickets".into(),
                ..Suppression::default()
            },
        ],
        file: file(FULL, true),
        exclude: vec!["*.tmpl.yaml".into(), "vendor/".into()],
        fail_on: Severity::Warning,
        ..Settings::default()
    };
    assert_eq!(settings, expected);
}

#[test]
fn nothing_said_is_the_default() {
    for text in ["", "# nothing\n", "---\n", "clusters:\nvariables: ~\nrules: {}\nexclude:\nsuppressions:\n-\n"] {
        let default = Settings { root: Some("/repo".into()), file: file(text, false), ..Settings::default() };
        assert_eq!(read(text), Ok(default), "{text:?}");
    }
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let cases = [
        ("cluster: {}\n", "1:1: unknown key `cluster`; did you mean `clusters`?"),
        (
            "clusters:\n  cluster2:\n    network: n\n    gatways: [a]\n",
            "4:5: unknown key `gatways` under clusters.cluster2; did you mean `gateways`?",
        ),
        ("clusters: [a]\n", "1:11: clusters has to be a mapping, and is a list"),
        ("clusters: {a: b}\n", "1:15: clusters.a has to be a mapping, and is `b`"),
        ("exclude: '*.yaml'\n", "1:10: exclude has to be a list, and is `*.yaml`"),
        ("exclude: [{a: b}]\n", "1:11: exclude[0] has to be a single value, and is a mapping"),
        ("- a\n", "1:1: the configuration has to be a mapping, and is a list"),
        ("sniPort: 70000\n", "1:10: sniPort has to be a whole number from 1 to 65535, and is `70000`"),
        ("sniPort: tls\n", "1:10: sniPort has to be a whole number from 1 to 65535, and is `tls`"),
        (
            "failOn: warn\n",
            "1:9: failOn has to be one of `note`, `warning`, `error`, and is `warn`; did you mean `warning`?",
        ),
        (
            "rules: {IST0101: of}\n",
            "1:18: rules.IST0101 has to be one of `off`, `on`, `note`, `warning`, `error`, and is `of`; did you mean `off`?",
        ),
        (
            "rules:\n  subset-undefind: off\n",
            "2:3: unknown rule `subset-undefind` under rules; did you mean `subset-undefined`?",
        ),
        (
            "clusters: {a: {podRanges: [10.0.0.1]}}\n",
            "1:28: clusters.a.podRanges: `10.0.0.1` is one address, and no range; write `10.0.0.1/32` if it is meant",
        ),
        (
            "clusters: {a: {podRanges: [10.0.0.0/255.0.0.0]}}\n",
            "1:28: clusters.a.podRanges: `10.0.0.0/255.0.0.0` has a netmask in the place of a length; write `10.0.0.0/8`",
        ),
        (
            "clusters: {a: {podRanges: [10.1.2.3/8]}}\n",
            "1:28: clusters.a.podRanges: `10.1.2.3/8` does not begin where its range does; did you mean `10.0.0.0/8`?",
        ),
        (
            "clusters: {a: {nodeRanges: [10.0.0/8]}}\n",
            "1:29: clusters.a.nodeRanges: `10.0.0/8` is not a range of addresses; write it as `10.4.0.0/14`",
        ),
        (
            "clusters: {a: {gateways: ['203.0.113.7:15443']}}\n",
            "1:27: clusters.a.gateways: `203.0.113.7:15443` has a port; write `203.0.113.7`; the port is `sniPort`",
        ),
        (
            "clusters: {a: {istioVersion: latest}}\n",
            "1:30: clusters.a.istioVersion: `latest` is not a version; write it as `1.24` or `1.24.2`",
        ),
        ("globalSuffix: .global\n", "1:15: globalSuffix: `.global` has a dot at its end or beginning; write `global`"),
        ("a: 1\n---\nb: 1\n", "1:1: unknown key `a`\n3:1: a second document: the configuration is one"),
        ("suppressions: {a: b}\n", "1:15: suppressions has to be a list, and is a mapping"),
        ("suppressions:\n- rule: IST0101\n", "2:3: suppressions[0] has no `reason`"),
        ("suppressions:\n- {reason: r, rule: }\n- {rule: [], reason: '-'}\n", "2:20: suppressions[0].rule is empty"),
        (
            "suppressions:\n- {rule: [], reason: '-'}\n",
            "2:10: suppressions[0].rule is empty\n2:22: suppressions[0].reason: `-` is not a reason; say why it is right as it is",
        ),
        (
            "suppressions:\n- {rule: [IST0101, subset-undefind], reason: r}\n- {rule: Subset-Undefined, reason: r}\n",
            "2:20: unknown rule `subset-undefind` under suppressions[0]; did you mean `subset-undefined`?\n\
             3:10: unknown rule `Subset-Undefined` under suppressions[1]; did you mean `subset-undefined`?",
        ),
        (
            "suppressions:\n- {rule: IST0101, reason: r, expires: 31.12.2026, clustre: east}\n",
            "2:51: unknown key `clustre` under suppressions[0]; did you mean `cluster`?",
        ),
        (
            "suppressions:\n- {rule: IST0101, reason: r, expires: 2026-02-29, name: 'a['}\n",
            "2:39: suppressions[0].expires: `2026-02-29` is not a date; write it as `2026-12-31`\n\
             2:57: suppressions[0].name: `a[` is not a pattern: unclosed character class; missing ']'",
        ),
        ("failOn: note\nfailOn: error\n", "2:1: key `failOn` is written twice; keep one of them"),
    ];
    for (text, expected) in cases {
        let said = read(text).unwrap_err().replace("meshlint.yaml:", "");
        assert_eq!(said, expected, "{text}");
    }
    assert!(read("a: [\n").unwrap_err().starts_with("meshlint.yaml:"));
    assert!(read("exclude: ['{a']\n").unwrap_err().starts_with("meshlint.yaml:1:11: exclude: `{a` is not a pattern"));
}

#[test]
fn it_is_found_in_the_folder_or_above() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    std::fs::create_dir_all(at("repo/a/b")).unwrap();
    std::fs::create_dir_all(at("repo/.git")).unwrap();
    std::fs::write(at("meshlint.yaml"), "").unwrap();
    assert_eq!(find(&at("repo/a/b")), None, "a repository ends the search");
    std::fs::write(at("repo/meshlint.yml"), "failOn: note\n").unwrap();
    assert_eq!(find(&at("repo/a/b")), Some(at("repo/a/b/../../meshlint.yml")));
    assert_eq!(find(&at("repo")), Some(at("repo/meshlint.yml")));
    std::fs::write(at("repo/a/meshlint.yaml"), "").unwrap();
    assert_eq!(find(&at("repo/a/b")), Some(at("repo/a/b/../meshlint.yaml")));
    let settings = load(&at("repo/meshlint.yml"), "meshlint.yml", &[]).unwrap();
    assert_eq!((settings.fail_on, settings.root), (Severity::Note, Some(at("repo"))));
}

#[test]
fn a_file_that_cannot_be_read() {
    let errors = load(Path::new("/nowhere/meshlint.yaml"), "nowhere.yaml", &[]).unwrap_err();
    assert!(errors[0].to_string().starts_with("nowhere.yaml: cannot be read: "), "{}", errors[0]);
    assert_eq!(load(Path::new("/"), "/", &[]).unwrap_err()[0].to_string(), "/: is not a file");
}

/// `UPDATE=1 cargo test --test config` writes it.
#[test]
fn the_schema_that_is_shipped_is_fresh() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("meshlint.schema.json");
    let fresh = format!("{:#}\n", json_schema());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let shipped = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(shipped == fresh, "meshlint.schema.json is not fresh: run `UPDATE=1 cargo test --test config`");
}

#[test]
fn every_key_of_the_schema_is_described() {
    let schema = json_schema();
    let cluster = &schema["properties"]["clusters"]["additionalProperties"]["properties"];
    for keys in [&schema["properties"], cluster] {
        let keys = keys.as_object().expect("an object");
        assert!(keys.len() > 7);
        for (key, value) in keys {
            assert!(value["description"].is_string(), "{key} has no description");
        }
    }
}

#[test]
fn a_broken_configuration_ends_the_run() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("meshlint.yaml"), "failon: note\nsniPort: x\n").unwrap();
    let program = env!("CARGO_BIN_EXE_meshlint");
    let output = std::process::Command::new(program).current_dir(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let expected = "error: meshlint.yaml:1:1: unknown key `failon`; did you mean `failOn`?\n\
                    error: meshlint.yaml:2:10: sniPort has to be a whole number from 1 to 65535, and is `x`\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert!(output.stdout.is_empty());
}
