//! The one program: configuration, wiring, start and stop.
fn main() {}
