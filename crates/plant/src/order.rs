//! What a controller has ordered: on its way to the hardware, then carried out.

use std::collections::VecDeque;

use blackstart_units::SimTime;

use crate::front_end::InstalledFrontEnd;
use crate::power_stage::InstalledPowerStage;

/// One order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Order {
    Main(bool),
    Precharge(bool),
    /// Front-end latches are released.
    Clear,
    /// A comparator of the front end, by its place, is set to a threshold in A.
    Threshold(usize, f64),
    /// … to a delay.
    Delay(usize, SimTime),
}

/// Places of the comparators that firmware sets.
const SCD: usize = 0;
const OCD: usize = 1;

impl Order {
    /// What a command means; `None` for one that asks for nothing. A setting of zero means that the
    /// controller leaves it as it is.
    pub fn from_command(name: &str, value: f64) -> Option<Self> {
        let time = |unit: f64| SimTime::from_seconds(value * unit);
        Some(match name {
            "main_switch" => Self::Main(value > 0.5),
            "precharge_switch" => Self::Precharge(value > 0.5),
            "front_end_clear" => Self::Clear,
            _ if value <= 0.0 => return None,
            "scd_threshold_a" => Self::Threshold(SCD, value),
            "ocd_threshold_a" => Self::Threshold(OCD, value),
            "scd_delay_us" => Self::Delay(SCD, time(1e-6)),
            "ocd_delay_ms" => Self::Delay(OCD, time(1e-3)),
            _ => return None,
        })
    }

    /// Whether it sets the front end up.
    pub fn is_setting(self) -> bool {
        matches!(self, Self::Threshold(..) | Self::Delay(..))
    }

    pub fn carry_out(self, front_end: &mut InstalledFrontEnd, stage: &mut InstalledPowerStage) {
        match self {
            Self::Main(closed) => stage.main.wanted = closed,
            Self::Precharge(closed) => stage.precharge.wanted = closed,
            Self::Clear => front_end.latched = 0,
            Self::Threshold(place, amperes) => {
                front_end.comparators[place].setting.threshold = amperes;
            }
            Self::Delay(place, delay) => front_end.comparators[place].setting.delay = delay,
        }
    }
}

/// Orders under way, in the order in which they were given.
#[derive(Debug, Default)]
pub(crate) struct Orders(VecDeque<(SimTime, Order)>);

impl Orders {
    /// An order that arrives at an instant, not before those given earlier.
    pub fn give(&mut self, arrives: SimTime, order: Order) {
        self.0.push_back((arrives, order));
    }

    /// The next that has arrived by now.
    pub fn take(&mut self, now: SimTime) -> Option<Order> {
        self.0.pop_front_if(|order| order.0 <= now).map(|order| order.1)
    }

    /// When the next arrives.
    pub fn next(&self) -> SimTime {
        self.0.front().map_or(SimTime::NEVER, |order| order.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_arrive_in_the_order_in_which_they_were_given() {
        let mut orders = Orders::default();
        let [soon, later] = [1, 2].map(SimTime::from_micros);
        orders.give(soon, Order::Main(true));
        orders.give(later, Order::Precharge(false));
        assert_eq!(orders.take(SimTime::ZERO), None);
        assert_eq!((orders.next(), orders.take(soon)), (soon, Some(Order::Main(true))));
        assert_eq!((orders.take(soon), orders.next()), (None, later));
    }

    #[test]
    fn setting_of_zero_leaves_the_front_end_as_it_is() {
        assert_eq!(Order::from_command("scd_threshold_a", 0.0), None);
        assert_eq!(Order::from_command("main_switch", 0.0), Some(Order::Main(false)));
        let delay = Order::from_command("ocd_delay_ms", 320.0);
        assert_eq!(delay, Some(Order::Delay(OCD, SimTime::from_millis(320))));
    }
}
