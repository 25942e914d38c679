//! Comma-separated values, quoted as RFC 4180 says, lines ended by CR LF.

use std::fmt::Write as _;

/// A table of comma-separated values under construction.
pub(crate) struct Csv {
    text: String,
}

impl Csv {
    pub(crate) fn new(header: &[&str]) -> Self {
        let mut csv = Self {
            text: String::new(),
        };
        csv.row(header.iter().map(|name| Cell::Text(name)));
        csv
    }

    pub(crate) fn row<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) {
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.cell(cell);
        }
        self.text.push_str("\r\n");
    }

    fn cell(&mut self, cell: Cell) {
        // Writing to a string cannot fail.
        let _ = match cell {
            Cell::Text(text) => {
                self.quoted(text);
                Ok(())
            }
            Cell::Integer(number) => write!(self.text, "{number}"),
            Cell::Number(number) if number.is_infinite() => self.text.write_str(if number > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            }),
            Cell::Number(number) => write!(self.text, "{number:?}"),
        };
    }

    fn quoted(&mut self, text: &str) {
        if text.contains(['"', ',', '\r', '\n']) {
            self.text.push('"');
            self.text.push_str(&text.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(text);
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// One cell.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'c> {
    Text(&'c str),
    Integer(i64),
    /// In the fewest digits that read back as the same number.
    Number(f64),
}

#[cfg(test)]
mod tests {
    use super::{Cell, Csv};

    #[test]
    fn quotes_what_must_be_quoted() {
        let mut csv = Csv::new(&["Run", "Value"]);
        csv.row([Cell::Text("a,\"b\"\n"), Cell::Number(0.1)]);
        csv.row([Cell::Text("plain text"), Cell::Number(f64::NEG_INFINITY)]);
        csv.row([Cell::Integer(-3), Cell::Number(f64::NAN)]);
        csv.row([Cell::Number(1e300), Cell::Number(2.0)]);
        assert_eq!(
            csv.finish(),
            "Run,Value\r\n\"a,\"\"b\"\"\n\",0.1\r\nplain text,-Infinity\r\n-3,NaN\r\n1e300,2.0\r\n"
        );
    }
}
