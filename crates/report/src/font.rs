//! The embedded font, so that no machine needs one of its own.

use std::sync::LazyLock;

use plotters::style::{FontStyle, IntoFont, register_font};

use crate::ReportError;

/// Name under which the font is registered. SVG files carry it as the list of families, so a viewer
/// without DejaVu takes its own sans-serif.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

static REGULAR: &[u8] = include_bytes!("../assets/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("../assets/DejaVuSans-Bold.ttf");

static REGISTERED: LazyLock<bool> = LazyLock::new(|| {
    register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok()
        && register_font(FAMILY, FontStyle::Bold, BOLD).is_ok()
});

/// Makes the font known to the drawing library; any number of times.
pub(crate) fn register() -> Result<(), ReportError> {
    if *REGISTERED { Ok(()) } else { Err(ReportError::Font) }
}

/// Width of a text in points. Before [`register`] it is a guess.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    // The library answers in whole pixels: ask large, divide.
    const ENLARGED: f64 = 16.0;
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    match (FAMILY, size * ENLARGED, style).into_font().layout_box(text) {
        Ok(((left, _), (right, _))) => f64::from(right - left) / ENLARGED,
        Err(_) => 0.6 * size * text.chars().count() as f64,
    }
}

/// The text, shortened with an ellipsis until it is no wider than `room` points.
pub(crate) fn fit(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let shorter = kept.iter().collect::<String>().trim_end().to_owned() + "…";
        if width(&shorter, size, bold) <= room {
            return shorter;
        }
    }
    String::new()
}
