//! What Kubernetes enforces and its OpenAPI document says in words only: the values of enumerations, ports' ranges.
//!
//! Source: the API reference of Kubernetes, and `pkg/apis/*/validation` of its server.

use serde_json::{Value, json};

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];
const PULLS: &[&str] = &["Always", "IfNotPresent", "Never"];
const CONSTRAINTS: &[&str] = &["DoNotSchedule", "ScheduleAnyway"];

/// Definition, field, its values.
const VALUES: &[(&str, &str, &[&str])] = &[
    ("Container", "imagePullPolicy", PULLS),
    ("Container", "terminationMessagePolicy", &["FallbackToLogsOnError", "File"]),
    ("ContainerPort", "protocol", PROTOCOLS),
    ("CronJobSpec", "concurrencyPolicy", &["Allow", "Forbid", "Replace"]),
    ("DaemonSetUpdateStrategy", "type", &["OnDelete", "RollingUpdate"]),
    ("DeploymentStrategy", "type", &["Recreate", "RollingUpdate"]),
    ("EndpointPort", "protocol", PROTOCOLS),
    ("EphemeralContainer", "imagePullPolicy", PULLS),
    ("JobSpec", "completionMode", &["Indexed", "NonIndexed"]),
    ("LabelSelectorRequirement", "operator", &["DoesNotExist", "Exists", "In", "NotIn"]),
    ("NodeSelectorRequirement", "operator", &["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"]),
    ("PodSpec", "dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ("PodSpec", "preemptionPolicy", &["Never", "PreemptLowerPriority"]),
    ("PodSpec", "restartPolicy", &["Always", "Never", "OnFailure"]),
    ("ServicePort", "protocol", PROTOCOLS),
    ("ServiceSpec", "externalTrafficPolicy", &["Cluster", "Local"]),
    ("ServiceSpec", "internalTrafficPolicy", &["Cluster", "Local"]),
    ("ServiceSpec", "ipFamilyPolicy", &["PreferDualStack", "RequireDualStack", "SingleStack"]),
    ("ServiceSpec", "sessionAffinity", &["ClientIP", "None"]),
    ("ServiceSpec", "type", &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ("StatefulSetSpec", "podManagementPolicy", &["OrderedReady", "Parallel"]),
    ("StatefulSetUpdateStrategy", "type", &["OnDelete", "RollingUpdate"]),
    ("Toleration", "effect", &["", "NoExecute", "NoSchedule", "PreferNoSchedule"]),
    ("TopologySpreadConstraint", "whenUnsatisfiable", CONSTRAINTS),
];

/// Definition, field, its least and its greatest value.
const RANGES: &[(&str, &str, i64, i64)] = &[
    ("ContainerPort", "containerPort", 1, 65535),
    // 0 is the same as none.
    ("ContainerPort", "hostPort", 0, 65535),
    ("DeploymentSpec", "replicas", 0, i32::MAX as i64),
    ("EndpointPort", "port", 1, 65535),
    ("ReplicaSetSpec", "replicas", 0, i32::MAX as i64),
    ("ServicePort", "nodePort", 0, 65535),
    ("ServicePort", "port", 1, 65535),
    ("StatefulSetSpec", "replicas", 0, i32::MAX as i64),
];

/// A field's schema with what is known of it.
pub fn with_limits(definition: &str, field: &str, mut schema: Value) -> Value {
    if let Some((.., values)) = VALUES.iter().find(|(d, f, _)| (*d, *f) == (definition, field)) {
        schema["enum"] = json!(values);
    }
    if let Some((.., least, greatest)) = RANGES.iter().find(|(d, f, ..)| (*d, *f) == (definition, field)) {
        schema["minimum"] = json!(least);
        schema["maximum"] = json!(greatest);
    }
    schema
}
