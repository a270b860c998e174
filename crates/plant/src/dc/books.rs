//! What the DC side adds to the energy books.
//!
//! A limited source does not burn what its limiter takes in the network: it makes less. A limited
//! path does burn it.

use super::DcSide;
use crate::network::Network;

impl DcSide {
    /// Adds what was delivered, and gives what limited sources left out of what they seem to have
    /// supplied, in joules; `losses` are corrected by the same.
    pub fn add_to_books(
        &self,
        network: &Network,
        delivered: &mut Vec<(String, f64)>,
        losses: &mut Vec<(String, f64)>,
    ) -> f64 {
        for module in &self.modules {
            let electronics = network.delivered(module.electronics).0;
            delivered.push((format!("{} electronics", module.id), electronics));
        }
        for manager in &self.managers {
            delivered.push((manager.id.clone(), network.delivered(manager.draw).0));
        }
        for switch in &self.switches {
            delivered.push((switch.id.clone(), network.delivered(switch.quiescent).0));
        }
        for load in &self.loads {
            delivered.push((load.id.clone(), network.delivered(load.load).0));
        }
        let left_out: f64 =
            self.sources.iter().map(|source| network.clamp_energy(source.branch).0).sum();
        let mut in_paths = 0.0;
        for manager in &self.managers {
            let Some(path) = manager.path else { continue };
            let limited = network.clamp_energy(path.limiter).0;
            in_paths += limited;
            losses.push((format!("{} limiter", manager.id), limited));
        }
        if let Some(clamped) = losses.iter_mut().find(|loss| loss.0 == "clamped") {
            clamped.1 -= left_out + in_paths;
        }
        left_out
    }
}
