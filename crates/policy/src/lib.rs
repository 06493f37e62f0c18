//! Purposes, retention and who may look: pure planners and deciders.
