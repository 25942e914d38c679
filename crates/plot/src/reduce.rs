//! Lines reduced to the pixels that they are drawn with.

/// Pixels of the square that curves are drawn into.
pub(crate) const SIZE: f64 = 380.0;
/// Columns to a pixel: pictures are exact on screens with twice the pixels too.
const COLUMNS_PER_PIXEL: f64 = 2.0;

/// A place in the square: x to the right, y upwards, in pixels.
pub(crate) type Place = (f64, f64);

/// Follows a line whose x goes one way, and keeps of each column where the line enters and leaves it and its lowest and
/// highest places (M4: U. Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", PVLDB 7, 2014).
/// Drawn in pixels, what is kept covers what the whole line covers.
#[derive(Debug, Default)]
pub(crate) struct Line {
    kept: Vec<Place>,
    column: Option<Column>,
}

#[derive(Debug)]
struct Column {
    index: i64,
    /// Places in the order of the line.
    first: Place,
    low: (u64, Place),
    high: (u64, Place),
    last: (u64, Place),
}

impl Line {
    /// Goes on to a place.
    pub(crate) fn to(&mut self, place: Place) {
        if place.0.is_nan() || place.1.is_nan() {
            return;
        }
        let index = (place.0 * COLUMNS_PER_PIXEL).floor() as i64;
        if let Some(column) = self.column.as_mut().filter(|column| column.index == index) {
            let order = column.last.0 + 1;
            column.last = (order, place);
            if place.1 < column.low.1.1 {
                column.low = (order, place);
            }
            if place.1 > column.high.1.1 {
                column.high = (order, place);
            }
            return;
        }
        self.close_column();
        self.column = Some(Column {
            index,
            first: place,
            low: (0, place),
            high: (0, place),
            last: (0, place),
        });
    }

    fn close_column(&mut self) {
        let Some(column) = self.column.take() else {
            return;
        };
        let mut places = [(0, column.first), column.low, column.high, column.last];
        places.sort_by_key(|&(order, _)| order);
        self.kept.extend(places.map(|(_, place)| place));
    }

    /// What is left of the line: rounded to tenths of pixels, without places between two others on a straight
    /// horizontal or vertical way.
    pub(crate) fn finish(mut self) -> Vec<Place> {
        self.close_column();
        let mut places: Vec<Place> = Vec::new();
        for (x, y) in self.kept {
            let place = ((x * 10.0).round() / 10.0, (y * 10.0).round() / 10.0);
            if places.last() == Some(&place) {
                continue;
            }
            if let [.., a, b] = places[..]
                && (goes_on((a.1, b.1, place.1), (a.0, b.0, place.0))
                    || goes_on((a.0, b.0, place.0), (a.1, b.1, place.1)))
            {
                places.pop();
            }
            places.push(place);
        }
        places
    }
}

/// Whether three places lie on one line along an axis, and the second between the others.
fn goes_on(same: (f64, f64, f64), way: (f64, f64, f64)) -> bool {
    same.0 == same.1
        && same.1 == same.2
        && (way.0 <= way.1 && way.1 <= way.2 || way.0 >= way.1 && way.1 >= way.2)
}
