//! Makes sure that there is a viewer to embed, so that this room builds without Node: a page that says what is missing.

use std::path::Path;

const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Candour</title>\
<p>This recorder was built without its viewer. Build it with <code>npm ci &amp;&amp; npm run build</code> in \
<code>web</code>, then build the program again.</p></html>\n";

fn main() {
    let dist = Path::new("../../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    if !dist.join("index.html").exists() {
        let made = std::fs::create_dir_all(dist).and_then(|()| std::fs::write(dist.join("index.html"), PAGE));
        if let Err(error) = made {
            println!("cargo::warning=no page could be put into {}: {error}", dist.display());
        }
    }
}
