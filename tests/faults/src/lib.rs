//! The faulty disk, and what the store makes of it. docs/design/durability.md describes the models and what is checked.
//!
//! `disk/` is the layer under the program, in C ([`layer`] builds and steers it). [`journal`] reads what it wrote down,
//! [`model`] knows which of it was durable when, [`image`] makes what a crash could have left. [`scene`] drives a real
//! archive, [`claims`] says what it was told to be durable, and [`check`] holds an image against that.

pub mod chance;
pub mod check;
pub mod claims;
pub mod facts;
pub mod footage;
pub mod image;
pub mod journal;
pub mod layer;
pub mod model;
pub mod procedures;
pub mod record;
pub mod rooms;
pub mod scene;
