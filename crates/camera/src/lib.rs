//! The input and output shell of onvif and the vetting probes.
