//! What the names of folders and files say about clusters.

/// Whether a folder of that name holds clusters: `clusters`, `workload-clusters`, `clusters-prod`.
pub(super) fn holds_clusters(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "clusters" || name.starts_with("clusters-") || name.ends_with("-clusters") || name.ends_with("_clusters")
}

/// Whether it is the name of one cluster among others: `cluster1`, `cluster-east`, `east-cluster`, `kind-cluster-2`.
pub(super) fn is_cluster(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let tokens: Vec<&str> = name.split(['-', '_', '.']).filter(|t| !t.is_empty()).collect();
    // `cluster` itself, with a number or a letter behind it.
    let is_cluster = |token: &str| {
        let Some(rest) = token.strip_prefix("cluster") else { return false };
        rest.bytes().all(|b| b.is_ascii_digit()) || (rest.len() == 1 && rest != "s")
    };
    let Some(at) = tokens.iter().position(|t| is_cluster(t)) else {
        // `gkecluster1`
        return tokens.last().is_some_and(|t| {
            let stem = t.trim_end_matches(|c: char| c.is_ascii_digit());
            stem.len() < t.len() && stem.ends_with("cluster")
        });
    };
    if tokens.len() == 1 {
        // `cluster` alone holds what belongs to the whole cluster, as beside `namespaces`.
        return tokens[0] != "cluster";
    }
    !tokens.iter().any(|t| is_in(NO_CLUSTER, t) || is_in(NO_CLUSTER, t.trim_end_matches('s')))
        && (at == 0 || at + 2 >= tokens.len())
}

/// Words that make of `cluster-…` and `…-cluster` something else: what Kubernetes names so, and software that forms
/// clusters of its own.
const NO_CLUSTER: &str = "\
    addon admin agent api app application autoscaler backup base baseline binding bootstrap cassandra cert \
    certs clickhouse cockroach cockroachdb common component config configs consul core crd dashboard default \
    definition dns elastic elasticsearch es etcd external flink galera gateway global infra infrastructure \
    ingress issuer kafka local logging manager mariadb minio mongo mongodb monitoring mysql nats network \
    operator opensearch percona pg policies policy postgres postgresql proportional pulsar rabbitmq ray rbac \
    redis registry resource role rolebinding scoped scylla secret service setting setup shared solr spark \
    storage template tidb tool valkey vault version wide zookeeper";

/// Whether it names a place where a cluster is, or its part in a mesh: `us-east-1`, `prod-westeurope`, `primary`.
pub(super) fn is_place(name: &str) -> bool {
    is_cluster(name) || words(name).iter().any(|w| is_place_word(w))
}

/// Whether it names a place and says nothing else: `us-east-1`, `prod-eu`, `cluster2`; not `gateway-east`.
pub(super) fn is_only_a_place(name: &str) -> bool {
    let words = words(name);
    let plain = |w: &String| is_place_word(w) || is_in(ENVIRONMENTS, w.as_str()) || w.is_empty() || w.len() == 1;
    is_only_a_cluster(name) || (words.iter().any(|w| is_place_word(w)) && words.iter().all(plain))
}

/// Whether it names a cluster and says nothing else: `cluster1`, `prod-cluster2`; not `service-cluster2`.
pub(super) fn is_only_a_cluster(name: &str) -> bool {
    const PREFIXES: &str = "k8s kind gke eks aks k3s k3d minikube istio mesh my";
    let words = words(name);
    let before = words.iter().take_while(|w| !w.contains("cluster"));
    is_cluster(name)
        && before.into_iter().all(|w| {
            let w = w.as_str();
            w.is_empty() || is_in(PREFIXES, w) || is_in(ENVIRONMENTS, w) || is_place_word(w)
        })
}

/// Whether it names a stage of deployment: `staging`, `prod`.
pub(super) fn is_environment(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|w| is_in(ENVIRONMENTS, w.as_str()))
        && words.iter().all(|w| is_in(ENVIRONMENTS, w.as_str()) || w.len() <= 1)
}

/// Whether it names what clusters have in common: `base`, `common`, `_shared`.
pub(super) fn is_shared(name: &str) -> bool {
    const SHARED: &str = "base bases common shared component components lib library all all-clusters every-cluster";
    name.starts_with('_') || is_in(SHARED, &name.to_ascii_lowercase())
}

/// Whether it names what is no cluster, wherever it stands: `scripts`, `charts`.
pub(super) fn is_aside(name: &str) -> bool {
    const ASIDE: &str = "\
        bin chart charts ci crds doc docs hack images module modules schemas script scripts template templates \
        terraform tools";
    is_in(ASIDE, &name.to_ascii_lowercase())
}

