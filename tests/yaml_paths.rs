//! The fast way of reading YAML and the one that takes all of it have to agree: on texts of all styles, and on what
//! becomes of those when bytes and lines of them are changed at random (from fixed numbers).

use std::sync::Arc;

use meshlint::yaml::{Document, fast_documents, load_document, split};

const SEEDS: [&str; 7] = [
    include_str!("yaml_seeds/service.yaml"),
    include_str!("yaml_seeds/texts.yaml"),
    include_str!("yaml_seeds/lists.yaml"),
    include_str!("yaml_seeds/object.json"),
    include_str!("yaml_seeds/windows.yaml"),
    include_str!("yaml_seeds/other.yaml"),
    include_str!("yaml_seeds/twice.yaml"),
];

/// What is put into texts.
const PIECES: [&str; 60] = [
    "\n",
    "\n\n",
    "\n  ",
    "\n    ",
    " ",
    "  ",
    ": ",
    ":",
    " :",
    "- ",
    "-",
    "? ",
    "#",
    " # c",
    "'",
    "\"",
    "''",
    "\\",
    "\\n",
    "\\\"",
    "\\\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "|",
    "|-\n",
    "|+\n",
    ">\n",
    ">-\n",
    "|2\n",
    "\t",
    "\r\n",
    "\r",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "~",
    "null",
    "a: b",
    "a:\n",
    "\n- a",
    "é",
    "\u{feff}",
    "...",
    "\n...\n",
    "%",
    "@",
    "`",
    "\0",
    "\u{7f}",
    "\u{85}",
    ".inf",
    "0x1F",
    "\\x41",
    "\"k\": \"v\"\n",
    "{a: b, c: [d, \"e\"]}",
];

/// xorshift*: numbers that are the same on each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

fn changed(numbers: &mut Numbers, text: &str, other: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len() + 1);
        let to = (at + 1 + numbers.below(4)).min(bytes.len());
        let piece = PIECES[numbers.below(PIECES.len())];
        match numbers.below(10) {
            0 => drop(bytes.drain(at.min(to)..to)),
            1..=3 => drop(bytes.splice(at..at, piece.bytes())),
            4 => drop(bytes.splice(at.min(to)..to, piece.bytes())),
            5 => bytes.truncate(at),
            6 => {
                let copy = bytes[at..(at + numbers.below(30)).min(bytes.len())].to_vec();
                let into = numbers.below(bytes.len() + 1);
                drop(bytes.splice(into..into, copy));
            }
            7 => {
                let lines: Vec<&[u8]> = other.as_bytes().split_inclusive(|&b| b == b'\n').collect();
                let first = numbers.below(lines.len());
                let last = (first + 1 + numbers.below(6)).min(lines.len());
                let line = bytes[..at].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
                drop(bytes.splice(line..line, lines[first..last].concat()));
            }
            _ => change_lines(numbers, &mut bytes),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn change_lines(numbers: &mut Numbers, bytes: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
    let (first, second) = (numbers.below(lines.len()), numbers.below(lines.len()));
    let count = 1 + numbers.below(3);
    let last = (first + 1 + numbers.below(4)).min(lines.len());
    match numbers.below(5) {
        0 => drop(lines.drain(first.min(last)..last)),
        1 if !lines.is_empty() => lines.insert(second, lines[first].clone()),
        2 if !lines.is_empty() => lines.swap(first, second),
        3 => lines[first.min(last)..last].iter_mut().for_each(|l| drop(l.splice(0..0, vec![b' '; count]))),
        _ => lines[first.min(last)..last].iter_mut().for_each(|l| {
            let spaces = l.iter().take(count).take_while(|&&b| b == b' ').count();
            drop(l.drain(..spaces));
        }),
    }
    *bytes = lines.concat();
}

/// Panics where the two ways differ; else how many documents the fast one took.
fn compare(text: &str) -> usize {
    let shared = Arc::from(text);
    let mut fast = fast_documents(&shared);
    let mut taken = 0;
    for span in split(text) {
        let Some(document) = fast(span) else { continue };
        taken += 1;
        match load_document(&shared, span) {
            Ok(same) if same == document => {}
            Ok(other) => panic!("{text:?}\nfast: {}\nload: {}", show(document), show(other)),
            Err(error) => panic!("{text:?}\nfast: {}\nload: {}", show(document), error.message),
        }
    }
    taken
}

fn show(document: Option<Document>) -> String {
    document.map_or_else(String::new, |d| format!("{:?}, {:?}", d.tree.root(), d))
}

#[test]
fn the_fast_way_takes_what_manifests_are_made_of() {
    let documents: Vec<usize> = SEEDS.iter().map(|text| compare(text)).collect();
    // All but the one with anchors, tags and tabs.
    assert_eq!(documents, [2, 1, 1, 1, 1, 0, 1]);
}

#[test]
fn both_ways_agree_on_changed_texts() {
    let mut numbers = Numbers(0x6d65_7368_6c69_6e74);
    let mut taken = 0;
    let rounds = 20_000;
    for _ in 0..rounds {
        let (text, other) = (SEEDS[numbers.below(SEEDS.len())], SEEDS[numbers.below(SEEDS.len())]);
        taken += compare(&changed(&mut numbers, text, other));
    }
    // If the fast way gave up on everything, this test would say nothing.
    assert!(taken > rounds / 5, "only {taken} documents of {rounds} texts were read the fast way");
}

#[test]
fn both_ways_agree_on_small_texts() {
    let mut numbers = Numbers(0x7961_6d6c);
    for _ in 0..100_000 {
        let length = 1 + numbers.below(9);
        let text: String = (0..length).map(|_| PIECES[numbers.below(PIECES.len())]).collect();
        compare(&text);
    }
}

#[test]
fn both_ways_agree_on_what_is_large() {
    let keys: String = (0..500).map(|i| format!("key-{}: {i}\n", i % 400)).collect();
    let nested: String = (0..100).map(|i| format!("{}a:\n", "  ".repeat(i))).collect();
    let brackets = format!("a: {}{}\n", "[".repeat(100), "]".repeat(100));
    let long_keys: String = [990, 1000, 1010, 1024, 1025].map(|n| format!("{}: 1\n---\n", "k".repeat(n))).concat();
    let long_flow_keys = long_keys.replace(": 1", ": 1}").replace("---\nk", "---\n{k");
    for text in [keys, nested, brackets, long_keys, long_flow_keys] {
        compare(&text);
    }
}
