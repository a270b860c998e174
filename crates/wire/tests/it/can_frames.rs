//! Any frame that can be built, for the tests of everything that carries frames.

use blackstart_wire::can::{
    CanFrame, CanId, DataFrame, ErrorFrame, FdFlags, MAX_EXTENDED_ID, MAX_STANDARD_ID, RemoteFrame,
    fd_length,
};
use proptest::prelude::*;

/// Any identifier.
pub fn ids() -> impl Strategy<Value = CanId> {
    prop_oneof![
        (0..=MAX_STANDARD_ID).prop_map(|number| CanId::standard(number).unwrap()),
        (0..=MAX_EXTENDED_ID).prop_map(|number| CanId::extended(number).unwrap()),
    ]
}

fn classic() -> impl Strategy<Value = CanFrame> {
    (ids(), prop::collection::vec(any::<u8>(), 0..=8))
        .prop_map(|(id, data)| DataFrame::classic(id, &data).unwrap().into())
}

fn remote() -> impl Strategy<Value = CanFrame> {
    (ids(), 0u8..=8).prop_map(|(id, dlc)| RemoteFrame::new(id, dlc).unwrap().into())
}

fn fd(error_states: bool) -> impl Strategy<Value = CanFrame> {
    let data =
        (0u8..16).prop_flat_map(|dlc| prop::collection::vec(any::<u8>(), fd_length(dlc).unwrap()));
    (ids(), data, any::<bool>(), any::<bool>()).prop_map(
        move |(id, data, bit_rate_switch, error)| {
            let flags = FdFlags { bit_rate_switch, error_state: error && error_states };
            DataFrame::fd(id, &data, flags).unwrap().into()
        },
    )
}

/// Any frame that a bus can carry and SLCAN can express.
pub fn without_errors() -> impl Strategy<Value = CanFrame> {
    prop_oneof![classic(), remote(), fd(false)]
}

/// Any frame at all.
pub fn frames() -> impl Strategy<Value = CanFrame> {
    let error = (0..=MAX_EXTENDED_ID, any::<[u8; 8]>())
        .prop_map(|(classes, detail)| ErrorFrame::new(classes, detail).unwrap().into());
    prop_oneof![classic(), remote(), fd(true), error]
}
