//! Each line of a healthy fleet that matters, broken: one finding, at that line or where the missing thing is needed,
//! and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use meshlint::config::Settings;
use meshlint::discover::{Target, open};
use meshlint::finding::Severity;

/// A break, and the one finding that it has to give.
struct Break {
    /// The file, the text in it, and which occurrence of it, from 1.
    text: (&'static str, &'static str, usize),
    /// What the text becomes.
    becomes: &'static str,
    /// The rule that reports it.
    rule: &'static str,
    /// The file that the finding is in, and a part of the line that it points at.
    at: (&'static str, &'static str),
}

const fn b(
    text: (&'static str, &'static str, usize),
    becomes: &'static str,
    rule: &'static str,
    at: (&'static str, &'static str),
) -> Break {
    Break { text, becomes, rule, at }
}

const GLOBAL: &str = "east/catalog-global.yaml";
const ROUTE: &str = "east/catalog-route.yaml";
const EAST: &str = "east/catalog.yaml";
const WEST: &str = "west/catalog.yaml";
const RULE: &str = "west/catalog-rule.yaml";
const GATEWAY: &str = "west/gateway.yaml";

const REPLICATED: &[Break] = &[
    // The endpoint: its port, its port's name, its mapping, its label, its address.
    b((GLOBAL, "http: 15443", 1), "http: 443", "global-endpoint-port", (GLOBAL, "http: 443")),
    b((GLOBAL, "http: 15443", 1), "htpp: 15443", "endpoint-port-undeclared", (GLOBAL, "htpp: 15443")),
    b(
        (GLOBAL, "      ports:\n        http: 15443\n", 1),
        "",
        "global-endpoint-port-unmapped",
        (GLOBAL, "address: 203.0.113.20"),
    ),
    b((GLOBAL, "cluster: west", 1), "region: west", "subset-selects-no-endpoint", (GLOBAL, "cluster: west")),
    // Subsets, on both sides.
    b((GLOBAL, "cluster: west", 2), "cluster: south", "subset-selects-no-endpoint", (GLOBAL, "cluster: south")),
    b(
        (GLOBAL, "    - name: v3\n      labels:\n        cluster: west\n", 1),
        "",
        "subset-undefined",
        (ROUTE, "subset: v3"),
    ),
    b(
        (RULE, "    - name: v3\n      labels:\n        version: v3\n", 1),
        "",
        "remote-subset-undefined",
        (ROUTE, "subset: v3"),
    ),
    b((ROUTE, "subset: v3", 1), "subset: v9", "subset-undefined", (ROUTE, "subset: v9")),
    b((ROUTE, "subset: v1", 1), "subset: v9", "subset-undefined", (ROUTE, "subset: v9")),
    // The ServiceEntry and the host.
    b(
        (GLOBAL, "kind: ServiceEntry", 1),
        "kind: ConfigMap",
        "global-without-service-entry",
        (ROUTE, "catalog.shop.global"),
    ),
    b(
        (GLOBAL, "- catalog.shop.global", 1),
        "- catalogue.shop.global",
        "global-without-service-entry",
        (ROUTE, "catalog.shop.global"),
    ),
    b(
        (GLOBAL, "host: catalog.shop.global", 1),
        "host: catalogg.shop.global",
        "global-without-service-entry",
        (GLOBAL, "catalogg"),
    ),
    b(
        (ROUTE, "host: catalog.shop.global", 1),
        "host: catalgo.shop.global",
        "global-without-service-entry",
        (ROUTE, "catalgo"),
    ),
    b(
        (ROUTE, "host: catalog.shop.global", 1),
        "host: catalog.global",
        "global-host-malformed",
        (ROUTE, "catalog.global"),
    ),
    b(
        (ROUTE, "host: catalog.shop.svc.cluster.local", 1),
        "host: catalog.shop",
        "host-half-qualified",
        (ROUTE, "host: catalog.shop"),
    ),
    b(
        (WEST, "  name: catalog\n", 1),
        "  name: catalogs\n",
        "remote-service-missing",
        (GLOBAL, "- catalog.shop.global"),
    ),
    b((GLOBAL, "number: 8080", 1), "number: 8081", "remote-port-missing", (GLOBAL, "number: 8081")),
    b((GLOBAL, "MESH_INTERNAL", 1), "MESH_EXTERNAL", "global-location-external", (GLOBAL, "MESH_EXTERNAL")),
    b((GLOBAL, "resolution: DNS", 1), "resolution: NONE", "global-resolution", (GLOBAL, "resolution: NONE")),
    b((GLOBAL, "- 240.0.0.10", 1), "- 127.0.0.10", "virtual-address-unusable", (GLOBAL, "127.0.0.10")),
    b((GLOBAL, "- 240.0.0.10", 1), "- 240.0.0.256", "virtual-address-unusable", (GLOBAL, "240.0.0.256")),
    b((GLOBAL, "- 240.0.0.10", 1), "- 8.0.0.10", "virtual-address-public", (GLOBAL, "8.0.0.10")),
    b(
        (GLOBAL, "  addresses:\n    - 240.0.0.10\n", 1),
        "",
        "virtual-address-missing",
        (GLOBAL, "- catalog.shop.global"),
    ),
    // Pods' labels.
    b(
        (WEST, "        version: v2\n", 1),
        "        version: two\n",
        "remote-subset-without-workload",
        (ROUTE, "subset: v2"),
    ),
    b((EAST, "        version: v1\n", 1), "        version: one\n", "subset-without-workload", (ROUTE, "subset: v1")),
    // Mutual TLS.
    b((GLOBAL, "ISTIO_MUTUAL", 1), "DISABLE", "global-tls-mode", (GLOBAL, "DISABLE")),
    b((RULE, "ISTIO_MUTUAL", 1), "DISABLE", "mtls-disabled-across-clusters", (RULE, "DISABLE")),
    // The gateway.
    b((GATEWAY, "AUTO_PASSTHROUGH", 1), "PASSTHROUGH", "gateway-not-passthrough", (GATEWAY, "PASSTHROUGH")),
    b((GATEWAY, "*.global", 1), "*.example.com", "gateway-host-uncovered", (GATEWAY, "*.example.com")),
    b(
        (GATEWAY, "    istio: ingressgateway\n  servers", 1),
        "    istio: eastwestgateway\n  servers",
        "gateway-closed",
        (GATEWAY, "istio: eastwestgateway"),
    ),
];

