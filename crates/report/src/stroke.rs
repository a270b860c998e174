//! A thick line as rectangles of whole pixels.
//!
//! The bitmap backend's own thick lines are as wide as their slope happens to round, and a bent one
//! is filled even-odd. Here a line is as thick at every slope: for each pixel along its longer
//! direction one run across. Halving the picture afterwards smooths the steps.

/// Upper left and lower right corner; the lower right is outside.
pub(crate) type PixelBlock = ((i32, i32), (i32, i32));

/// The pixels of a straight line, in pixel coordinates.
pub(crate) fn stroke(from: (f64, f64), to: (f64, f64), thickness: f64) -> Vec<PixelBlock> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    if dx.abs() >= dy.abs() {
        return runs(from, to, thickness);
    }
    let flip = |(x, y): (f64, f64)| (y, x);
    let flip_block = |((x0, y0), (x1, y1)): PixelBlock| ((y0, x0), (y1, x1));
    runs(flip(from), flip(to), thickness).into_iter().map(flip_block).collect()
}

/// A line that is wider than high: columns from left to right, equal neighbours as one block.
fn runs(from: (f64, f64), to: (f64, f64), thickness: f64) -> Vec<PixelBlock> {
    let (left, right) = if from.0 <= to.0 { (from, to) } else { (to, from) };
    let width = right.0 - left.0;
    let slope = if width > 0.0 { (right.1 - left.1) / width } else { 0.0 };
    let across = (thickness * (1.0 + slope * slope).sqrt()).round().max(1.0);
    let first = left.0.floor() as i32;
    let last = (right.0.ceil() as i32).max(first + 1);
    let mut blocks: Vec<PixelBlock> = Vec::new();
    for x in first..last {
        let along = (f64::from(x) + 0.5 - left.0).clamp(0.0, width);
        let top = (left.1 + slope * along - across / 2.0).round() as i32;
        match blocks.last_mut() {
            Some(((_, same), (end, _))) if *same == top => *end = x + 1,
            _ => blocks.push(((x, top), (x + 1, top + across as i32))),
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_line_is_one_block_and_an_upright_one_too() {
        assert_eq!(stroke((10.0, 20.0), (50.0, 20.0), 2.0), [((10, 19), (50, 21))]);
        assert_eq!(stroke((10.0, 50.0), (10.0, 20.0), 2.0), [((9, 20), (11, 50))]);
    }

    #[test]
    fn a_diagonal_covers_as_much_as_a_level_line_of_its_length() {
        let blocks = stroke((0.0, 0.0), (100.0, 100.0), 3.0);
        let area: i32 = blocks.iter().map(|((x0, y0), (x1, y1))| (x1 - x0) * (y1 - y0)).sum();
        assert!((400..=430).contains(&area), "{area} pixels for {} expected", 141.4 * 3.0);
    }

    #[test]
    fn a_point_is_still_seen() {
        assert_eq!(stroke((5.5, 5.0), (5.5, 5.0), 2.0), [((5, 4), (6, 6))]);
    }
}
