//! `projector_config.pbtxt`: a protobuf message `ProjectorConfig` in text format.
//!
//! ```text
//! message ProjectorConfig {
//!   string model_checkpoint_path = 1;
//!   repeated EmbeddingInfo embeddings = 2;
//!   string model_checkpoint_dir = 3;
//! }
//! message EmbeddingInfo {
//!   string tensor_name = 1;
//!   string metadata_path = 2;
//!   string bookmarks_path = 3;
//!   repeated uint32 tensor_shape = 4;
//!   SpriteMetadata sprite = 5;  // image_path = 1, repeated uint32 single_image_dim = 2
//!   string tensor_path = 6;
//! }
//! ```

/// Most embeddings that are read of one configuration.
pub(crate) const MAX_EMBEDDINGS: usize = 10_000;

/// Deepest nesting of messages.
const MAX_DEPTH: usize = 32;

/// One embedding, with paths as they stand in the configuration; empty where there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EmbeddingInfo {
    pub(crate) tensor_name: String,
    pub(crate) tensor_path: String,
    /// Needed for tensors that are no text.
    pub(crate) tensor_shape: Vec<u64>,
    pub(crate) metadata_path: String,
    pub(crate) bookmarks_path: String,
    pub(crate) sprite_path: String,
    /// Width and height of each picture.
    pub(crate) single_image_dim: Vec<u64>,
}

/// The embeddings of a configuration, and what is wrong behind them: those before it are good.
pub(crate) fn parse(text: &str) -> (Vec<EmbeddingInfo>, Option<String>) {
    let mut parser = Parser {
        rest: text,
        line: 1,
    };
    let mut embeddings = Vec::new();
    let problem = loop {
        match parser.top_field(&mut embeddings) {
            Ok(true) if embeddings.len() > MAX_EMBEDDINGS => {
                embeddings.truncate(MAX_EMBEDDINGS);
                break Some(format!(
                    "expected at most {MAX_EMBEDDINGS} embeddings, got more"
                ));
            }
            Ok(true) => {}
            Ok(false) => break None,
            Err(problem) => break Some(format!("line {}: {problem}", parser.line)),
        }
    };
    (embeddings, problem)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name or a number.
    Word(String),
    Text(String),
    Mark(char),
}

