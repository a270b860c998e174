//! Figures and stories of runs that are made here from closed forms, without a simulator.

mod figures;
mod runs;
mod stories;
