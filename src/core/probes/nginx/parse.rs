//! The syntax of nginx's files: words, quotes, comments, blocks.

use std::iter::Peekable;
use std::str::Chars;

/// A directive: `listen 443 ssl;`, or with a block: `server { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive {
    /// Its name and what stands behind it, without quotes.
    pub(super) words: Vec<String>,
    /// What stands in its block; `None` if it ends with `;`.
    pub(super) block: Option<Vec<Directive>>,
    /// The line that it begins on, counted from 1.
    pub(super) line: usize,
    /// The file that it stands in.
    pub(super) file: String,
}

impl Directive {
    pub(super) fn name(&self) -> &str {
        &self.words[0]
    }

    /// What stands behind its name.
    pub(super) fn arguments(&self) -> &[String] {
        &self.words[1..]
    }

    /// What stands in its block.
    pub(super) fn inner(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }

    /// The directives of its block with this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Directive> {
        self.inner().iter().filter(move |directive| directive.name() == name)
    }
}

/// Blocks that stand in blocks: more is no file of nginx, but one that wants to fill our stack.
const DEEPEST: usize = 64;

/// Reads the text of `file`.
///
/// # Errors
///
/// What is wrong, and its line.
pub(super) fn parse(text: &str, file: &str) -> Result<Vec<Directive>, String> {
    let mut reader = Reader { chars: text.chars().peekable(), line: 1, file };
    let (directives, end) = reader.block(0)?;
    match end {
        End::OfFile => Ok(directives),
        End::OfBlock => Err(format!("{file}:{}: one }} too many", reader.line)),
    }
}

enum End {
    OfBlock,
    OfFile,
}

enum Token {
    Word(String),
    Semicolon,
    Open,
    Close,
    End,
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
    file: &'a str,
}

