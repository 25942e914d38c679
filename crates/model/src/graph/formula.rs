//! Symbolic sizes: formulas of names, as exporters write them.
//!
//! PyTorch writes sympy's `srepr` (`Add(Symbol('s0', integer=True), Integer(1))`), ONNX exporters write plain formulas
//! (`s0 + 1`). Both are read; the plain form is what is kept and shown.

use std::{collections::HashMap, fmt};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// A whole number that depends on named sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Formula {
    Number(i64),
    Symbol(String),
    Sum(Vec<Formula>),
    Product(Vec<Formula>),
    /// A function with its name: `Pow`, `FloorDiv`, `Mod`, `Max`, `Min`, or one that is only shown.
    Call(String, Vec<Formula>),
}

impl Formula {
    /// Reads a formula; `None` where it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser {
            rest: text,
            depth: 0,
        };
        let formula = parser.sum()?;
        parser.skip_space();
        parser.rest.is_empty().then_some(formula)
    }

    /// Its value where the names have these sizes; `None` where a name is missing or the number leaves 64 bits.
    pub(crate) fn value(&self, sizes: &HashMap<String, u64>) -> Option<i64> {
        let all = |terms: &[Formula], start: i64, step: fn(i64, i64) -> Option<i64>| {
            terms
                .iter()
                .try_fold(start, |value, term| step(value, term.value(sizes)?))
        };
        match self {
            Self::Number(number) => Some(*number),
            Self::Symbol(name) => i64::try_from(*sizes.get(name)?).ok(),
            Self::Sum(terms) => all(terms, 0, i64::checked_add),
            Self::Product(factors) => all(factors, 1, i64::checked_mul),
            Self::Call(name, arguments) => {
                let values: Option<Vec<i64>> = arguments
                    .iter()
                    .map(|argument| argument.value(sizes))
                    .collect();
                match (name.as_str(), values?.as_slice()) {
                    ("Max", values) => values.iter().max().copied(),
                    ("Min", values) => values.iter().min().copied(),
                    ("Identity", [value]) => Some(*value),
                    ("Pow", [base, power]) => base.checked_pow(u32::try_from(*power).ok()?),
                    ("FloorDiv" | "IntDiv", [left, right]) if *right > 0 => {
                        left.checked_div_euclid(*right)
                    }
                    ("CleanDiv", [left, right]) if *right > 0 && left % right == 0 => {
                        Some(left / right)
                    }
                    ("CeilDiv", [left, right]) if *right > 0 => {
                        left.checked_add(right - 1)?.checked_div_euclid(*right)
                    }
                    ("Mod" | "PythonMod", [left, right]) if *right > 0 => {
                        left.checked_rem_euclid(*right)
                    }
                    _ => None,
                }
            }
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Symbol(name) => formatter.write_str(name),
            Self::Sum(terms) => {
                for (position, term) in terms.iter().enumerate() {
                    let text = term.to_string();
                    match (position, text.strip_prefix('-')) {
                        (0, _) => write!(formatter, "{text}")?,
                        (_, Some(positive)) => write!(formatter, " - {positive}")?,
                        (_, None) => write!(formatter, " + {text}")?,
                    }
                }
                Ok(())
            }
            Self::Product(factors) => {
                let mut factors = factors.as_slice();
                if let [Self::Number(-1), rest @ ..] = factors
                    && !rest.is_empty()
                {
                    formatter.write_str("-")?;
                    factors = rest;
                }
                for (position, factor) in factors.iter().enumerate() {
                    let times = if position > 0 { "*" } else { "" };
                    write!(formatter, "{times}{}", Operand(factor))?;
                }
                Ok(())
            }
            Self::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
                ("Pow", [base, power]) => {
                    write!(formatter, "{}**{}", Operand(base), Operand(power))
                }
                ("FloorDiv", [left, right]) => {
                    write!(formatter, "{}//{}", Operand(left), Operand(right))
                }
                ("Mod" | "PythonMod", [left, right]) => {
                    write!(formatter, "{} % {}", Operand(left), Operand(right))
                }
                (name, arguments) => {
                    let texts: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                    write!(formatter, "{name}({})", texts.join(", "))
                }
            },
        }
    }
}