/// Whether it names what a program has made, and nothing of what is in it: `rendered`.
pub(super) fn is_output(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "rendered" | "manifests" | "generated" | "output" | "out" | "build" | "dist" | "k8s" | "kubernetes" | "yaml"
    )
}

/// Whether it names tests and examples, which are not what a repository deploys.
pub(super) fn is_example(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["test", "fixture", "example", "sample", "demo"].iter().any(|w| name.starts_with(w))
        || matches!(name.as_str(), "e2e" | "doc" | "docs" | "hack" | "vendor" | "node_modules" | "third_party")
}

/// Whether a file's stem names what is in it rather than a cluster: `deployment`, `virtualservice`.
pub(super) fn is_kind(stem: &str) -> bool {
    let plain: String = stem.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let plain = plain.strip_suffix('s').unwrap_or(&plain);
    is_in(KINDS, plain)
}

const KINDS: &str = "\
    app authorizationpolicy certificate clusterissuer clusterrole clusterrolebinding configmap cronjob \
    customresourcedefinition crd daemonset deploy deployment destinationrule dr envoyfilter gateway gw hpa \
    httproute ingre ingress istio job namespace networkpolicy ns peerauthentication pvc rbac role \
    rolebinding secret service serviceaccount serviceentry se sidecar statefulset svc telemetry \
    virtualservice v workloadentry";

const ENVIRONMENTS: &str = "\
    prod production prd live stage staging stg pre preprod preproduction dev devel development test testing \
    tst qa uat int integration nonprod sandbox canary internal dr";

fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|w| w == word)
}

/// The words of a name in lower case, without the numbers at their ends.
fn words(name: &str) -> Vec<String> {
    let lower = name.to_ascii_lowercase();
    let words = lower.split(['-', '_', '.', ' ']);
    words.map(|w| w.trim_end_matches(|c: char| c.is_ascii_digit()).to_string()).collect()
}

fn is_place_word(word: &str) -> bool {
    const ROLES: &str = "primary remote secondary";
    const DIRECTIONS: &str = "east west north south central northeast northwest southeast southwest";
    const LANDS: &str = "\
        us eu ap uk asia europe emea apac america americas australia africa india japan korea brazil canada \
        france germany norway sweden switzerland uae";
    if is_in(ROLES, word) || is_in(DIRECTIONS, word) || is_in(LANDS, word) {
        return true;
    }
    // `eastus`, `westeurope`, `northcentralus`, `uksouth`
    let direction_in = |rest: &str| {
        is_in(DIRECTIONS, rest)
            || DIRECTIONS.split(' ').any(|d| rest.strip_prefix(d).is_some_and(|r| is_in(DIRECTIONS, r)))
    };
    LANDS.split(' ').any(|land| {
        word.strip_suffix(land).is_some_and(direction_in) || word.strip_prefix(land).is_some_and(direction_in)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        for name in yes {
            assert!(question(name), "{name}");
        }
        for name in no {
            assert!(!question(name), "{name}");
        }
    }

    #[test]
    fn names_of_clusters() {
        check(
            is_cluster,
            &[
                "cluster1",
                "cluster-2",
                "clusterA",
                "cluster_b",
                "cluster-east",
                "east-cluster",
                "kind-cluster-1",
                "gkecluster2",
                "my-cluster",
                "Cluster1",
                "prod-cluster1",
                "cluster-eu-west-1",
            ],
            &[
                "cluster",
                "clusters",
                "cluster-roles",
                "cluster-issuer",
                "cluster-autoscaler",
                "redis-cluster",
                "kafka-cluster",
                "clusterrolebindings",
                "clusterrole",
                "east",
                "istio",
                "cluster-config",
                "multicluster",
            ],
        );
    }

    #[test]
    fn names_of_files() {
        check(
            is_only_a_cluster,
            &["cluster1", "cluster-east", "prod-cluster2", "kind-cluster1"],
            &["service-cluster2", "vs-0-cluster1", "east"],
        );
    }

    #[test]
    fn names_of_places() {
        check(
            is_place,
            &[
                "us-east-1",
                "dev-ngsa-asb-eastus",
                "pre-ngsa-asb-northcentralus",
                "east-mesh",
                "primary1",
                "westeurope2",
            ],
            &["istio-system", "frontend", "base", "house", "default", "eastwood"],
        );
        check(is_only_a_place, &["east", "us-east-1", "prod-eu", "cluster2"], &["gateway-east", "eastwest", "prod"]);
        check(is_environment, &["prod", "staging", "dev-1"], &["prod-eu", "product", "team-a"]);
    }

    #[test]
    fn names_of_other_things() {
        check(is_kind, &["deployment", "services", "virtual-service", "vs"], &["east", "cluster1"]);
        check(holds_clusters, &["clusters", "Clusters", "workload-clusters"], &["cluster", "cluster1", "my-cluster"]);
    }
}
