//! What the conditions say: for each kind, specs that are refused and why, and neighbours that are accepted.

use super::check;
use crate::model::Meta;
use crate::schema::Problems;
use crate::source::SourceId;

fn says(api: &str, kind: &str, spec: &str) -> Vec<String> {
    let text = format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: a, namespace: shop}}\nspec: {spec}\n");
    let stream = crate::yaml::parse(&text);
    assert!(stream.errors.is_empty(), "{spec}: {:?}", stream.errors);
    let root = stream.documents[0].tree.root().expect("an object");
    let meta = Meta::read(SourceId(0), root, "shop").expect("an object");
    let mut out = Problems::default();
    check(&meta, &mut out);
    out.list.into_iter().map(|p| p.says).collect()
}

/// Each spec gives one problem, which begins so.
fn refused(api: &str, kind: &str, cases: &[(&str, &str)]) {
    for (spec, start) in cases {
        let said = says(api, kind, spec);
        assert!(said.len() == 1 && said[0].starts_with(start), "{kind} {spec}: {said:#?} does not begin with {start}");
    }
}

fn accepted(api: &str, kind: &str, specs: &[&str]) {
    for spec in specs {
        let said = says(api, kind, spec);
        assert!(said.is_empty(), "{kind} {spec}: {said:#?}");
    }
}

const NETWORKING: &str = "networking.istio.io/v1";
const SECURITY: &str = "security.istio.io/v1";

/// A VirtualService with one HTTP route.
fn route(fields: &str) -> String {
    format!("{{hosts: [a.com], http: [{{{fields}}}]}}")
}

#[test]
fn virtual_services() {
    let to = "route: [{destination: {host: a}}]";
    refused(
        NETWORKING,
        "VirtualService",
        &[
            ("{hosts: [a.com]}", "has no route"),
            (
                "{hosts: ['*'], http: [{route: [{destination: {host: a}}]}]}",
                "is `*`, but a VirtualService for the mesh",
            ),
            (
                "{hosts: [a.com, '*.com'], http: [{route: [{destination: {host: a}}]}]}",
                "is `*.com`, and `a.com` has some",
            ),
            ("{hosts: [a.com], gateways: [ns/*], http: [{route: [{destination: {host: a}}]}]}", "is `ns/*`, but"),
            (
                "{gateways: [ns/a], http: [{route: [{destination: {host: a}}]}]}",
                "is set, but a VirtualService without `hosts`",
            ),
            ("{hosts: [a.com], tcp: [{match: [{port: 70000}], route: [{destination: {host: a}}]}]}", "is 70000, but"),
            (
                "{hosts: [a.com], tls: [{match: [{sniHosts: [b.com]}], route: [{destination: {host: a}}]}]}",
                "is `b.com`, which none",
            ),
            ("{hosts: [a.com], exportTo: ['~'], http: [{route: [{destination: {host: a}}]}]}", "is `~`, for nobody"),
        ],
    );
    accepted(
        NETWORKING,
        "VirtualService",
        &[
            "{hosts: ['*'], gateways: [ns/a], http: [{route: [{destination: {host: a}}]}]}",
            "{hosts: [10.0.0.1], http: [{route: [{destination: {host: a}}]}]}",
            "{http: [{route: [{destination: {host: a}}]}]}",
            "{hosts: [outbound_.80_._.a.b.c], gateways: [ns/a], tls: [{match: [{sniHosts: [outbound_.80_._.a.b.c]}], route: [{destination: {host: a}}]}]}",
        ],
    );
    for (fields, start) in [
        ("name: a", "has no `route`, `redirect` or `directResponse`"),
        ("redirect: {uri: /a}, rewrite: {uri: /b}", "stands beside `redirect`"),
        ("redirect: {}", "leads nowhere"),
        ("redirect: {uri: /a, redirectCode: 200}", "is 200, but a redirect's"),
        ("route: [{destination: {host: a, subset: 'v 1'}}]", "is `v 1`, which no subset"),
        ("route: [{destination: {host: a, port: {}}}]", "has no `number`"),
        ("route: [{destination: {host: a}, weight: -1}]", "is -1, but a weight"),
        (
            "mirror: {host: a}, mirrors: [{destination: {host: b}}], route: [{destination: {host: a}}]",
            "stands beside `mirror`",
        ),
        ("fault: {}, route: [{destination: {host: a}}]", "has neither `abort` nor `delay`"),
        ("fault: {abort: {grpcStatus: NOPE}}, route: [{destination: {host: a}}]", "is `NOPE`, which is no status"),
        (
            "retries: {attempts: 1, retryOn: '5xx, reset'}, route: [{destination: {host: a}}]",
            "has ` reset`, which is no condition",
        ),
        ("rewrite: {}, route: [{destination: {host: a}}]", "rewrites nothing"),
        ("corsPolicy: {maxAge: 1500ms}, route: [{destination: {host: a}}]", "is `1500ms`, but browsers"),
        ("match: [{headers: {a: {prefix: ''}}}], route: [{destination: {host: a}}]", "is empty, and a prefix"),
        ("match: [{uri: {regex: 'a('}}], route: [{destination: {host: a}}]", "is `a(`, which is no regular expression"),
        (
            "headers: {response: {set: {':status': a}}}, route: [{destination: {host: a}}]",
            "is `:status`, which is no header",
        ),
        (
            "rewrite: {authority: a}, headers: {request: {set: {host: b}}}, route: [{destination: {host: a}}]",
            "sets the authority",
        ),
        ("directResponse: {status: 700}", "is 700, but the status"),
    ] {
        refused(NETWORKING, "VirtualService", &[(&route(fields), start)]);
    }
    for fields in [
        to,
        "redirect: {uri: /a}",
        "directResponse: {status: 200}",
        "match: [{uri: {prefix: ''}}, {withoutHeaders: {a: {regex: '*'}}}], route: [{destination: {host: a}}]",
        "retries: {attempts: 2, retryOn: '5xx,reset,503'}, route: [{destination: {host: a}}]",
        "headers: {request: {set: {host: b, x: '%REQ(a)%'}}}, route: [{destination: {host: a}}]",
        "route: [{destination: {host: a}, weight: 0}, {destination: {host: b}, weight: 1}]",
    ] {
        accepted(NETWORKING, "VirtualService", &[&route(fields)]);
    }
}