const ORDERS_EU: &str = "eu-1/orders.yaml";
const ORDERS_US: &str = "us-1/orders.yaml";
const ISTIO_US: &str = "us-1/istio.yaml";

const NETWORKS: &[Break] = &[
    b((ORDERS_EU, "subset: canary", 1), "subset: next", "subset-undefined", (ORDERS_EU, "subset: next")),
    b(
        (ORDERS_US, "- name: canary\n      labels", 1),
        "- name: next\n      labels",
        "remote-subset-undefined",
        (ORDERS_EU, "subset: canary"),
    ),
    b(
        (ORDERS_US, "        track: canary\n", 1),
        "        track: next\n",
        "subset-without-workload",
        (ORDERS_EU, "canary"),
    ),
    b(
        (ORDERS_US, "        track: canary\n", 2),
        "        track: next\n",
        "remote-subset-without-workload",
        (ORDERS_EU, "subset: canary"),
    ),
    b((ISTIO_US, "AUTO_PASSTHROUGH", 1), "PASSTHROUGH", "gateway-not-passthrough", (ISTIO_US, "PASSTHROUGH")),
    b((ISTIO_US, "number: 15443", 1), "number: 443", "gateway-closed", (ISTIO_US, "port: 15443")),
    // The Service, which has to be the same in both clusters: of two, the one that calls is the odd one.
    b((ORDERS_US, "- name: grpc", 1), "- name: tcp", "service-differs-across-clusters", (ORDERS_EU, "- name: grpc")),
    b((ORDERS_US, "port: 9000", 1), "port: 9001", "service-differs-across-clusters", (ORDERS_EU, "port: 9000")),
    b(
        (ORDERS_EU, "  selector:\n    app: orders\n  ports", 1),
        "  clusterIP: None\n  selector:\n    app: orders\n  ports",
        "service-differs-across-clusters",
        (ORDERS_EU, "clusterIP: None"),
    ),
    // Names and networks.
    b(
        (ISTIO_US, "    topology.istio.io/network: net-us-1\n", 1),
        "    name: istio-system\n",
        "network-label-missing",
        (ISTIO_US, "labels:"),
    ),
    b((ISTIO_US, "network: net-us-1", 3), "network: net-us-2", "network-label-missing", (ISTIO_US, "net-us-2")),
    b((ISTIO_US, "clusterName: us-1", 1), "clusterName: eu-1", "cluster-name-shared", (ISTIO_US, "clusterName: eu-1")),
];

/// The errors and warnings of a fleet: rule, file, and the line that is pointed at.
fn findings(root: &Path) -> Vec<(String, String, String)> {
    let target = Target { paths: vec![PathBuf::from("clusters")], cwd: root.to_path_buf() };
    let settings = Settings::default();
    let workspace = open(&target, &settings).expect("the fleet can be read");
    let report = meshlint::lint(&workspace, &settings);
    let told = report.findings.iter().filter(|f| f.severity > Severity::Note);
    told.map(|f| {
        let source = workspace.sources.get(f.place.source);
        let line = source.line(source.position(f.place.span.start).line);
        (f.rule.to_string(), source.path.clone(), source.text()[line.range()].to_string())
    })
    .collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &name);
        } else {
            fs::copy(&path, &name).unwrap();
        }
    }
}

fn run(fleet: &str, breaks: &[Break]) {
    let healthy = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/fleets").join(fleet);
    assert_eq!(findings(&healthy), [], "the fleet as it stands");
    let mut wrong = Vec::new();
    for Break { text: (file, old, nth), becomes, rule, at: (place, line) } in breaks {
        let dir = tempfile::tempdir().unwrap();
        copy(&healthy.join("clusters"), &dir.path().join("clusters"));
        let path = dir.path().join("clusters").join(file);
        let text = fs::read_to_string(&path).unwrap();
        let (at, _) = text.match_indices(old).nth(nth - 1).unwrap_or_else(|| panic!("{file}: no `{old}`"));
        fs::write(&path, format!("{}{becomes}{}", &text[..at], &text[at + old.len()..])).unwrap();
        let found = findings(dir.path());
        let right = matches!(found.as_slice(), [(r, f, l)]
            if r == rule && *f == format!("clusters/{place}") && l.contains(line));
        if !right {
            wrong.push(format!("{file}: `{old}` to `{becomes}`: wanted {rule} at {place} `{line}`, got {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} breaks:\n{}", wrong.len(), breaks.len(), wrong.join("\n"));
}

#[test]
fn replicated_control_planes() {
    run("shop", REPLICATED);
}

#[test]
fn several_networks() {
    run("two-networks", NETWORKS);
}
