//! SOAP, digest and discovery as state machines without I/O.
