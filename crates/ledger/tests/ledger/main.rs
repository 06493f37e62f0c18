//! The ledger against itself, against RFC 6962, and against an implementation that nobody here wrote.

mod encodings;
mod flipped_bytes;
mod golden;
mod hostile;
mod merkle;
mod notes;
mod sample;
mod tiles;
mod witness;
