//! The kernel's structures of a frame.

use blackstart_wire::can::kernel_frame::{CLASSIC_FRAME_BYTES, FD_FRAME_BYTES, decode, encode};
use blackstart_wire::can::{CanFrame, CanId, DataFrame, FdFlags, RemoteFrame};
use proptest::prelude::*;

use crate::can_frames::frames;

#[test]
fn structures_are_laid_out_as_linux_has_them() {
    let id = CanId::extended(0x1ABC_DEF0).unwrap();
    let classic: CanFrame = DataFrame::classic(id, &[1, 2]).unwrap().into();
    let word = 0x9ABC_DEF0_u32.to_ne_bytes();
    let expected = [&word, [2, 0, 0, 0].as_slice(), &[1, 2, 0, 0, 0, 0, 0, 0]].concat();
    assert_eq!(encode(&classic), expected);
    let flags = FdFlags { bit_rate_switch: true, error_state: false };
    let fd = encode(&DataFrame::fd(id, &[7; 12], flags).unwrap().into());
    assert_eq!((fd.len(), fd[4], fd[5]), (FD_FRAME_BYTES, 12, 0b101));
    let remote = encode(&RemoteFrame::new(CanId::standard(0x123).unwrap(), 8).unwrap().into());
    assert_eq!(remote[..5], [&0x4000_0123_u32.to_ne_bytes()[..], &[8]].concat());
}

#[test]
fn what_no_frame_can_be_is_none() {
    let structure = |id: u32, length: u8, size: usize| {
        let mut bytes = id.to_ne_bytes().to_vec();
        bytes.push(length);
        bytes.resize(size, 0);
        bytes
    };
    let cases = [
        structure(0x123, 9, CLASSIC_FRAME_BYTES),
        structure(0x800, 0, CLASSIC_FRAME_BYTES),
        structure(0x4000_0123, 9, CLASSIC_FRAME_BYTES),
        structure(0x123, 9, FD_FRAME_BYTES),
        structure(0x123, 65, FD_FRAME_BYTES),
        structure(0x4000_0123, 8, FD_FRAME_BYTES),
        structure(0x123, 0, CLASSIC_FRAME_BYTES - 1),
        structure(0x123, 0, FD_FRAME_BYTES - 1),
        Vec::new(),
    ];
    for bytes in cases {
        assert_eq!(decode(&bytes), None, "{bytes:?}");
    }
}

#[test]
fn the_raw_length_code_of_eight_bytes_is_read_over() {
    let mut bytes =
        encode(&DataFrame::classic(CanId::standard(1).unwrap(), &[9; 8]).unwrap().into());
    let frame = decode(&bytes);
    bytes[7] = 13;
    assert_eq!(decode(&bytes), frame);
}

proptest! {
    #[test]
    fn any_frame_survives_the_kernel(frame in frames()) {
        prop_assert_eq!(decode(&encode(&frame)), Some(frame));
    }

    #[test]
    fn any_structure_is_a_frame_that_can_be_sent_or_none(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            prop::collection::vec(any::<u8>(), CLASSIC_FRAME_BYTES),
            prop::collection::vec(any::<u8>(), FD_FRAME_BYTES),
        ]
    ) {
        if let Some(frame) = decode(&bytes) {
            prop_assert_eq!(decode(&encode(&frame)), Some(frame));
        }
    }
}