#[test]
fn destination_rules() {
    refused(
        NETWORKING,
        "DestinationRule",
        &[
            ("{host: a, trafficPolicy: {}}", "says nothing"),
            ("{host: a, subsets: [{name: v1}, {name: v1}]}", "is `v1`, which another subset"),
            ("{host: a, trafficPolicy: {tls: {mode: MUTUAL, clientCertificate: a}}}", "has no `privateKey`"),
            (
                "{host: a, trafficPolicy: {tls: {mode: SIMPLE, credentialName: a, caCertificates: b}}}",
                "stands beside `credentialName`",
            ),
            ("{host: a, trafficPolicy: {outlierDetection: {maxEjectionPercent: 101}}}", "is 101, but a percentage"),
            (
                "{host: a, trafficPolicy: {outlierDetection: {consecutiveLocalOriginFailures: 1}}}",
                "is set, but local errors",
            ),
            ("{host: a, trafficPolicy: {connectionPool: {}}}", "says nothing"),
            ("{host: a, trafficPolicy: {portLevelSettings: [{port: {number: 80}}]}}", "says nothing of its port"),
            (
                "{host: a, trafficPolicy: {loadBalancer: {consistentHash: {maglev: {tableSize: 4}}}}}",
                "is 4, but has to be a prime",
            ),
            (
                "{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a/*, to: {a/*: 90}}]}}}}",
                "shares out 90 %",
            ),
            (
                "{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {failover: [{from: a, to: a}]}}}}",
                "fails over from a region",
            ),
            ("{host: a, trafficPolicy: {loadBalancer: {warmup: {minimumPercent: 10}}}}", "has no `duration`"),
            (
                "{host: a, exportTo: [., shop], trafficPolicy: {tls: {mode: SIMPLE}}}",
                "is `shop`, which `.` says already",
            ),
            (
                "{host: a, exportTo: ['*'], workloadSelector: {matchLabels: {a: b}}}",
                "is `*`, but a rule with `workloadSelector`",
            ),
        ],
    );
    accepted(
        NETWORKING,
        "DestinationRule",
        &[
            "{host: '*.a.com', trafficPolicy: {tls: {mode: ISTIO_MUTUAL}, portLevelSettings: [{port: {number: 80}, tls: {mode: DISABLE}}]}}",
            "{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a/*, to: {a/*: 90, b: 10}}]}}}}",
            "{host: a, exportTo: [.], workloadSelector: {matchLabels: {a: b}}}",
        ],
    );
}

