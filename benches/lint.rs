//! The whole run on a fleet: reading, the mesh, all rules. `cargo bench --bench lint`.
//!
//! The fleet has the shape of replicated control planes: each Service runs in one cluster and is called from another
//! through a ServiceEntry. Figures of two sizes show that cost grows with the fleet and not faster.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use meshlint::config::Settings;
use meshlint::discover::Target;

fn write(root: &Path, services: usize) {
    for i in 0..services {
        let (home, caller) = if i % 2 == 0 { ("east", "west") } else { ("west", "east") };
        let (name, ns) = (format!("svc-{i}"), format!("team-{}", i % 20));
        let meta = |kind: &str, api: &str| {
            format!("apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {ns}\n")
        };
        let istio = "networking.istio.io/v1";
        let mut at_home = meta("Service", "v1");
        let _ = write!(at_home, "spec:\n  selector:\n    app: {name}\n  ports:\n  - name: http\n    port: 8080\n---\n");
        for version in ["v1", "v2"] {
            at_home.push_str(
                &meta("Deployment", "apps/v1").replace(&format!("name: {name}"), &format!("name: {name}-{version}")),
            );
            let labels = format!("app: {name}\n        version: {version}\n");
            let _ = write!(at_home, "spec:\n  template:\n    metadata:\n      labels:\n        {labels}---\n");
        }
        at_home.push_str(&meta("DestinationRule", istio));
        let _ = write!(
            at_home,
            "spec:\n  host: {name}\n  subsets:\n  - name: v1\n    labels:\n      version: v1\n  - name: v2\n    labels:\n      version: v2\n"
        );
        let host = format!("{name}.{ns}.global");
        let mut there = meta("ServiceEntry", istio);
        let _ = write!(
            there,
            "spec:\n  hosts:\n  - {host}\n  location: MESH_INTERNAL\n  resolution: DNS\n  addresses:\n  - 240.{}.{}.{}\n  ports:\n  - name: http\n    number: 8080\n    protocol: HTTP\n  endpoints:\n  - address: gateway.{home}.example\n    labels:\n      cluster: {home}\n    ports:\n      http: 15443\n---\n",
            i >> 16,
            (i >> 8) & 255,
            i & 255
        );
        there.push_str(&meta("DestinationRule", istio));
        let _ = write!(
            there,
            "spec:\n  host: {host}\n  trafficPolicy:\n    tls:\n      mode: ISTIO_MUTUAL\n  subsets:\n  - name: v1\n    labels:\n      cluster: {home}\n  - name: v2\n    labels:\n      cluster: {home}\n---\n"
        );
        there.push_str(&meta("VirtualService", istio));
        let _ = write!(
            there,
            "spec:\n  hosts:\n  - {host}\n  http:\n  - route:\n    - destination:\n        host: {host}\n        subset: v1\n      weight: 90\n    - destination:\n        host: {host}\n        subset: v2\n      weight: 10\n"
        );
        for (cluster, text) in [(home, at_home), (caller, there)] {
            let folder = root.join("clusters").join(cluster).join(&ns);
            fs::create_dir_all(&folder).expect("a folder in the temporary directory");
            fs::write(folder.join(format!("{name}.yaml")), text).expect("a file in the temporary directory");
        }
    }
}

fn lint(c: &mut Criterion) {
    let mut group = c.benchmark_group("lint");
    group.sample_size(10);
    for services in [500, 2000] {
        let dir = tempfile::tempdir().expect("a temporary directory");
        write(dir.path(), services);
        let target = Target { paths: vec![PathBuf::from("clusters")], cwd: dir.path().to_path_buf() };
        let settings = Settings::default();
        group.throughput(Throughput::Elements(services as u64));
        group.bench_with_input(BenchmarkId::new("whole run", services), &target, |b, target| {
            b.iter(|| {
                let workspace = meshlint::open(target, &settings).expect("the fleet can be read");
                let report = meshlint::lint(black_box(&workspace), &settings);
                assert!(report.findings.iter().all(|f| f.severity == meshlint::finding::Severity::Note));
            });
        });
        let workspace = meshlint::open(&target, &settings).expect("the fleet can be read");
        group.bench_with_input(BenchmarkId::new("rules only", services), &workspace, |b, workspace| {
            b.iter(|| meshlint::lint(black_box(workspace), &settings));
        });
    }
    group.finish();
}

criterion_group!(benches, lint);
criterion_main!(benches);
