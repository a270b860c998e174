//! A drawing onto the two backends of the plotting library.
//!
//! Both are painted at twice the size: SVG coordinates are whole numbers there, and the picture is
//! halved afterwards, which smooths lines and letters.

use std::error::Error;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle};

use crate::canvas::{Align, Canvas, DrawnShape, Point};
use crate::colour::{self, Colour};
use crate::stroke::stroke;
use crate::{ReportError, font};

const SCALE: u32 = 2;

/// The drawing as an SVG document of this size in points.
pub(crate) fn svg(canvas: &Canvas, (width, height): (u32, u32)) -> Result<String, ReportError> {
    let mut document = String::new();
    let doubled = (width * SCALE, height * SCALE);
    paint(canvas, SVGBackend::with_string(&mut document, doubled), Lines::Paths)?;
    // Shown at its true size; the view box keeps the finer coordinates.
    let painted = format!("width=\"{}\" height=\"{}\"", doubled.0, doubled.1);
    let shown = format!("width=\"{width}\" height=\"{height}\"");
    Ok(document.replacen(&painted, &shown, 1))
}

/// The drawing as a PNG file of this size in pixels.
pub(crate) fn png(canvas: &Canvas, (width, height): (u32, u32)) -> Result<Vec<u8>, ReportError> {
    let doubled = (width * SCALE, height * SCALE);
    let mut pixels = vec![0xff; doubled.0 as usize * doubled.1 as usize * 3];
    paint(canvas, BitMapBackend::with_buffer(&mut pixels, doubled), Lines::Pixels)?;
    let pixels = halve(&pixels, doubled.0 as usize);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

/// Each square of four RGB pixels as their mean.
fn halve(pixels: &[u8], width: usize) -> Vec<u8> {
    let row = width * 3;
    let mut halved = vec![0; pixels.len() / 4];
    for (pair, means) in pixels.chunks_exact(2 * row).zip(halved.chunks_exact_mut(row / 2)) {
        let (upper, lower) = pair.split_at(row);
        let (upper, lower) = (upper.as_chunks::<6>().0, lower.as_chunks::<6>().0);
        for ((upper, lower), mean) in upper.iter().zip(lower).zip(means.as_chunks_mut::<3>().0) {
            *mean = std::array::from_fn(|channel| {
                let four = [upper[channel], upper[channel + 3], lower[channel], lower[channel + 3]];
                let sum: u16 = four.into_iter().map(u16::from).sum();
                ((sum + 2) / 4) as u8
            });
        }
    }
    halved
}

/// How lines are painted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// As paths, which the viewer joins and smooths.
    Paths,
    /// As [`stroke`] makes them.
    Pixels,
}

fn paint<B: DrawingBackend>(canvas: &Canvas, backend: B, lines: Lines) -> Result<(), ReportError>
where
    B::ErrorType: 'static,
{
    font::register()?;
    let area = backend.into_drawing_area();
    area.fill(&rgb(colour::WHITE)).map_err(error)?;
    for shape in &canvas.shapes {
        draw(&area, shape, lines).map_err(error)?;
    }
    area.present().map_err(error)
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    shape: &DrawnShape,
    lines: Lines,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    match shape {
        DrawnShape::Path { points, width, colour } => {
            let thickness = width * f64::from(SCALE);
            if lines == Lines::Paths {
                let style =
                    ShapeStyle::from(rgb(*colour)).stroke_width(thickness.round().max(1.0) as u32);
                let points: Vec<_> = points.iter().copied().map(pixel).collect();
                return area.draw(&PathElement::new(points, style));
            }
            let fill = rgb(*colour).filled();
            let segments = points.windows(2);
            let mut blocks =
                segments.flat_map(|pair| stroke(scaled(pair[0]), scaled(pair[1]), thickness));
            blocks.try_for_each(|(corner, opposite)| {
                area.draw(&Rectangle::new([corner, opposite], fill))
            })
        }
        DrawnShape::Block { left, top, right, bottom, colour } => {
            let corners = [pixel((*left, *top)), pixel((*right, *bottom))];
            area.draw(&Rectangle::new(corners, rgb(*colour).filled()))
        }
        DrawnShape::Polygon { points, colour } => {
            let points: Vec<_> = points.iter().copied().map(pixel).collect();
            area.draw(&Polygon::new(points, rgb(*colour).filled()))
        }
        DrawnShape::Text(text) => {
            let weight = if text.bold { FontStyle::Bold } else { FontStyle::Normal };
            let anchor = match text.align {
                Align::Left => HPos::Left,
                Align::Middle => HPos::Center,
                Align::Right => HPos::Right,
            };
            let font = (font::FAMILY, text.size * f64::from(SCALE), weight).into_font();
            let style = TextStyle::from(font).pos(Pos::new(anchor, VPos::Center));
            let colour = rgb(text.colour);
            let style = style.color(&colour);
            area.draw(&plotters::element::Text::new(text.text.as_str(), pixel(text.at), style))
        }
    }
}

fn scaled((x, y): Point) -> Point {
    (x * f64::from(SCALE), y * f64::from(SCALE))
}

fn pixel(point: Point) -> (i32, i32) {
    let (x, y) = scaled(point);
    (x.round() as i32, y.round() as i32)
}

fn rgb(Colour(r, g, b): Colour) -> RGBColor {
    RGBColor(r, g, b)
}

fn error<E: Error + Send + Sync + 'static>(error: DrawingAreaErrorKind<E>) -> ReportError {
    ReportError::Drawing(Box::new(error))
}
