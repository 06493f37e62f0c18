//! Says plainly when the encoder is about to be built at half its speed: openh264's own build takes its slow path in silence where
//! there is no assembler.

use std::process::{Command, Stdio};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PATH");
    let nasm = Command::new("nasm").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !nasm.is_ok_and(|status| status.success()) {
        println!(
            "cargo:warning=nasm is not installed: pictures that are converted for browsers will cost twice the processor time. Run deploy/prepare, \
             then `cargo clean -p openh264-sys2`."
        );
    }
}
