//! Where the messages of an Arrow IPC stream begin and end, checked before they are decoded.
//!
//! The Arrow library takes buffer positions on trust (it asserts on them) and calls a torn last
//! message an error. This walk finds how far the stream is whole, and refuses a message whose buffers
//! lie outside it or would be longer than its rows once unpacked, so that what follows can neither panic nor
//! allocate more than a chunk can hold.
//! The framing is that of the format's specification: a marker of four `0xff`, the length of the
//! metadata, the metadata (a flatbuffer, padded to eight bytes), the body.

use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::{Buffer, CompressionType, Message, MessageHeader, RecordBatch, Type};
use arrow_schema::FieldRef;

use super::{MAX_CHUNK_ROWS, MAX_CHUNK_TEXT, TraceFileErrorKind, columns};

const MARKER: [u8; 4] = [0xff; 4];

/// The length of the whole messages at the beginning of `bytes`.
pub(super) fn whole_prefix(bytes: &[u8]) -> Result<usize, TraceFileErrorKind> {
    let not_a_trace = |why| TraceFileErrorKind::NotATrace { why };
    let mut offset = 0;
    let mut chunks = 0;
    while let Some(frame) = Frame::at(&bytes[offset..]) {
        let message = arrow_ipc::root_as_message(frame.metadata)
            .map_err(|_| not_a_trace("it is no Arrow IPC stream"))?;
        let Some(body) = usize::try_from(message.bodyLength()).ok() else {
            return Err(not_a_trace("a message has a negative length"));
        };
        let Some(end) = frame.len.checked_add(body).and_then(|len| len.checked_add(offset)) else {
            break;
        };
        if end > bytes.len() {
            break;
        }
        match (offset, message.header_type()) {
            (0, MessageHeader::Schema) => check_schema(&message)?,
            (0, _) | (_, MessageHeader::Schema) => {
                return Err(not_a_trace("it does not begin with its one schema"));
            }
            _ => {
                chunks += usize::from(message.header_type() == MessageHeader::RecordBatch);
                let body = &bytes[offset + frame.len..end];
                check_batch(&message, body).map_err(|why| TraceFileErrorKind::Damaged {
                    chunk: chunks.max(1),
                    why: why.into(),
                })?;
            }
        }
        offset = end;
    }
    if offset == 0 {
        Err(not_a_trace("it is empty or cut off before its first chunk"))
    } else {
        Ok(offset)
    }
}

/// Metadata of one message, and how long it is with marker and length.
struct Frame<'a> {
    metadata: &'a [u8],
    len: usize,
}

impl<'a> Frame<'a> {
    /// The frame at the beginning of `bytes`; none at the end of the stream or of the bytes.
    fn at(bytes: &'a [u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&MARKER)?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(i32::from_le_bytes(*len)).ok().filter(|&len| len > 0)?;
        Some(Self { metadata: rest.get(..len)?, len: 8 + len })
    }
}

/// The columns of a trace, and none of the kinds of column that are dangerous to decode.
fn check_schema(message: &Message<'_>) -> Result<(), TraceFileErrorKind> {
    let other = || TraceFileErrorKind::NotATrace { why: "it has other columns" };
    let schema = message.header_as_schema().ok_or_else(other)?;
    let plain = schema.fields().is_some_and(|fields| {
        fields.iter().all(|field| {
            let known = [Type::Int, Type::FloatingPoint, Type::Utf8].contains(&field.type_type());
            known && field.children().is_none_or(|children| children.is_empty())
        })
    });
    if !plain {
        return Err(other());
    }
    let (found, wanted) = (try_fb_to_schema(schema)?, columns());
    let same = |(found, wanted): (&FieldRef, &FieldRef)| {
        found.name() == wanted.name() && found.data_type() == wanted.data_type()
    };
    let equal =
        found.fields().len() == wanted.len() && found.fields().iter().zip(&wanted).all(same);
    if equal { Ok(()) } else { Err(other()) }
}

