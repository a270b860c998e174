//! The trace file from outside: written in chunks, read back, torn and damaged.

mod trace_file;
