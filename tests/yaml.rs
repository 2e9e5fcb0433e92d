//! Reading YAML as Kubernetes' own reader does, with errors at their exact places.

use meshlint::source::Source;
use meshlint::yaml::{Node, SyntaxError, parse};

/// What each document reads as: its JSON, or `line:column-column message` of its error.
fn read(text: &str) -> Vec<String> {
    let source = Source::new("test.yaml", text);
    let stream = parse(text);
    let mut all: Vec<(u32, String)> = Vec::new();
    for document in &stream.documents {
        let root = document.tree.root().expect("documents that are kept hold something");
        all.push((document.span.start, root.to_json().to_string()));
    }
    for error in &stream.errors {
        let start = source.position(error.span.start);
        let width = text[error.span.range()].chars().count() as u32;
        let place = format!("{}:{}-{}", start.line, start.column, start.column + width);
        all.push((error.span.start, format!("{place} {}", error.message)));
    }
    all.sort_by_key(|(start, _)| *start);
    all.into_iter().map(|(_, shown)| shown).collect()
}

#[track_caller]
fn reads(text: &str, documents: &[&str]) {
    let shown: String = text.chars().take(200).collect();
    assert_eq!(read(text), documents, "{shown:?}");
}

#[track_caller]
fn only_error(text: &str) -> SyntaxError {
    let stream = parse(text);
    assert_eq!((stream.documents.len(), stream.errors.len()), (0, 1), "{text:?}: {:?}", read(text));
    stream.errors.into_iter().next().expect("there is one")
}