/// What a buffer holds, as wide as one of its elements.
#[derive(Clone, Copy)]
enum Width {
    /// One bit a row.
    Bit,
    /// So many bytes a row, and one more of them.
    Bytes(usize),
    /// Texts, one after another.
    Text,
}

impl Width {
    /// Whether a buffer of so many bytes can belong to so many rows; buffers end on multiples of 64 bytes.
    fn suits(self, len: usize, rows: usize) -> bool {
        match self {
            Self::Bit => len <= (rows / 8 + 1).next_multiple_of(64),
            Self::Bytes(width) => {
                len.is_multiple_of(width) && len <= ((rows + 1) * width).next_multiple_of(64)
            }
            Self::Text => len <= MAX_CHUNK_TEXT.next_multiple_of(64),
        }
    }
}

/// The buffers of a chunk: per column validity, then its values; of texts, offsets and bytes.
const CHUNK_WIDTHS: &[Width] = &[
    Width::Bit,
    Width::Bytes(8),
    Width::Bit,
    Width::Bytes(4),
    Width::Bit,
    Width::Bytes(8),
    Width::Bit,
    Width::Bytes(4),
    Width::Text,
];
/// The same for the dictionary of names.
const DICTIONARY_WIDTHS: &[Width] = &[Width::Bit, Width::Bytes(4), Width::Text];

/// Row counts within the limit; buffers aligned, within the body, and no longer than their rows.
fn check_batch(message: &Message<'_>, body: &[u8]) -> Result<(), &'static str> {
    let (batch, widths) =
        batch_of(message).ok_or("a message of a kind that a trace never holds")?;
    if batch.compression().is_none_or(|how| how.codec() != CompressionType::ZSTD) {
        return Err("its buffers are not packed as those of a trace");
    }
    let rows = usize::try_from(batch.length()).ok().filter(|&rows| rows <= MAX_CHUNK_ROWS);
    let rows = rows.ok_or("too many rows")?;
    let nodes = batch.nodes().ok_or("no columns")?;
    let length = batch.length();
    if nodes
        .iter()
        .any(|node| node.length() != length || !(0..=length).contains(&node.null_count()))
    {
        return Err("columns of different lengths");
    }
    let buffers = batch.buffers().ok_or("no buffers")?;
    if buffers.len() != widths.len() {
        return Err("too many or too few buffers");
    }
    for (buffer, width) in buffers.iter().zip(widths) {
        let packed = within(body, buffer).ok_or("a buffer outside its message")?;
        let len = unpacked_len(packed).ok_or("a buffer of an impossible length")?;
        if !width.suits(len, rows) {
            return Err("a buffer that is longer than its rows");
        }
    }
    Ok(())
}

/// The bytes of a buffer, aligned as it must be.
fn within<'b>(body: &'b [u8], buffer: &Buffer) -> Option<&'b [u8]> {
    let start = usize::try_from(buffer.offset()).ok().filter(|start| start.is_multiple_of(8))?;
    let len = usize::try_from(buffer.length()).ok()?;
    body.get(start..start.checked_add(len)?)
}

/// How long a packed buffer says it becomes: eight bytes before it do, -1 of one that is not packed.
fn unpacked_len(packed: &[u8]) -> Option<usize> {
    if packed.is_empty() {
        return Some(0);
    }
    let (said, rest) = packed.split_first_chunk::<8>()?;
    match i64::from_le_bytes(*said) {
        -1 => Some(rest.len()),
        len => usize::try_from(len).ok(),
    }
}

/// The columns in a message, and the widths of their buffers.
fn batch_of<'a>(message: &Message<'a>) -> Option<(RecordBatch<'a>, &'static [Width])> {
    match message.header_type() {
        MessageHeader::RecordBatch => Some((message.header_as_record_batch()?, CHUNK_WIDTHS)),
        MessageHeader::DictionaryBatch => {
            let dictionary =
                message.header_as_dictionary_batch().filter(|batch| !batch.isDelta())?;
            Some((dictionary.data()?, DICTIONARY_WIDTHS))
        }
        _ => None,
    }
}
