//! A document that names a file must name one that is there.

use std::fs;
use std::path::{Path, PathBuf};

const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn documents(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of the project can be read").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && !["target", "node_modules", "dist", ".git"].iter().any(|skipped| name == *skipped) {
            documents(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// Relative link targets and `crates/...`, `tests/...` paths in back quotes.
fn named(text: &str) -> Vec<String> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned);
    let quoted = text.split('`').skip(1).step_by(2).map(str::to_owned);
    let is_path = |name: &String| {
        ["crates/", "web/src/", "deploy/", "benches/", "docs/"].iter().any(|start| name.starts_with(start))
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "/_-.".contains(c))
    };
    links
        .filter(|link| !link.contains("://") && !link.starts_with('#') && !link.starts_with("mailto:"))
        .map(|link| format!("link:{}", link.split('#').next().unwrap_or_default()))
        .chain(quoted.filter(is_path))
        .collect()
}

#[test]
fn documents_point_somewhere() {
    let mut files = Vec::new();
    documents(Path::new(TOP), &mut files);
    assert!(files.len() > 8, "the documents were not found");
    let mut lost = Vec::new();
    let mut checked = 0;
    for file in files {
        let text = fs::read_to_string(&file).expect("a document is text");
        for name in named(&text) {
            checked += 1;
            let there = match name.strip_prefix("link:") {
                Some(link) => file.parent().is_some_and(|parent| parent.join(link).exists()),
                None => Path::new(TOP).join(&name).exists(),
            };
            if !there {
                lost.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert!(checked > 20, "only {checked} names were found: the search is broken");
    assert!(lost.is_empty(), "documents that point nowhere:\n  {}", lost.join("\n  "));
}