impl Reader<'_> {
    fn block(&mut self, depth: usize) -> Result<(Vec<Directive>, End), String> {
        if depth > DEEPEST {
            return Err(self.wrong("more blocks in each other than anybody writes"));
        }
        let mut directives = Vec::new();
        let (mut words, mut line) = (Vec::new(), self.line);
        loop {
            match self.token()? {
                Token::Word(word) => {
                    if words.is_empty() {
                        line = self.line;
                    }
                    words.push(word);
                }
                Token::Semicolon if words.is_empty() => return Err(self.wrong("; without a word")),
                Token::Open if words.is_empty() => return Err(self.wrong("{ without a word")),
                token @ (Token::Semicolon | Token::Open) => {
                    let block = match token {
                        Token::Open => Some(self.inside(depth)?),
                        _ => None,
                    };
                    let (words, file) = (std::mem::take(&mut words), self.file.to_owned());
                    directives.push(Directive { words, block, line, file });
                }
                Token::Close | Token::End if !words.is_empty() => {
                    return Err(self.wrong(&format!("no ; behind {}", words[0])));
                }
                Token::Close => return Ok((directives, End::OfBlock)),
                Token::End => return Ok((directives, End::OfFile)),
            }
        }
    }

    fn inside(&mut self, depth: usize) -> Result<Vec<Directive>, String> {
        match self.block(depth + 1)? {
            (directives, End::OfBlock) => Ok(directives),
            (_, End::OfFile) => Err(self.wrong("a block is not closed")),
        }
    }

    fn token(&mut self) -> Result<Token, String> {
        loop {
            match self.chars.peek() {
                None => return Ok(Token::End),
                Some('#') => while self.chars.next_if(|char| *char != '\n').is_some() {},
                Some(char) if char.is_whitespace() => {
                    self.next();
                }
                Some(';') => return Ok(self.take(Token::Semicolon)),
                Some('{') => return Ok(self.take(Token::Open)),
                Some('}') => return Ok(self.take(Token::Close)),
                Some('"' | '\'') => return self.quoted().map(Token::Word),
                Some(_) => return Ok(Token::Word(self.bare())),
            }
        }
    }

    fn take(&mut self, token: Token) -> Token {
        self.next();
        token
    }

    fn next(&mut self) -> Option<char> {
        let char = self.chars.next();
        self.line += usize::from(char == Some('\n'));
        char
    }

    /// Up to the same quote. A quote inside of a bare word is a part of it.
    fn quoted(&mut self) -> Result<String, String> {
        let began = self.line;
        let quote = self.next();
        let mut word = String::new();
        loop {
            match self.next() {
                None => return Err(format!("{}:{began}: a quote is not closed", self.file)),
                char if char == quote => return Ok(word),
                Some('\\') => self.escaped(&mut word),
                Some(char) => word.push(char),
            }
        }
    }

    /// Up to a blank or a sign. `${name}` is a variable, its brace no block.
    fn bare(&mut self) -> String {
        let mut word = String::new();
        while let Some(&char) = self.chars.peek() {
            let is_variable = char == '{' && word.ends_with('$');
            if char.is_whitespace() || char == ';' || (char == '{' && !is_variable) {
                break;
            }
            self.next();
            match char {
                '\\' => self.escaped(&mut word),
                char => word.push(char),
            }
        }
        word
    }

    /// A backslash stays before what nginx does not know: regular expressions are full of them.
    ///
    /// # Source
    ///
    /// nginx 1.22, `core/ngx_conf_file.c::ngx_conf_read_token`.
    fn escaped(&mut self, word: &mut String) {
        match self.next() {
            Some(char @ ('"' | '\'' | '\\')) => word.push(char),
            Some('t') => word.push('\t'),
            Some('r') => word.push('\r'),
            Some('n') => word.push('\n'),
            Some(char) => word.extend(['\\', char]),
            None => word.push('\\'),
        }
    }

    fn wrong(&self, what: &str) -> String {
        format!("{}:{}: {what}", self.file, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `a b { c; }`.
    fn shown(directives: &[Directive]) -> String {
        let show = |directive: &Directive| match &directive.block {
            Some(block) => format!("{} {{ {} }}", directive.words.join("|"), shown(block)),
            None => format!("{};", directive.words.join("|")),
        };
        directives.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    fn check(text: &str, expected: &str) {
        let read = parse(text, "f").map(|directives| shown(&directives));
        assert_eq!(read.as_deref().unwrap_or_else(|error| error), expected, "{text}");
    }

    #[test]
    fn words_blocks_and_comments_are_told_apart() {
        check("user www-data;", "user|www-data;");
        check("http { server { listen 443 ssl; } }", "http { server { listen|443|ssl; } }");
        check("# a; b {\nx y; # z }\n", "x|y;");
        check("x a#b;", "x|a#b;");
        check("location ~ \\.php$ { deny all; }", "location|~|\\.php$ { deny|all; }");
        check("events{}x;", "events {  } x;");
        check("", "");
    }

    #[test]
    fn quotes_keep_what_is_a_sign_elsewhere() {
        check("log_format x '$a \"$b\" {;}' \"it's\";", "log_format|x|$a \"$b\" {;}|it's;");
        check(r#"x "a\"b\\c\d";"#, r#"x|a"b\c\d;"#);
        check("set $x http://${host}:80;", "set|$x|http://${host}:80;");
        check("if ($a = \"}\") { return 1; }", "if|($a|=|}|) { return|1; }");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        check("x\n{\ny;", "f:3: a block is not closed");
        check("a;\n}\n", "f:2: one } too many");
        check("a;\nb", "f:2: no ; behind b");
        check("a;\n\"b", "f:2: a quote is not closed");
        check(";", "f:1: ; without a word");
        check(&"a{".repeat(100_000), "f:1: more blocks in each other than anybody writes");
    }

    #[test]
    fn a_directive_knows_its_line() {
        let read = parse("a;\n\n  b c\n d;\n", "f").unwrap();
        assert_eq!(read.iter().map(|each| each.line).collect::<Vec<_>>(), [1, 3]);
    }
}