#[test]
fn gateways() {
    let server = |fields: &str| format!("{{servers: [{{{fields}}}]}}");
    for (fields, start) in [
        ("port: {number: 80, protocol: HTTP, name: a}", "has no `hosts`"),
        ("hosts: [a.com], port: {number: 80, protocol: HTTP}", "has no `name`"),
        ("hosts: [a.com], port: {number: 80, protocol: FOO, name: a}", "is `FOO`, but has to be"),
        ("hosts: [short], port: {number: 80, protocol: HTTP, name: a}", "is `short`, which is a short name"),
        ("hosts: ['*foo.com'], port: {number: 80, protocol: HTTP, name: a}", "is `*foo.com`, but `*`"),
        ("hosts: [a.com], port: {number: 443, protocol: HTTPS, name: a}", "has no `tls`"),
        (
            "hosts: [a.com], port: {number: 80, protocol: HTTP, name: a}, tls: {mode: SIMPLE, credentialName: a}",
            "is set, but protocol HTTP",
        ),
        (
            "hosts: [a.com], port: {number: 443, protocol: TLS, name: a}, tls: {mode: ISTIO_MUTUAL, credentialName: a}",
            "is set, but mode ISTIO_MUTUAL",
        ),
        ("hosts: [a.com], bind: a, port: {number: 80, protocol: HTTP, name: a}", "is `a`, but has to be an IP"),
    ] {
        refused(NETWORKING, "Gateway", &[(&server(fields), start)]);
    }
    for fields in [
        "hosts: ['*', ./a.com, ns/*.b.com, 10.0.0.1], port: {number: 80, protocol: HTTP, name: a}, tls: {httpsRedirect: true}",
        "hosts: ['*.local'], port: {number: 15443, protocol: TLS, name: tls}, tls: {mode: AUTO_PASSTHROUGH}",
        "hosts: [a.com], port: {number: 443, protocol: https, name: a}, tls: {mode: MUTUAL, credentialName: a}",
    ] {
        accepted(NETWORKING, "Gateway", &[&server(fields)]);
    }
}

#[test]
fn entries_and_workloads() {
    refused(
        NETWORKING,
        "ServiceEntry",
        &[
            ("{hosts: ['*'], ports: [{number: 80, name: a, protocol: HTTP}]}", "is `*`, but a ServiceEntry"),
            ("{hosts: [a.com], resolution: NONE, endpoints: [{address: 1.1.1.1}]}", "is set, but with resolution NONE"),
            ("{hosts: [a.com], resolution: DNS, addresses: [10.0.0.0/8]}", "is `10.0.0.0/8`, but with resolution DNS"),
            ("{hosts: [a.com, b.com], resolution: DNS, ports: [{number: 80, name: a, protocol: TCP}]}", "is of bytes"),
            (
                "{hosts: ['*.a.com'], resolution: DNS, ports: [{number: 80, name: a, protocol: HTTP}]}",
                "is `*.a.com`, which nobody",
            ),
            (
                "{hosts: [a.com], resolution: STATIC, endpoints: [{address: b.com}]}",
                "is `b.com`, but with resolution STATIC",
            ),
            (
                "{hosts: [a.com], resolution: STATIC, endpoints: [{address: 'unix:///a/'}], ports: [{number: 80, name: a}]}",
                "is no socket",
            ),
            ("{hosts: [a.com], ports: [{number: 80, name: a_b, protocol: HTTP}]}", "is `a_b`, but a port's name"),
            ("{hosts: [a.com], resolution: DYNAMIC_DNS}", "is `a.com`, but resolution DYNAMIC_DNS"),
        ],
    );
    accepted(
        NETWORKING,
        "ServiceEntry",
        &[
            "{hosts: [a.com, b.com], resolution: DNS, ports: [{number: 443, name: a, protocol: TLS}], exportTo: ['~']}",
            "{hosts: ['*.a.com'], resolution: NONE, ports: [{number: 80, name: a, protocol: HTTP}]}",
            "{hosts: [a.com], resolution: STATIC, endpoints: [{address: 'unix:///a'}], ports: [{number: 80, name: a}]}",
            "{hosts: [a.b.global], resolution: STATIC, endpoints: [{address: gw.example.com}], ports: [{number: 80, name: a}]}",
        ],
    );
    refused(
        NETWORKING,
        "WorkloadEntry",
        &[
            ("{}", "has no `address`"),
            ("{address: 'a b'}", "is `a b`, which is neither"),
            ("{address: 'unix:///a', ports: {a: 80}}", "is set, but a socket"),
            ("{address: 1.1.1.1, labels: {'.': a}}", "is no name of a label"),
        ],
    );
    accepted(
        NETWORKING,
        "WorkloadEntry",
        &["{network: a}", "{address: a.com, ports: {http: 80}}", "{address: 'unix://@a'}"],
    );
    refused(
        NETWORKING,
        "WorkloadGroup",
        &[
            ("{template: {}, probe: {httpGet: {}}}", "has no `port`"),
            ("{template: {}, probe: {exec: {}}}", "has no `command`"),
            ("{template: {}, probe: {httpGet: {port: 80, scheme: FTP}}}", "is `FTP`"),
        ],
    );
}

