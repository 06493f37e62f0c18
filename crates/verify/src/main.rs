//! The stranger's small program: checks log, segments and certificates without keys.
fn main() {}
