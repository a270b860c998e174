//! From a trace to what people look at: the figure of a run (SVG and PNG) and its story in text.
//!
//! Neither knows fixed device names: panels, lanes and columns come from the trace's catalogue.

mod axis;
mod canvas;
mod colour;
mod curve;
mod error;
mod event_label;
mod figure;
mod font;
mod format;
mod lane;
mod overlay;
mod paint;
mod panel;
mod plot_area;
mod select;
mod story;
mod stroke;
mod transient;
mod zoom;

pub use error::ReportError;
pub use figure::Figure;
pub use overlay::overlay;
pub use story::{error_output, story};