#[test]
fn sidecars() {
    refused(
        NETWORKING,
        "Sidecar",
        &[
            ("{}", "says nothing"),
            ("{egress: [{hosts: [a.com]}]}", "is `a.com`, but has to be `namespace/host`"),
            ("{egress: [{hosts: [./*]}, {hosts: [./*]}]}", "is for all ports"),
            ("{egress: [{port: {number: 80, protocol: HTTP, name: a}}]}", "has no `hosts`"),
            (
                "{ingress: [{port: {number: 80, protocol: HTTP, name: a}, defaultEndpoint: 'a:80'}]}",
                "is `a:80`, but has to be",
            ),
            (
                "{ingress: [{port: {number: 80, protocol: HTTP}}, {port: {number: 80, protocol: HTTP}}]}",
                "is 80, which another",
            ),
            (
                "{outboundTrafficPolicy: {mode: REGISTRY_ONLY, egressProxy: {host: a, port: {number: 80}}}}",
                "is set, but only mode",
            ),
        ],
    );
    accepted(
        NETWORKING,
        "Sidecar",
        &[
            "{egress: [{port: {number: 80, protocol: HTTP}, hosts: [./*]}, {hosts: ['*/*', ~/*, ns/*.a.com]}]}",
            "{ingress: [{port: {number: 80, protocol: HTTP}, defaultEndpoint: '[::1]:80'}]}",
            "{outboundTrafficPolicy: {mode: ALLOW_ANY}}",
        ],
    );
}

#[test]
fn policies() {
    refused(
        SECURITY,
        "AuthorizationPolicy",
        &[
            ("{action: DENY}", "has no `rules`"),
            ("{action: CUSTOM, rules: [{}]}", "does not name the provider"),
            ("{rules: [{from: []}]}", "is an empty list"),
            ("{rules: [{from: [{source: {}}]}]}", "is empty, and would match nothing"),
            ("{rules: [{from: [{source: {ipBlocks: [10.0.0.256]}}]}]}", "is `10.0.0.256`, which is neither"),
            (
                "{rules: [{from: [{source: {serviceAccounts: [a/b], principals: [c]}}]}]}",
                "stands beside service accounts",
            ),
            ("{rules: [{to: [{operation: {ports: [http]}}]}]}", "is `http`, but ports"),
            ("{rules: [{to: [{operation: {paths: ['/{**}/{*}']}}]}]}", "is `/{**}/{*}`, but"),
            ("{rules: [{when: [{key: foo, values: [a]}]}]}", "is `foo`, which names nothing"),
            ("{rules: [{when: [{key: source.ip}]}]}", "has neither `values` nor `notValues`"),
            ("{selector: {matchLabels: {a: 'b*'}}}", "is `b*`: labels are selected"),
            ("{targetRefs: [{kind: Deployment, group: apps, name: a}]}", "is to `apps/Deployment`, but"),
        ],
    );
    accepted(
        SECURITY,
        "AuthorizationPolicy",
        &[
            "{}",
            "{action: DENY, rules: [{}]}",
            "{rules: [{from: [{source: {principals: ['*']}}], to: [{operation: {paths: ['/a/{*}/{**}', '/a*']}}]}]}",
            "{rules: [{when: [{key: 'request.auth.claims[a]', values: [b]}]}]}",
            "{targetRefs: [{kind: Service, group: '', name: a}]}",
        ],
    );
    refused(
        SECURITY,
        "PeerAuthentication",
        &[
            ("{portLevelMtls: {80: {mode: STRICT}}}", "is set without a `selector`"),
            ("{selector: {matchLabels: {a: b}}, portLevelMtls: {70000: {mode: STRICT}}}", "is `70000`, but"),
        ],
    );
    accepted(
        SECURITY,
        "PeerAuthentication",
        &["{selector: {matchLabels: {a: b}}, portLevelMtls: {80: {mode: STRICT}}}"],
    );
    refused(
        SECURITY,
        "RequestAuthentication",
        &[
            ("{jwtRules: [{}]}", "has neither `issuer` nor `jwksUri`"),
            ("{jwtRules: [{issuer: a, jwks: foo}]}", "is `foo`, which is no set of keys"),
            ("{jwtRules: [{issuer: a, jwksUri: 'ftp://a'}]}", "is `ftp://a`, which is no URL"),
            ("{jwtRules: [{issuer: a, outputClaimToHeaders: [{claim: a}]}]}", "needs both"),
        ],
    );
    accepted(
        SECURITY,
        "RequestAuthentication",
        &[
            "{jwtRules: [{issuer: a, jwks: '{\"keys\": []}', fromHeaders: [{name: a}], outputClaimToHeaders: [{claim: a, header: x-a}]}]}",
        ],
    );
}