/// A formula within another: in brackets unless it is one thing.
struct Operand<'a>(&'a Formula);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_one = match self.0 {
            Formula::Number(number) => *number >= 0,
            Formula::Symbol(_) => true,
            Formula::Sum(_) | Formula::Product(_) => false,
            Formula::Call(name, _) => {
                !matches!(name.as_str(), "Pow" | "FloorDiv" | "Mod" | "PythonMod")
            }
        };
        if is_one {
            self.0.fmt(formatter)
        } else {
            write!(formatter, "({})", self.0)
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn sum(&mut self) -> Option<Formula> {
        let mut terms = vec![self.product()?];
        loop {
            if self.eat("+") {
                terms.push(self.product()?);
            } else if self.eat("-") {
                terms.push(negative(self.product()?));
            } else {
                return Some(one_or(terms, Formula::Sum));
            }
        }
    }

    fn product(&mut self) -> Option<Formula> {
        let mut left = vec![self.power()?];
        loop {
            let name = if self.eat("//") {
                "FloorDiv"
            } else if self.eat("%") {
                "Mod"
            } else if self.eat("*") {
                left.push(self.power()?);
                continue;
            } else {
                return Some(one_or(left, Formula::Product));
            };
            let right = self.power()?;
            let dividend = one_or(left, Formula::Product);
            left = vec![Formula::Call(name.to_owned(), vec![dividend, right])];
        }
    }

    fn power(&mut self) -> Option<Formula> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let formula = if self.eat("-") {
            negative(self.power()?)
        } else {
            let base = self.primary()?;
            if self.eat("**") {
                Formula::Call("Pow".to_owned(), vec![base, self.power()?])
            } else {
                base
            }
        };
        self.depth -= 1;
        Some(formula)
    }

    fn primary(&mut self) -> Option<Formula> {
        if self.eat("(") {
            let inner = self.sum()?;
            return self.eat(")").then_some(inner);
        }
        let word = self.word();
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            return word.parse().ok().map(Formula::Number);
        }
        if word.is_empty() {
            return None;
        }
        if !self.eat("(") {
            return Some(Formula::Symbol(word.to_owned()));
        }
        if word == "Symbol" {
            return self.symbol();
        }
        let mut arguments = Vec::new();
        while !self.eat(")") {
            arguments.push(self.sum()?);
            self.eat(",");
        }
        Some(match (word, arguments.as_mut_slice()) {
            ("Integer", [Formula::Number(number)]) => Formula::Number(*number),
            ("Integer", [Formula::Product(factors)]) => Formula::Product(std::mem::take(factors)),
            ("Add", _) => one_or(arguments, Formula::Sum),
            ("Mul", _) => one_or(arguments, Formula::Product),
            (name, _) => {
                let name = name.rsplit('.').next().unwrap_or(name);
                Formula::Call(name.to_owned(), arguments)
            }
        })
    }

    /// The rest of `Symbol('name', integer=True)`: what is assumed of the symbol is not needed.
    fn symbol(&mut self) -> Option<Formula> {
        self.skip_space();
        let quote = self
            .rest
            .chars()
            .next()
            .filter(|quote| matches!(quote, '\'' | '"'))?;
        let (name, rest) = self.rest[1..].split_once(quote)?;
        let (_, rest) = rest.split_once(')')?;
        self.rest = rest;
        Some(Formula::Symbol(name.to_owned()))
    }

    fn word(&mut self) -> &'a str {
        self.skip_space();
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }
}

fn negative(formula: Formula) -> Formula {
    match formula {
        Formula::Number(number) => Formula::Number(number.wrapping_neg()),
        Formula::Product(mut factors) => {
            factors.insert(0, Formula::Number(-1));
            Formula::Product(factors)
        }
        other => Formula::Product(vec![Formula::Number(-1), other]),
    }
}

fn one_or(mut parts: Vec<Formula>, several: fn(Vec<Formula>) -> Formula) -> Formula {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    several(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, shown: &str, value: Option<i64>) {
        let formula = Formula::parse(text).unwrap();
        assert_eq!(formula.to_string(), shown);
        let sizes = HashMap::from([("s0".to_owned(), 7)]);
        assert_eq!(formula.value(&sizes), value, "{text}");
        assert_eq!(
            Formula::parse(shown).unwrap().value(&sizes),
            value,
            "{shown}"
        );
    }

    #[test]
    fn both_ways_of_writing() {
        check("Symbol('s0', positive=True, integer=True)", "s0", Some(7));
        check(
            "Add(Mul(Integer(2), Symbol('s0', integer=True)), Integer(-1))",
            "2*s0 - 1",
            Some(13),
        );
        check(
            "FloorDiv(Add(Symbol('s0'), Integer(-1)), Integer(2))",
            "(s0 - 1)//2",
            Some(3),
        );
        check("((s0 - 1)//2) + 1", "(s0 - 1)//2 + 1", Some(4));
        check("Max(1, s0 % 4)", "Max(1, s0 % 4)", Some(3));
        check("s0**2 - s0", "s0**2 - s0", Some(42));
        check("-s0", "-s0", Some(-7));
        check("unknown + 1", "unknown + 1", None);
        check("2**100", "2**100", None);
        check("Odd(s0)", "Odd(s0)", None);
    }

    #[test]
    fn what_is_no_formula() {
        for text in [
            "",
            "(",
            "s0 +",
            "s0)",
            "Max(1",
            "Symbol(s0)",
            &"(".repeat(10_000),
            &"-".repeat(10_000),
        ] {
            assert_eq!(Formula::parse(text), None, "{text}");
        }
    }
}
