//! A run on overlays that were built before, beside one on the same objects as plain files. `cargo bench --bench cached`.
//!
//! Flux applies 300 overlays of 10 bases to 10 clusters. They are built once, by the `kustomize` that is installed; what
//! is measured afterwards runs no program.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use meshlint::config::{Rendering, Settings};
use meshlint::discover::Target;

/// Overlays, bases, and Services in each base.
const SIZE: (usize, usize, usize) = (300, 10, 4);

const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

fn write(path: PathBuf, text: &str) {
    fs::create_dir_all(path.parent().expect("a path in a folder")).expect("a folder in the temporary directory");
    fs::write(path, text).expect("a file in the temporary directory");
}

/// The objects of a Service, each with the name of its file.
fn objects(name: &str) -> Vec<(String, String)> {
    let object = |kind: &str, api: &str, own: &str, spec: &str| {
        let text = format!("apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {own}\nspec:\n{spec}");
        (format!("{own}-{}.yaml", kind.to_lowercase()), text)
    };
    let version = |v: &str| {
        let labels = format!("app: {name}\n        version: {v}");
        let spec = format!("  replicas: 2\n  template:\n    metadata:\n      labels:\n        {labels}\n");
        object("Deployment", "apps/v1", &format!("{name}-{v}"), &spec)
    };
    let istio = "networking.istio.io/v1";
    let subset = |v: &str| format!("  - name: {v}\n    labels:\n      version: {v}\n");
    let route = |v: &str| format!("    - destination:\n        host: {name}\n        subset: {v}\n      weight: 50\n");
    let service = format!("  selector:\n    app: {name}\n  ports:\n  - name: http\n    port: 8080\n");
    let rule = format!("  host: {name}\n  subsets:\n{}{}", subset("v1"), subset("v2"));
    let routes = format!("  hosts:\n  - {name}\n  http:\n  - route:\n{}{}", route("v1"), route("v2"));
    vec![
        object("Service", "v1", name, &service),
        version("v1"),
        version("v2"),
        object("DestinationRule", istio, name, &rule),
        object("VirtualService", istio, name, &routes),
    ]
}

fn write_overlays(root: &Path) {
    for base in 0..SIZE.1 {
        let folder = root.join(format!("bases/base-{base}"));
        let mut list = format!("{KUSTOMIZATION}resources:\n");
        for (name, text) in (0..SIZE.2).flat_map(|i| objects(&format!("svc-{base}-{i}"))) {
            list.push_str(&format!("- {name}\n"));
            write(folder.join(name), &text);
        }
        write(folder.join("kustomization.yaml"), &list);
    }
    for i in 0..SIZE.0 {
        let (cluster, base) = (i % 10, i / 10 % SIZE.1);
        let folder = format!("overlays/cluster-{cluster}/team-{i}");
        let text = format!(
            "{KUSTOMIZATION}namespace: team-{i}\nresources:\n- ../../../bases/base-{base}\npatches:\n- path: replicas.yaml\n"
        );
        write(root.join(&folder).join("kustomization.yaml"), &text);
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: svc-{base}-0-v1\nspec:\n  replicas: {i}\n"
        );
        write(root.join(&folder).join("replicas.yaml"), &text);
        let text = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: team-{i}\n  namespace: flux-system\n\
             spec:\n  path: ./{folder}\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n"
        );
        write(root.join(format!("clusters/cluster-{cluster}/team-{i}.yaml")), &text);
    }
}

fn cached(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = fs::canonicalize(dir.path()).expect("the temporary directory");
    let (overlays, plain) = (root.join("overlays"), root.join("plain"));
    write_overlays(&overlays);
    let rendering = Rendering { cache: Some(root.join("cache")), ..Rendering::default() };
    let settings = Settings { rendering, ..Settings::default() };
    let target = |folder: &Path| Target { paths: vec!["clusters".into()], cwd: folder.to_path_buf() };
    let workspace = meshlint::open(&target(&overlays), &settings).expect("the overlays can be read");
    assert_eq!(workspace.derived.len(), SIZE.0, "kustomize has to be installed");
    for cluster in &workspace.clusters {
        let built = cluster.files.iter().filter(|f| workspace.derived.contains_key(&f.source));
        for (i, file) in built.enumerate() {
            let path = plain.join("clusters").join(&cluster.name).join(format!("{i}.yaml"));
            write(path, workspace.sources.get(file.source).text());
        }
    }
    let mut group = c.benchmark_group("cached");
    group.sample_size(20).throughput(Throughput::Elements((SIZE.0 * SIZE.2 * 5) as u64));
    for (name, folder) in [("overlays, built before", &overlays), ("the same as plain files", &plain)] {
        let target = target(folder);
        group.bench_function(name, |b| {
            b.iter(|| {
                let workspace = meshlint::open(&target, &settings).expect("the files can be read");
                black_box(meshlint::lint(&workspace, &settings))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, cached);
criterion_main!(benches);
