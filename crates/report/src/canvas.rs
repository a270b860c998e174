//! A drawing as a list of shapes, made once and painted as SVG or as pixels.
//!
//! Coordinates are points: x to the right, y downwards, 1600 across.

use crate::colour::Colour;

/// A point of the drawing.
pub(crate) type Point = (f64, f64);

/// One thing to paint. Later shapes cover earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DrawnShape {
    /// A line through the points.
    Path { points: Vec<Point>, width: f64, colour: Colour },
    /// A filled rectangle.
    Block { left: f64, top: f64, right: f64, bottom: f64, colour: Colour },
    /// A filled triangle or other polygon without crossings.
    Polygon { points: Vec<Point>, colour: Colour },
    /// One line of text.
    Text(TextLine),
}

/// Which part of a text stands at its x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Middle,
    Right,
}

/// One line of text, vertically centred on its y.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TextLine {
    pub at: Point,
    pub text: String,
    pub size: f64,
    pub bold: bool,
    pub colour: Colour,
    pub align: Align,
}

impl TextLine {
    pub(crate) fn new(at: Point, text: impl Into<String>, size: f64, colour: Colour) -> Self {
        Self { at, text: text.into(), size, bold: false, colour, align: Align::Left }
    }

    pub(crate) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) fn middle(self) -> Self {
        Self { align: Align::Middle, ..self }
    }

    pub(crate) fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }

    pub(crate) fn width(&self) -> f64 {
        crate::font::width(&self.text, self.size, self.bold)
    }

    /// Left and right end.
    pub(crate) fn extent(&self) -> (f64, f64) {
        let (x, width) = (self.at.0, self.width());
        let left = match self.align {
            Align::Left => x,
            Align::Middle => x - width / 2.0,
            Align::Right => x - width,
        };
        (left, left + width)
    }
}

/// The shapes so far.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    pub shapes: Vec<DrawnShape>,
}

impl Canvas {
    pub(crate) fn path(&mut self, points: Vec<Point>, width: f64, colour: Colour) {
        self.shapes.push(DrawnShape::Path { points, width, colour });
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, width: f64, colour: Colour) {
        self.path(vec![from, to], width, colour);
    }

    /// A horizontal dashed line.
    pub(crate) fn dashes(&mut self, (left, right): (f64, f64), y: f64, width: f64, colour: Colour) {
        const ON: f64 = 7.0;
        const PERIOD: f64 = 12.0;
        let mut x = left;
        while x < right {
            self.line((x, y), ((x + ON).min(right), y), width, colour);
            x += PERIOD;
        }
    }

    pub(crate) fn block(&mut self, (left, top): Point, (right, bottom): Point, colour: Colour) {
        self.shapes.push(DrawnShape::Block { left, top, right, bottom, colour });
    }

    pub(crate) fn polygon(&mut self, points: Vec<Point>, colour: Colour) {
        self.shapes.push(DrawnShape::Polygon { points, colour });
    }

    pub(crate) fn text(&mut self, text: TextLine) {
        self.shapes.push(DrawnShape::Text(text));
    }

    /// Text on a white ground, where it may lie on lines.
    pub(crate) fn text_on_ground(&mut self, text: TextLine) {
        let (left, right) = text.extent();
        let half = 0.5 * text.size;
        self.block(
            (left - 2.0, text.at.1 - half),
            (right + 2.0, text.at.1 + half),
            crate::colour::WHITE,
        );
        self.text(text);
    }
}