struct Parser<'a> {
    rest: &'a str,
    line: usize,
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    /// Reads a field of the whole message, and says whether there was one.
    fn top_field(&mut self, embeddings: &mut Vec<EmbeddingInfo>) -> Parsed<bool> {
        match self.token()? {
            None => return Ok(false),
            Some(Token::Word(name)) if name == "embeddings" => {
                let mut info = EmbeddingInfo::default();
                self.open()?;
                self.fields(&mut |parser, name| parser.embedding_field(name, &mut info))?;
                embeddings.push(info);
            }
            Some(Token::Word(_)) => self.skip_value(0)?,
            Some(Token::Mark(',' | ';')) => {}
            Some(other) => return Err(unexpected("a field's name", &other)),
        }
        Ok(true)
    }

    fn embedding_field(&mut self, name: &str, info: &mut EmbeddingInfo) -> Parsed<()> {
        match name {
            "tensor_name" => info.tensor_name = self.text()?,
            "tensor_path" => info.tensor_path = self.text()?,
            "metadata_path" => info.metadata_path = self.text()?,
            "bookmarks_path" => info.bookmarks_path = self.text()?,
            "tensor_shape" => self.numbers(&mut info.tensor_shape)?,
            "sprite" => {
                self.open()?;
                self.fields(&mut |parser, name| match name {
                    "image_path" => {
                        info.sprite_path = parser.text()?;
                        Ok(())
                    }
                    "single_image_dim" => parser.numbers(&mut info.single_image_dim),
                    _ => parser.skip_value(0),
                })?;
            }
            _ => self.skip_value(0)?,
        }
        Ok(())
    }

    /// Fields up to the brace that closes their message.
    fn fields(&mut self, field: &mut dyn FnMut(&mut Self, &str) -> Parsed<()>) -> Parsed<()> {
        loop {
            match self.expected("a field or }")? {
                Token::Mark('}' | '>') => return Ok(()),
                Token::Mark(',' | ';') => {}
                Token::Word(name) => field(self, &name)?,
                other => return Err(unexpected("a field or }", &other)),
            }
        }
    }

    /// The brace that opens a message, with or without a colon before it.
    fn open(&mut self) -> Parsed<()> {
        let mut token = self.expected("{")?;
        if token == Token::Mark(':') {
            token = self.expected("{")?;
        }
        match token {
            Token::Mark('{' | '<') => Ok(()),
            other => Err(unexpected("{", &other)),
        }
    }

    fn colon(&mut self) -> Parsed<()> {
        match self.expected(":")? {
            Token::Mark(':') => Ok(()),
            other => Err(unexpected(":", &other)),
        }
    }

    /// A text, which may come in several parts.
    fn text(&mut self) -> Parsed<String> {
        self.colon()?;
        let mut text = match self.expected("a text in quotes")? {
            Token::Text(text) => text,
            other => return Err(unexpected("a text in quotes", &other)),
        };
        while matches!(self.peek(), Some('"' | '\'')) {
            if let Some(Token::Text(more)) = self.token()? {
                text.push_str(&more);
            }
        }
        Ok(text)
    }

    /// One number, or several in brackets.
    fn numbers(&mut self, into: &mut Vec<u64>) -> Parsed<()> {
        self.colon()?;
        match self.expected("a number")? {
            Token::Mark('[') => loop {
                match self.expected("a number or ]")? {
                    Token::Mark(']') => return Ok(()),
                    Token::Mark(',') => {}
                    other => push_number(&other, into)?,
                }
            },
            other => push_number(&other, into),
        }
    }

    /// A value of a field that is not wanted.
    fn skip_value(&mut self, depth: usize) -> Parsed<()> {
        if depth > MAX_DEPTH {
            return Err(format!(
                "expected at most {MAX_DEPTH} messages in each other"
            ));
        }
        let mut token = self.expected("a value")?;
        if token == Token::Mark(':') {
            token = self.expected("a value")?;
        }
        match token {
            Token::Mark('{' | '<') => self.fields(&mut |parser, _| parser.skip_value(depth + 1)),
            Token::Mark('[') => loop {
                match self.expected("]")? {
                    Token::Mark(']') => return Ok(()),
                    Token::Mark('{' | '<') => {
                        self.fields(&mut |parser, _| parser.skip_value(depth + 1))?;
                    }
                    _ => {}
                }
            },
            Token::Text(_) | Token::Word(_) => {
                while matches!(self.peek(), Some('"' | '\'')) {
                    self.token()?;
                }
                Ok(())
            }
            Token::Mark(_) => Err(unexpected("a value", &token)),
        }
    }

    fn expected(&mut self, what: &str) -> Parsed<Token> {
        self.token()?
            .ok_or_else(|| format!("expected {what}, got the end of the file"))
    }

    /// The next character that is neither space nor comment.
    fn peek(&mut self) -> Option<char> {
        loop {
            let next = self.rest.chars().next()?;
            if next == '#' {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            } else if next.is_whitespace() {
                self.line += usize::from(next == '\n');
                self.rest = &self.rest[next.len_utf8()..];
            } else {
                return Some(next);
            }
        }
    }

    fn token(&mut self) -> Parsed<Option<Token>> {
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        let after = &self.rest[first.len_utf8()..];
        match first {
            '"' | '\'' => {
                let (text, rest) = quoted(after, first)?;
                self.rest = rest;
                Ok(Some(Token::Text(text)))
            }
            '{' | '}' | '<' | '>' | '[' | ']' | ':' | ',' | ';' => {
                self.rest = after;
                Ok(Some(Token::Mark(first)))
            }
            _ => {
                let inside = |c: char| !c.is_whitespace() && !"#\"'{}<>[]:,;".contains(c);
                let end = self
                    .rest
                    .find(|c: char| !inside(c))
                    .unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                Ok(Some(Token::Word(word.to_owned())))
            }
        }
    }
}

fn push_number(token: &Token, into: &mut Vec<u64>) -> Parsed<()> {
    let number = match token {
        Token::Word(word) => word.parse().ok(),
        _ => None,
    };
    match number {
        Some(number) if into.len() < MAX_DEPTH => into.push(number),
        Some(_) => {}
        None => return Err(unexpected("a number", token)),
    }
    Ok(())
}

fn unexpected(expected: &str, got: &Token) -> String {
    match got {
        Token::Word(word) => format!("expected {expected}, got {word}"),
        Token::Text(text) => format!("expected {expected}, got {text:?}"),
        Token::Mark(mark) => format!("expected {expected}, got {mark}"),
    }
}

