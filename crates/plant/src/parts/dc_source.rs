//! A source on a DC bus; one that takes nothing back is a charger, with a terminal of its own.

use bevy_ecs::prelude::Entity;
use blackstart_engine::NoiseStream;
use blackstart_scenario::{DcSource, OfPart, Part};
use blackstart_units::SimTime;

use super::Build;
use crate::dc::{
    InstalledCharger, OVER_RATING_STATES, OverRating, PlacedSource, SOURCE_STATES, SourceOutput,
    charger_terminal, limiter,
};
use crate::network::{CrossingEdge, Quantity};
use crate::role;
use crate::sampling::{Channel, Meters, Sampling};

/// A source that gives no less than this share of its full current is at its end.
const FULL_OUTPUT: f64 = 0.999;
/// How often the controller of a charger gets to know its voltage and current.
const PERIOD: SimTime = SimTime::from_millis(10);

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = DcSource::of(part)?;
    let (minus, plus) = (into.end(0)?, into.end(1)?);
    let (id, installer) = (into.id, &mut *into.installer);
    let (branch, internal, output, clamp) = if model.one_way {
        let built = installer.charger(id, (minus, plus), &model);
        (built.regulator, built.regulator, built.output, built.clamp)
    } else {
        let gate = limiter(model.resistance, model.current);
        let inner = installer.builder.node(format!("{id}.inner"));
        let branch = installer.emf(id, (minus, inner), gate, model.voltage);
        (branch, installer.internal_switch(id, (inner, plus), model.running), branch, None)
    };
    into.probe("current_a", Quantity::Current(output), 1.0);
    into.probe("dc_voltage_v", Quantity::Difference(plus, minus), 1.0);
    let state = into.state("state", &SOURCE_STATES);
    let over_rating = model.full_output_time.map(|span| {
        let signal = into.state("over_rating", &OVER_RATING_STATES);
        let level = (CrossingEdge::Rising, model.current.0 * FULL_OUTPUT);
        let over_rating = OverRating::new(id, signal, Quantity::Current(output), level, span);
        into.installer.dc.over_ratings.0.push(over_rating);
        signal
    });
    let seen = [Quantity::Difference(plus, minus), Quantity::Current(output)];
    let control = model.one_way.then(|| charger(&model, seen, into));
    let limiter = model.current * model.resistance;
    into.installer.dc.sources.push(PlacedSource {
        id: id.to_owned(),
        branch,
        switch: internal,
        state,
        model,
        clamp,
        voltage: model.voltage,
        running: model.running,
        control,
        asked: SourceOutput { on: true, voltage: model.voltage, limiter },
        remote_on: true,
        over_rating,
        failed: false,
    });
    Some(())
}

/// The terminal of a source that is a charger.
fn charger(model: &DcSource, seen: [Quantity; 2], into: &mut Build<'_, '_>) -> Entity {
    let terminal = charger_terminal(into.id, model);
    let installer = &mut *into.installer;
    role::declare_claims(&terminal, &mut installer.catalogue);
    let noise = NoiseStream::new(installer.seed, &format!("{}.sensing", into.id));
    let channels = seen.map(Channel::exact).to_vec();
    let sampling = Sampling::new(PERIOD, SimTime::ZERO, channels, noise);
    let charger = InstalledCharger { model: *model };
    let world = &mut installer.simulation.world;
    let entity = world.spawn((charger, Meters::from(sampling), terminal)).id();
    installer.roster.dc.push(entity);
    entity
}
