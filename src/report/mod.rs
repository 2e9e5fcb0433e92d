//! What people and programs see of a run: a file for each output format.

pub mod json;