#[test]
fn telemetry_and_extensions() {
    refused(
        "telemetry.istio.io/v1",
        "Telemetry",
        &[
            ("{tracing: [{randomSamplingPercentage: -1}]}", "is -1, but a percentage"),
            ("{metrics: [{overrides: [{tagOverrides: {a: {operation: REMOVE, value: b}}}]}]}", "is set, but REMOVE"),
            ("{accessLogging: [{providers: [{}]}]}", "does not name a provider"),
        ],
    );
    refused(
        "extensions.istio.io/v1alpha1",
        "WasmPlugin",
        &[
            ("{}", "has no `url`"),
            ("{url: 'ftp://a/b'}", "is `ftp://a/b`, but has to be a URL"),
            ("{url: a.com/b, sha256: abc}", "is `abc`, but has to be 64 digits"),
            ("{url: a.com/b, match: [{ports: [{number: 0}]}]}", "is 0, but"),
            (
                "{url: a.com/b, vmConfig: {env: [{name: A, valueFrom: HOST, value: b}]}}",
                "is set, but `valueFrom: HOST`",
            ),
        ],
    );
    accepted(
        "extensions.istio.io/v1alpha1",
        "WasmPlugin",
        &["{url: 'oci://a.com/b:1'}", "{url: a.com/b}", "{url: 'file:///a'}"],
    );
    refused(
        "extensions.istio.io/v1alpha1",
        "TrafficExtension",
        &[("{}", "has neither"), ("{lua: {}}", "has no `inlineCode`")],
    );
}

#[test]
fn envoy_filters() {
    let patch = |fields: &str| format!("{{configPatches: [{{{fields}}}]}}");
    for (fields, start) in [
        ("patch: {operation: REMOVE}", "does not say what it applies to"),
        ("applyTo: CLUSTER", "has no `patch`"),
        ("applyTo: CLUSTER, patch: {operation: MERGE}", "has no `value`"),
        ("applyTo: CLUSTER, match: {listener: {}}, patch: {operation: REMOVE}", "is set, but a patch of CLUSTER"),
        ("applyTo: LISTENER, match: {proxy: {proxyVersion: '('}}, patch: {operation: REMOVE}", "is `(`, which"),
        (
            "applyTo: NETWORK_FILTER, match: {listener: {filterChain: {filter: {}}}}, patch: {operation: REMOVE}",
            "has no `name`",
        ),
        (
            "applyTo: CLUSTER, patch: {operation: MERGE, value: {typed_config: {'@type': type.googleapis.com/envoy.a.v2.B}}}",
            "is `type.googleapis.com/envoy.a.v2.B`, which",
        ),
    ] {
        refused("networking.istio.io/v1alpha3", "EnvoyFilter", &[(&patch(fields), start)]);
    }
    accepted(
        "networking.istio.io/v1alpha3",
        "EnvoyFilter",
        &[
            &patch(
                "applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation: INSERT_BEFORE, value: {name: a}}",
            ),
            &patch(
                "applyTo: CLUSTER, match: {context: WAYPOINT, waypoint: {portNumber: 80}}, patch: {operation: MERGE}",
            ),
        ],
    );
}

#[test]
fn only_authorization_is_tried_out() {
    let says = |kind: &str, value: &str| {
        let text = format!(
            "apiVersion: {SECURITY}\nkind: {kind}\nmetadata:\n  name: a\n  annotations:\n    istio.io/dry-run: {value}\nspec: {{}}\n"
        );
        let stream = crate::yaml::parse(&text);
        let meta =
            Meta::read(SourceId(0), stream.documents[0].tree.root().expect("a root"), "shop").expect("an object");
        let mut out = Problems::default();
        check(&meta, &mut out);
        out.list.len()
    };
    assert_eq!(
        [
            says("AuthorizationPolicy", "'true'"),
            says("AuthorizationPolicy", "maybe"),
            says("PeerAuthentication", "'true'")
        ],
        [0, 1, 1]
    );
}
