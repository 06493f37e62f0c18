//! The log as others use it: durable before it answers, exact after a crash, closed when the disk fails.

mod cosigned;
mod crash;
mod erasing;
mod faults;
mod grouping;
mod looks;
mod opening;
mod second;
mod site;
mod tiles;
