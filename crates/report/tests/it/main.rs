//! Figures and stories of runs that are made here from closed forms, without a simulator.

mod figures;
mod role_rows;
mod runs;
mod stories;