/// A text up to its closing quote, its escapes resolved, and what comes behind it.
fn quoted(source: &str, quote: char) -> Parsed<(String, &str)> {
    let unclosed = || "expected a quote that closes the text".to_owned();
    let mut bytes = Vec::new();
    let mut chars = source.char_indices();
    loop {
        let (at, char) = chars.next().ok_or_else(unclosed)?;
        match char {
            '\n' => return Err(unclosed()),
            _ if char == quote => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                return Ok((text, &source[at + 1..]));
            }
            '\\' => {
                let (at, escaped) = chars.next().ok_or_else(unclosed)?;
                let digits = |radix: u32, most: usize, from: usize| {
                    let text = &source[from..];
                    let count = text
                        .chars()
                        .take(most)
                        .take_while(|digit| digit.is_digit(radix))
                        .count();
                    u8::from_str_radix(&text[..count], radix).map(|byte| (byte, count))
                };
                match escaped {
                    'n' => bytes.push(b'\n'),
                    't' => bytes.push(b'\t'),
                    'r' => bytes.push(b'\r'),
                    '0'..='7' => {
                        let (byte, count) = digits(8, 3, at).map_err(|error| error.to_string())?;
                        bytes.push(byte);
                        for _ in 1..count {
                            chars.next();
                        }
                    }
                    'x' | 'X' => {
                        let (byte, count) =
                            digits(16, 2, at + 1).map_err(|error| error.to_string())?;
                        bytes.push(byte);
                        for _ in 0..count {
                            chars.next();
                        }
                    }
                    other => push_char(&mut bytes, other),
                }
            }
            other => push_char(&mut bytes, other),
        }
    }
}

fn push_char(bytes: &mut Vec<u8>, char: char) {
    bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_writers_write_and_people_type() {
        let text = r#"
# by hand
model_checkpoint_path: "x" 'y'
other { a: [1, 2] b < c: "}" > d: -1.5 }
embeddings {
  tensor_name: "a \"b\"\\\303\251:00007"
  metadata_path: 'm.tsv'
  bookmarks_path: "b.json"
  tensor_shape: 10
  tensor_shape: 3;
  sprite { image_path: "s.png" single_image_dim: 4, single_image_dim: 5 }
  tensor_path: "dir/" "t.bytes"
}
embeddings: <tensor_name:"c" tensor_shape:[2,\u{0}]>"#
            .replace("\\u{0}", "7");
        let (embeddings, problem) = parse(&text);
        assert_eq!(problem, None);
        assert_eq!(
            embeddings,
            [
                EmbeddingInfo {
                    tensor_name: "a \"b\"\\é:00007".to_owned(),
                    tensor_path: "dir/t.bytes".to_owned(),
                    tensor_shape: vec![10, 3],
                    metadata_path: "m.tsv".to_owned(),
                    bookmarks_path: "b.json".to_owned(),
                    sprite_path: "s.png".to_owned(),
                    single_image_dim: vec![4, 5],
                },
                EmbeddingInfo {
                    tensor_name: "c".to_owned(),
                    tensor_shape: vec![2, 7],
                    ..EmbeddingInfo::default()
                }
            ]
        );
    }

    #[test]
    fn says_where_it_is_malformed_and_keeps_what_came_before() {
        let good = "embeddings { tensor_name: \"a\" }\n";
        for (bad, expected) in [
            (
                "embeddings { tensor_name: \"b }\n}",
                "line 2: expected a quote that closes the text",
            ),
            (
                "embeddings {",
                "line 2: expected a field or }, got the end of the file",
            ),
            ("\n}", "line 3: expected a field's name, got }"),
            (
                "embeddings { tensor_shape: x }",
                "line 2: expected a number, got x",
            ),
            (
                "embeddings { tensor_name: 3 }",
                "line 2: expected a text in quotes, got 3",
            ),
        ] {
            let (embeddings, problem) = parse(&format!("{good}{bad}"));
            assert_eq!(embeddings.len(), 1, "{bad}");
            assert_eq!(problem.as_deref(), Some(expected), "{bad}");
        }
        let deep = "a { ".repeat(100);
        assert_eq!(
            parse(&deep).1.as_deref(),
            Some("line 1: expected at most 32 messages in each other")
        );
    }
}
