//! JSON as a stream of bytes: values are read where they are wanted and skipped where they are not, in a buffer of
//! fixed size, whatever the length of the file.
//!
//! It is lenient where writers are: bare `NaN` and `Infinity`, unknown escapes and bytes that are no UTF-8 pass.

use std::io::{self, Read};

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// Deepest nesting of a value that is skipped.
const MAX_NESTING: usize = 512;

/// What stands in the way of reading on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Where, in bytes of the (inflated) text.
    pub(crate) offset: u64,
    /// What should have been there.
    pub(crate) expected: &'static str,
    /// What was there; `None` for the end.
    pub(crate) got: Option<u8>,
}

/// Kind of a value that was read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string, its escapes resolved.
    Text,
    /// A number, `true`, `false`, `null` or `NaN`, as it stands there.
    Bare,
    /// An object or a list; it was skipped.
    Nested,
}

/// Reads JSON from a stream.
pub(crate) struct Scanner<R> {
    source: R,
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
    /// Where the buffer begins in the text.
    begins: u64,
    ended: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Scanner<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            at: 0,
            end: 0,
            begins: 0,
            ended: false,
            failure: None,
        }
    }

    /// Where the next byte is in the text.
    pub(crate) fn offset(&self) -> u64 {
        self.begins + self.at as u64
    }

    /// Why the stream ended before its end.
    pub(crate) fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    /// The bytes ahead, at least `wanted` of them (of at most half a buffer) unless the text ends before.
    fn ahead(&mut self, wanted: usize) -> &[u8] {
        while self.end - self.at < wanted && !self.ended {
            if self.at > 0 {
                self.buffer.copy_within(self.at..self.end, 0);
                self.begins += self.at as u64;
                self.end -= self.at;
                self.at = 0;
            }
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    self.ended = true;
                }
            }
        }
        &self.buffer[self.at..self.end]
    }

    pub(crate) fn peek(&mut self) -> Option<u8> {
        if self.at < self.end {
            return Some(self.buffer[self.at]);
        }
        self.ahead(1).first().copied()
    }

    /// Goes one byte on; only after [`Self::peek`] has shown it.
    fn advance(&mut self) {
        self.at += 1;
    }

    /// The next byte that is no space.
    pub(crate) fn peek_token(&mut self) -> Option<u8> {
        loop {
            match self.peek() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.advance(),
                other => return other,
            }
        }
    }

    pub(crate) fn misfit(&mut self, expected: &'static str) -> Misfit {
        let got = self.peek();
        Misfit {
            offset: self.offset(),
            expected,
            got,
        }
    }

    /// Takes the next token when it is `byte`.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek_token() == Some(byte);
        if is_there {
            self.advance();
        }
        is_there
    }

    /// Takes the next token, which has to be `byte`.
    pub(crate) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Misfit> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.misfit(expected))
        }
    }

    /// Reads a string into `text`, of which at most `max` bytes are kept.
    pub(crate) fn string(&mut self, text: &mut Vec<u8>, max: usize) -> Result<(), Misfit> {
        text.clear();
        self.expect(b'"', "a string")?;
        // Half of a character beyond the basic plane.
        let mut high = None;
        loop {
            let rest = &self.buffer[self.at..self.end];
            let plain = rest
                .iter()
                .take_while(|&&byte| !matches!(byte, b'"' | b'\\'));
            let count = plain.count();
            if count > 0 {
                high = None;
                let room = max.saturating_sub(text.len()).min(count);
                text.extend_from_slice(&rest[..room]);
                self.at += count;
            }
            match self.peek() {
                None => return Err(self.misfit("the end of a string")),
                Some(b'"') => {
                    self.advance();
                    return Ok(());
                }
                Some(b'\\') => {
                    self.advance();
                    let Some(escape) = self.peek() else {
                        return Err(self.misfit("an escaped character"));
                    };
                    self.advance();
                    let mut push = |character: char| {
                        let mut bytes = [0; 4];
                        let bytes = character.encode_utf8(&mut bytes).as_bytes();
                        if text.len() + bytes.len() <= max {
                            text.extend_from_slice(bytes);
                        }
                    };
                    match escape {
                        b'n' => push('\n'),
                        b't' => push('\t'),
                        b'r' => push('\r'),
                        b'b' => push('\u{8}'),
                        b'f' => push('\u{c}'),
                        b'"' | b'\\' | b'/' => push(escape as char),
                        b'u' => {
                            let unit = self.unit();
                            match (high.take(), unit) {
                                (_, Some(unit @ 0xd800..0xdc00)) => high = Some(unit),
                                (Some(high), Some(low @ 0xdc00..0xe000)) => {
                                    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                                    push(
                                        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                                    );
                                }
                                (_, unit) => push(
                                    unit.and_then(char::from_u32)
                                        .unwrap_or(char::REPLACEMENT_CHARACTER),
                                ),
                            }
                            continue;
                        }
                        // A path of Windows whose backslashes were not escaped.
                        _ => {
                            push('\\');
                            if text.len() < max {
                                text.push(escape);
                            }
                        }
                    }
                    high = None;
                }
                Some(_) => {}
            }
        }
    }

    /// The four digits of `\u`; fewer are taken as far as they are digits.
    fn unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| (byte as char).to_digit(16))?;
            unit = unit * 16 + digit;
            self.advance();
        }
        Some(unit)
    }

    /// Reads a string or a bare word into `text` (at most `max` bytes of it); skips an object or a list.
    pub(crate) fn scalar(&mut self, text: &mut Vec<u8>, max: usize) -> Result<Kind, Misfit> {
        match self.peek_token() {
            Some(b'"') => self.string(text, max).map(|()| Kind::Text),
            Some(b'{' | b'[') => {
                text.clear();
                self.skip().map(|()| Kind::Nested)
            }
            _ => {
                text.clear();
                let mut length = 0_usize;
                while let Some(
                    byte @ (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.'),
                ) = self.peek()
                {
                    if text.len() < max {
                        text.push(byte);
                    }
                    length += 1;
                    self.advance();
                }
                if length == 0 {
                    return Err(self.misfit("a value"));
                }
                Ok(Kind::Bare)
            }
        }
    }

    /// Skips a value of any kind, without recursion.
    pub(crate) fn skip(&mut self) -> Result<(), Misfit> {
        let mut closers: Vec<u8> = Vec::new();
        let mut nothing = Vec::new();
        loop {
            // Here a value begins, or its object or list ends at once.
            match self.peek_token() {
                Some(open @ (b'{' | b'[')) => {
                    if closers.len() == MAX_NESTING {
                        return Err(self.misfit("a value that is nested less deeply"));
                    }
                    self.advance();
                    let closer = if open == b'{' { b'}' } else { b']' };
                    closers.push(closer);
                    if self.peek_token() != Some(closer) {
                        if closer == b'}' {
                            self.key(&mut nothing, 0)?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.string(&mut nothing, 0)?,
                _ => {
                    self.scalar(&mut nothing, 0)?;
                }
            }
            // Here a value is over: close what ends with it, or go to the next.
            loop {
                let Some(&closer) = closers.last() else {
                    return Ok(());
                };
                if self.take(closer) {
                    closers.pop();
                } else {
                    self.expect(b',', "a comma or the end of a list or object")?;
                    if closer == b'}' {
                        self.key(&mut nothing, 0)?;
                    }
                    break;
                }
            }
        }
    }

    /// Reads a key and its colon.
    pub(crate) fn key(&mut self, text: &mut Vec<u8>, max: usize) -> Result<(), Misfit> {
        if self.peek_token() != Some(b'"') {
            return Err(self.misfit("a name in quotes"));
        }
        self.string(text, max)?;
        self.expect(b':', "a colon")
    }

    /// Skips a value and keeps its text, of which at most `max` bytes: strings resolved, the rest as it stands there
    /// without line breaks between its parts.
    pub(crate) fn raw(&mut self, text: &mut Vec<u8>, max: usize) -> Result<(), Misfit> {
        if !matches!(self.peek_token(), Some(b'{' | b'[')) {
            return self.scalar(text, max).map(|_| ());
        }
        text.clear();
        let mut depth = 0_usize;
        let mut in_string = false;
        let mut escaped = false;
        loop {
            let Some(byte) = self.peek() else {
                return Err(self.misfit("the end of a list or object"));
            };
            self.advance();
            if in_string {
                in_string = escaped || byte != b'"';
                escaped = !escaped && byte == b'\\';
            } else {
                match byte {
                    b'"' => in_string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    b'\n' | b'\r' => continue,
                    _ => {}
                }
            }
            if text.len() < max {
                text.push(byte);
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Skips a mark of the encoding.
    pub(crate) fn skip_mark(&mut self) {
        if self.ahead(3).starts_with(b"\xef\xbb\xbf") {
            self.at += 3;
        }
    }

    /// Goes on to the next place where an event seems to begin; false when there is none.
    pub(crate) fn seek_event(&mut self) -> bool {
        const KEYS: [&[u8]; 5] = [b"\"ph\"", b"\"name\"", b"\"cat\"", b"\"pid\"", b"\"ts\""];
        /// An object begins with spaces, and then its first key.
        const LOOK_BYTES: usize = 64;
        loop {
            let rest = self.ahead(LOOK_BYTES);
            if rest.is_empty() {
                return false;
            }
            let Some(found) = rest.iter().position(|&byte| byte == b'{') else {
                self.at = self.end;
                continue;
            };
            self.at += found;
            let inside = self.ahead(LOOK_BYTES).get(1..).unwrap_or_default();
            let inside = inside.trim_ascii_start();
            if KEYS.iter().any(|key| inside.starts_with(key)) {
                return true;
            }
            self.advance();
        }
    }
}
