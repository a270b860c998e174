//! What can go wrong when a figure is drawn.

use std::error::Error;

/// A figure that could not be drawn. None of these depends on the trace.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The embedded font was not accepted.
    #[error("the embedded font cannot be used")]
    Font,
    /// The drawing library failed.
    #[error("the figure cannot be drawn")]
    Drawing(#[source] Box<dyn Error + Send + Sync>),
    /// The picture could not be encoded.
    #[error("the picture cannot be encoded")]
    Encoding(#[from] png::EncodingError),
}
