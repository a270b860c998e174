//! The trace file from outside: written in chunks, read back, torn and damaged.

mod other_readers;
mod trace_file;
