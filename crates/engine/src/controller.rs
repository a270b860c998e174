//! What a built-in controller is: a state machine that is woken, looks, orders, and sleeps again.

use bevy_ecs::prelude::Component;
use blackstart_units::SimTime;

use crate::terminal::{Causes, PinBank, Subscription, Subscriptions, Terminal};

/// All that a controller has in front of it while it is awake.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The instant.
    pub now: SimTime,
    /// Why it was woken.
    pub causes: Causes,
    /// What it can see.
    pub readings: &'a PinBank,
    /// What it can order.
    pub commands: &'a mut PinBank,
    /// What it says of itself.
    pub claims: &'a mut PinBank,
    subscriptions: &'a mut Subscriptions,
    subscriptions_changed: &'a mut bool,
}

impl Desk<'_> {
    /// Fills a slot, or empties it with `None`.
    pub fn subscribe(&mut self, slot: u8, subscription: Option<Subscription>) {
        let before = match subscription.clone() {
            Some(subscription) => self.subscriptions.insert(slot, subscription),
            None => self.subscriptions.remove(&slot),
        };
        *self.subscriptions_changed |= before != subscription;
    }
}

/// A built-in controller.
pub trait Controller: Send + Sync {
    /// Looks at the readings, gives orders, and says until when it sleeps; a crossed subscription, a
    /// front-end alert or a changed input wakes it earlier.
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime;

    /// Somebody changes a setting from outside, over the device's own port. Settings have the keys of
    /// device files (`shutdown_voltage_v`), in their units. Whether there is such a setting.
    fn set(&mut self, setting: &str, value: f64) -> bool {
        let _ = (setting, value);
        false
    }
}

/// The built-in controller that holds a role.
#[derive(Component)]
pub struct BuiltIn(pub Box<dyn Controller>);

impl BuiltIn {
    /// Changes a setting, and wakes the controller in the next tick if there is such a setting.
    pub fn set(&mut self, setting: &str, value: f64, terminal: &mut Terminal) -> bool {
        let taken = self.0.set(setting, value);
        terminal.causes.input |= taken;
        taken
    }

    /// Wakes the controller if its terminal has a cause.
    pub fn decide(&mut self, now: SimTime, terminal: &mut Terminal) {
        let causes = std::mem::take(&mut terminal.causes);
        if causes.is_empty() {
            return;
        }
        terminal.readings.forget_looks();
        let mut desk = Desk {
            now,
            causes,
            readings: &terminal.readings,
            commands: &mut terminal.commands,
            claims: &mut terminal.claims,
            subscriptions: &mut terminal.subscriptions,
            subscriptions_changed: &mut terminal.subscriptions_changed,
        };
        terminal.wake_at = self.0.wake(&mut desk);
        terminal.readings.note_looks();
    }
}
