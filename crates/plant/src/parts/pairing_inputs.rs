//! A button, a request and a memory.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::pairing_inputs::PairingInputsAmounts;

use super::{Acting, Build};

#[derive(Debug)]
struct Inputs {
    presses: f64,
    port_request: f64,
    paired: f64,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: PairingInputsAmounts = part.amounts()?;
    let paired = f64::from(amounts.paired.is_yes());
    into.acts(Inputs { presses: 0.0, port_request: 0.0, paired });
    Some(())
}

impl Acting for Inputs {
    fn reading(&self, pin: &str) -> f64 {
        match pin {
            "presses" => self.presses,
            "port_request" => self.port_request,
            _ => self.paired,
        }
    }

    fn stimulate(&mut self, what: &str, to: f64) {
        match what {
            "presses" => self.presses = to,
            _ => self.port_request = to,
        }
    }
}
