//! Reading YAML the fast way and the way that takes all of it: `cargo bench --bench parse`.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;

use meshlint::yaml::{fast_documents, load_document, parse, split};

/// What a cluster's repository holds: Services, Deployments and Istio's resources, many documents in block style.
fn fleet(services: usize) -> String {
    let mut text = String::new();
    for i in 0..services {
        let (name, team) = (format!("svc-{i:05}"), format!("team-{:02}", i % 20));
        let written = write!(
            text,
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {team}\n  labels:\n    app: {name}\n\
             spec:\n  ports:\n  - name: http\n    port: 8080\n    targetPort: http\n  selector:\n    app: {name}\n---\n\
             # What {name} runs.\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}-v1, namespace: {team}}}\n\
             spec:\n  replicas: 2\n  template:\n    metadata:\n      labels: {{app: {name}, version: v1}}\n    spec:\n      \
             containers:\n        - name: app\n          image: \"registry.example/{name}:v1\"\n          args: [--port, \
             \"8080\"]\n          command:\n            - sh\n            - -c\n            - |\n              set -e\n              \
             exec app\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: {name}\n  namespace: \
             {team}\nspec:\n  hosts:\n  - {name}.{team}.global\n  http:\n  - match:\n    - headers:\n        end-user:\n          \
             exact: jason\n    route:\n    - destination:\n        host: {name}.{team}.svc.cluster.local\n        subset: v1\n        \
             port:\n          number: 8080\n      weight: 100\n---\n"
        );
        written.expect("a String takes all that is written");
    }
    text
}

fn benches(criterion: &mut Criterion) {
    let text = fleet(1000);
    let spans = split(&text);
    let text: Arc<str> = text.into();
    assert!(
        spans
            .iter()
            .map({
                let mut fast = fast_documents(&text);
                move |&s| fast(s)
            })
            .all(|d| d.is_some())
    );
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    group.bench_function("fast", |bencher| {
        bencher.iter(|| {
            let mut fast = fast_documents(black_box(&text));
            spans.iter().map(|&span| fast(span)).filter(Option::is_some).count()
        });
    });
    group.bench_function("load", |bencher| {
        bencher.iter(|| spans.iter().map(|&span| load_document(black_box(&text), span)).filter(Result::is_ok).count());
    });
    group.bench_function("stream", |bencher| bencher.iter(|| parse(black_box(&text)).documents.len()));
    group.finish();
}

criterion_group!(parsing, benches);
criterion_main!(parsing);