#[test]
fn documents_and_line_ends() {
    reads("", &[]);
    reads("# nothing\n\n  # here\n", &[]);
    reads("---\n---\nhost: a\n---\n# nothing\n---\n", &[r#"{"host":"a"}"#]);
    reads("--- # first\nhost: a\n---   \nhost: b", &[r#"{"host":"a"}"#, r#"{"host":"b"}"#]);
    reads("\u{feff}host: a\n---\n\u{feff}host: b\n", &[r#"{"host":"a"}"#, r#"{"host":"b"}"#]);
    reads(
        "host: a\r\ntext: |\r\n  one\r\n  two\r\nkey: 'x\r\n\r\n  y'\r\n---\r\nhost: b\r\n",
        &[r#"{"host":"a","key":"x\ny","text":"one\ntwo\n"}"#, r#"{"host":"b"}"#],
    );
    reads("host: a\rport: 80\r", &[r#"{"host":"a","port":80}"#]);
    reads("host: a\n...\n---\nhost: b\n", &[r#"{"host":"a"}"#, r#"{"host":"b"}"#]);
    reads("plain text\n", &[r#""plain text""#]);
}

#[test]
fn separators_with_text_are_errors() {
    reads(
        "host: a\n--- text\nhost: b\n---\nhost: c\n",
        &[
            r#"{"host":"a"}"#,
            "2:1-4 `text` after a `---` that separates documents",
            r#"{"host":"b"}"#,
            r#"{"host":"c"}"#,
        ],
    );
    reads("---foo: 1\n", &["1:1-4 `foo: 1` after a `---` that separates documents"]);
    reads("host: a\n----\n", &[r#"{"host":"a"}"#, "2:1-4 `-` after a `---` that separates documents"]);
}

#[test]
fn a_broken_document_costs_only_itself() {
    reads(
        "host: a\n---\nhosts: [a, b\nport: 80\n---\nhost: c\n",
        &[r#"{"host":"a"}"#, "3:8-9 unclosed `[`", r#"{"host":"c"}"#],
    );
    reads(
        "host: a\n---\nhost: \"b\nport: 80\n---\nhost: c\n",
        &[r#"{"host":"a"}"#, "3:7-8 unclosed `\"`", r#"{"host":"c"}"#],
    );
    reads(
        "host: ä\n---\nhöst: b\n bad: ü\n---\nhost: c\n",
        &[r#"{"host":"ä"}"#, "4:5-6 a key cannot stand here: the line continues the value above it", r#"{"host":"c"}"#],
    );
}

#[test]
fn scalars_are_read_as_kubernetes_reads_them() {
    reads("[on, Off, y, N, \"yes\", TRUE, ~, null, ]", &[r#"[true,false,true,false,"yes",true,null,null]"#]);
    reads("[0644, 0o17, 0x1F, 0b11, 08, 1_000, 1e3, 1., .5]", &["[420,15,31,3,8,1000,1000,1,0.5]"]);
    reads("[18446744073709551615, -9223372036854775808]", &["[18446744073709551615,-9223372036854775808]"]);
    reads("[12:30:45, 2024-01-31, 1e999, 123e4567]", &[r#"["12:30:45","2024-01-31","1e999","123e4567"]"#]);
    reads("[!!str 1, !own 2, !!binary bWVzaA==, !!int \"3\", !!float 4]", &[r#"["1","2","mesh",3,4]"#]);
    reads(r#"["\u00e9\x41\U0001F600\t", 'it''s']"#, &[r#"["éA😀\t","it's"]"#]);
    reads("host: ${HOST}\nport: x-${PORT:-80}", &[r#"{"host":"${HOST}","port":"x-${PORT:-80}"}"#]);
    reads("a:\tb\nc: d\t# e\n", &[r#"{"a":"b","c":"d"}"#]);
}

#[test]
fn scalars_of_many_lines() {
    reads("a: one\n  two\n\n  three\nb: 'x\n\n\n  y'\n", &[r#"{"a":"one two\nthree","b":"x\n\ny"}"#]);
    reads("a: \"x \\\n   y\\\n\n  z\"", &[r#"{"a":"x y\nz"}"#]);
    reads("a: |-\n  x\n\n   y\n\nb: >+\n  x\n  y\n\n   z\n\n", &[r#"{"a":"x\n\n y","b":"x y\n\n z\n\n"}"#]);
    reads("- |2\n   x\n- |\n\n- >-\n\n  x", &[r#"[" x\n","","\nx"]"#]);
    reads("a: |\n  x", &[r#"{"a":"x\n"}"#]);
}

#[test]
fn collections() {
    reads("a:\n- 1\n- - 2\n  - 3\n-\nb: 4", &[r#"{"a":[1,[2,3],null],"b":4}"#]);
    reads("{\"a\":1,b: [true, null,],\"c\":{},d: }", &[r#"{"a":1,"b":[true,null],"c":{},"d":null}"#]);
    reads("a:\n  b: [\n  1,\n  2\n]\nc: {x: 1,\n y: 2}\n", &[r#"{"a":{"b":[1,2]},"c":{"true":2,"x":1}}"#]);
    reads("{\n\t\"a\": [\n\t\t1\n\t]\n}\n", &[r#"{"a":[1]}"#]);
    reads("[a: 1, b]", &[r#"[{"a":1},"b"]"#]);
}

#[test]
fn keys_are_text() {
    reads("on: 1\n0x10: 2\n1.50: 3\n\"y\": 4\n", &[r#"{"1.5":3,"16":2,"true":1,"y":4}"#]);
    reads("~: 1", &["1:1-2 a key of a mapping cannot be empty or `null`"]);
    reads(": 1", &["1:1-2 a key of a mapping cannot be empty or `null`"]);
    reads("? [a, b]\n: c", &["1:3-4 a key of a mapping has to be a plain value, not a list or a mapping"]);
    reads("? a\n: b", &[r#"{"a":"b"}"#]);
    reads("a: &k x\n*k : z\n", &[r#"{"a":"x","x":"z"}"#]);
    reads(&format!("{}: 1", "k".repeat(2000)), &["1:2001-2002 a key of more than 1024 characters"]);
}

#[test]
fn the_last_of_repeated_keys_wins_and_is_reported() {
    let text = "a: 1\nb: {x: 1, \"x\": 2}\na: 3\non: 4\ntrue: 5\n";
    reads(text, &[r#"{"a":3,"b":{"x":2},"true":5}"#]);
    let stream = parse(text);
    let places = stream.documents[0].duplicates.iter().map(|d| (&text[d.first.range()], &text[d.last.range()]));
    assert_eq!(places.collect::<Vec<_>>(), [("x", "\"x\""), ("a", "a"), ("on", "true")]);
}

#[test]
fn anchors_and_merges() {
    reads("a: &x {p: 1}\nb: *x\n", &[r#"{"a":{"p":1},"b":{"p":1}}"#]);
    reads("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n", &[r#"{"a":{"p":1,"q":2},"b":{"p":1,"q":3}}"#]);
    // What stands later wins, in Kubernetes' reader over what is merged, too.
    reads("a: &x {p: 1, q: 2}\nb:\n  q: 3\n  <<: *x\n", &[r#"{"a":{"p":1,"q":2},"b":{"p":1,"q":2}}"#]);
    reads(
        "a: &a {p: 1}\nb: &b {p: 9, r: 2}\nc:\n  <<: [*a, *b]\n",
        &[r#"{"a":{"p":1},"b":{"p":9,"r":2},"c":{"p":1,"r":2}}"#],
    );
    let bad = "`<<` takes over the keys of a mapping, or of a list of mappings, and this is neither";
    reads("a:\n  <<: 5\n", &[&format!("2:7-8 {bad}")]);
    reads("a:\n  <<: [{b: 1}, [c]]\n", &[&format!("2:16-17 {bad}")]);
    reads("a: &x [1]\nb:\n  <<: *x\n", &[&format!("3:7-8 {bad}")]);
    reads("a:\n  \"<<\": 5\n", &[r#"{"a":{"<<":5}}"#]);
    let unknown = "`*nope` is read as an alias, and no `&nope` stands before it in this document";
    reads("a: *nope\nb: 1\n", &[&format!("1:4-9 {unknown}")]);
    reads(
        "a: &x 1\n---\nb: *x\n",
        &[r#"{"a":1}"#, "3:4-6 `*x` is read as an alias, and no `&x` stands before it in this document"],
    );
    reads("a: &x [*x]\n", &["1:8-10 alias `*x` stands inside the value that it names"]);
    assert_eq!(only_error("hosts: [*.example.com]\n").help.as_deref(), Some("write \"*.example.com\" if it is a text"));
}

#[test]
fn what_grows_without_bound_is_refused() {
    let mut bomb = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_string();
    for i in 1..10 {
        bomb += &format!("b{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "));
    }
    reads(&bomb, &["1:1-38 the aliases of this document expand to far more values than are written"]);
    reads(&"[".repeat(10_000), &["1:251-252 nested more than 250 levels deep"]);
    reads(&format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000)), &["1:254-255 nested more than 250 levels deep"]);
    reads(&"- ".repeat(10_000), &["1:501-502 nested more than 250 levels deep"]);
    let deep: String = (0..5_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    reads(&deep, &["251:251-252 nested more than 250 levels deep"]);
    let mixed = format!("{}{}{}", "- ".repeat(200), "{a: ".repeat(200), "}".repeat(200));
    reads(&mixed, &["1:601-602 nested more than 250 levels deep"]);
    let fine = format!("{}{}", "[".repeat(240), "]".repeat(240));
    reads(&fine, &[&fine]);
}

#[test]
fn characters_that_may_not_stand_in_yaml() {
    reads("a: b\0c\n", &["1:5-6 the character U+0000 may not stand in YAML"]);
    reads("a: 1\n---\nä: \"b\u{7}c\"\n", &[r#"{"a":1}"#, "3:6-7 the character U+0007 may not stand in YAML"]);
    reads("a: b # \u{1b}[0m\n", &["1:8-9 the character U+001B may not stand in YAML"]);
    reads("a: 1\n\u{feff}b: 2\n", &["2:1-2 a byte order mark in the middle of the text"]);
}

#[test]
fn tabs_do_not_indent() {
    for (text, place) in [
        ("a:\n\tb: 1\n", "2:1-2"),
        ("a:\n  b: 1\n  \tc: 2\n", "3:3-4"),
        ("a: 1\n\t\nb: 2\n", "2:1-2"),
        ("a: 1\n\t", "2:1-2"),
        ("a:\n  -\tb\n", "2:4-5"),
        ("a: |\n  \tb\n", "2:3-4"),
        ("a: \"b\"\n\t# c\nd: 1\n", "2:1-2"),
        ("a: 1\n---\nb:\n  - c\n\t- d\n", "5:1-2"),
    ] {
        assert!(
            read(text).iter().any(|r| *r == format!("{place} a tab used for indentation")),
            "{text:?}: {:?}",
            read(text)
        );
    }
}

#[test]
fn errors_are_said_in_words() {
    for (text, error) in [
        (
            "apiVersion: v1\nkind Service\nmetadata: {}\n",
            "2:1-13 no `: ` on a line that should hold a key and its value",
        ),
        ("a: 1\nb:c\nd: 2\n", "2:1-4 no `: ` on a line that should hold a key and its value"),
        ("a: b: c\n", "1:5-6 a second `:` on one line: the value has to be quoted"),
        ("a:\n   b: 1\n  c: 2\n", "3:3-7 this line's indentation fits no level above it"),
        ("a: 1\n- b\n", "2:1-2 a list item between the keys of a mapping"),
        ("- a\nb: 1\n", "2:1-5 neither an item of the list above nor indented like anything before it"),
        ("a: @b\n", "1:4-5 a value cannot begin with `@`"),
        ("a: %b\n", "1:4-5 a value cannot begin with `%`"),
        ("a: `b`\n", "1:4-5 a value cannot begin with ```"),
        ("a: {b: 1]\n", "1:4-5 `{` is closed with `]`"),
        ("a: b]\nc: ]\n", "2:4-5 `]` closes nothing"),
        ("a: [b c: d]\n- e: f\n", "2:1-2 a list item between the keys of a mapping"),
        ("a: [b \"c\"]\n  d: e\n", "2:3-7 this line's indentation fits no level above it"),
        ("a: \"b\" c\n", "1:8-9 text after the closing `\"`"),
        ("a: 'b'c\n", "1:7-8 text after the closing `'`"),
        ("a: [b] c\n", "1:8-9 text after the value"),
        ("a: [b, , c]\n", "1:8-9 `,` where a value should stand"),
        ("a: {b: 1 c: 2}\n", "1:11-12 expected `,` or `}` before this"),
        ("a: - b\n", "1:4-5 a list item cannot begin here"),
        ("a: \"\\d\"\n", "1:5-7 `\\d` is not an escape that YAML knows"),
        ("a: \"\\x4\"\n", "1:5-8 `\\x4` is followed by too few digits"),
        ("a: \"\\\\ \\ud800\"\n", "1:8-14 `\\ud800` stands for no character"),
        ("a: \"b\\/c\"\n", "1:6-8 `\\/` is an escape of JSON, which Kubernetes refuses in YAML"),
        ("a: | b\n  c\n", "1:4-5 text on the line of a `|`"),
        ("a: >0\n  c\n", "1:4-5 the digit after `>` says how deep the text is indented: it cannot be 0"),
        ("a: b # c\n  d\n", "1:6-9 a comment within a value of several lines"),
        ("a: 'b'#c\n", "1:7-8 no space before the `#` of a comment"),
        ("a: .inf\n", "1:4-8 `.inf` is not a finite number, and Kubernetes takes no other"),
        (
            "a: [x?y=1]\n",
            "1:6-7 an unquoted `?` within brackets or braces, which Kubernetes reads as the start of a key",
        ),
        ("{\"a\"\n  : 1}\n", "2:3-4 a `:` on another line than the start of its key, which Kubernetes refuses"),
        ("a: !!int x\n", "1:10-11 the tag before this value does not suit it"),
        ("a: !!binary x\n", "1:13-14 `!!binary` stands before this value, which is not base64"),
        ("%YAML 1.2\n", "1:1-10 a `%` line is a YAML directive, which Kubernetes refuses"),
        (
            "  a: 1\nb: 2\n",
            "2:1-5 this does not belong to the document above it; Kubernetes ignores it, and all that follows",
        ),
    ] {
        reads(text, &[error]);
    }
}

#[test]
fn templates_are_told_from_broken_manifests() {
    for text in [
        "{{- if .Values.x }}\na: 1\n{{- end }}\n",
        "a: {{ .Values.x }}\nb: 1\n",
        "a:\n  b: {{ .Values.x | quote }}-c\n",
        "a: 1\nb:\n{{ toYaml .Values.b | indent 2 }}\n",
        "a: b\n  {{- with .Values.c }}\n  c: d\n  {{- end }}\n",
        "a:\n{%- for x in y %}\n  - {{ x }}\n{%- endfor %}\n",
    ] {
        let error = only_error(text);
        assert!(
            error.template && error.help.is_some_and(|h| h.contains("render it first")),
            "{text:?}: {}",
            error.message
        );
    }
    assert!(!only_error("a: \"{{ $labels.x }} is down\"\nb: ok\nc: [\n").template);
    assert!(parse("a: \"{{ .x }}\"\nb: pre-{{ .x }}\n").errors.is_empty());
    let place = only_error("a: {{ .Values.x }}\n").span;
    assert_eq!((place.start, place.end), (3, 18));
}

#[test]
fn places_of_nodes() {
    let text = "a:\n- x  # c | d\n-\n- - y\nb: | # e | f\n\n  t\n\nc: \"q\" \nd: {e: [1 ]}\nf:\n";
    let stream = parse(text);
    let root = stream.documents[0].tree.root().expect("it holds something");
    let at = |path: &[&str]| root.at_path(path).map(|n| &text[n.span().range()]);
    assert_eq!(at(&["a"]), Some("- x  # c | d\n-\n- - y"));
    assert_eq!(at(&["b"]), Some("| # e | f\n\n  t"));
    assert_eq!(at(&["c"]), Some("\"q\""));
    assert_eq!(at(&["d"]), Some("{e: [1 ]}"));
    assert_eq!(at(&["d", "e"]), Some("[1 ]"));
    let absent = root.get("f").expect("it is there").span();
    assert_eq!((absent.start as usize, absent.end as usize), (text.len() - 1, text.len() - 1));
    let items: Vec<_> = root.get("a").expect("it is there").items().map(|i| &text[..i.span().start as usize]).collect();
    assert!(items[1].ends_with("\n-") && items[2].ends_with("\n- "), "{items:?}");
    assert_eq!(root.span().end as usize, text.len() - 1);
    assert_eq!(root.pointer_to(root.at_path(&["d", "e"]).expect("it is there").span()), "/d/e");
}

#[test]
fn time_and_memory_grow_with_the_text_only() {
    let keys: String = (0..20_000).map(|i| format!("key-{i}: {i}\n")).collect();
    assert_eq!(parse(&keys).documents[0].tree.len(), 40_001);
    let documents = "a: b\n---\n".repeat(20_000);
    assert_eq!(parse(&documents).documents.len(), 20_000);
    let scalars = "- |\n\n- # c\n".repeat(10_000);
    assert_eq!(parse(&scalars).documents[0].tree.len(), 20_001);
    let merges: String = (0..2_000).map(|i| format!("k{i}: &k{i} {{a: {i}}}\n")).collect();
    let text =
        format!("{merges}all:\n  <<: [{}]\n", (0..2_000).map(|i| format!("*k{i}")).collect::<Vec<_>>().join(", "));
    // Far more than 1024 characters: such a list cannot be a key, but a value.
    assert_eq!(parse(&text).errors, []);
}

#[test]
fn the_lengths_of_keys_hide_none_of_them() {
    let text =
        "base: &base {ab: 1, \"c\\u0064\": 2}\nplain: {a: 1, bcd: 2, 'efg h': 3}\nmerged: {<<: *base, long: 4}\n";
    let stream = parse(text);
    let root = stream.documents[0].tree.root().expect("a mapping");
    for name in ["base", "plain", "merged"] {
        let mapping = root.get(name).expect("it is there");
        for (key, value) in mapping.entries() {
            let key = key.text().expect("a text");
            assert_ne!(mapping.key_lengths() & Node::length_bit(key.len()), 0, "{name}: {key}");
            assert_eq!(mapping.get(key).and_then(|n| n.text()), value.text(), "{name}: {key}");
        }
    }
    let plain = root.get("plain").expect("it is there");
    // One of the keys is in quotes, which may hide what it reads as.
    assert_eq!(plain.key_lengths(), u64::MAX);
    let merged = root.get("merged").expect("it is there");
    assert_eq!(merged.each_entry().count(), 3);
    assert_eq!(root.key_lengths(), Node::length_bit(4) | Node::length_bit(5) | Node::length_bit(6));
    assert_eq!(plain.get("a").expect("a number").key_lengths(), 0);
}
