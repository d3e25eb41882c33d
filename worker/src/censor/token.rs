//! A text cut into its words: the longest runs of word characters, each with its hash.
//!
//! Sixteen bytes are looked at together, as one number, because nearly every word and the character
//! after it fit into sixteen: the number says which bytes are word characters of ASCII, the first
//! that is none ends the word, and what stands before it is all that the hash needs.
//! Only where a byte is beyond ASCII are characters decoded.

use regex_syntax::is_word_character;

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The same for words that differ in the case of A to Z alone.
    pub(super) hash: u64,
}

/// The words of a text in their order.
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

/// The upper bit of each byte.
const UPPER: u128 = each(0x80);

/// This byte sixteen times.
const fn each(byte: u8) -> u128 {
    u128::from_ne_bytes([byte; 16])
}

impl<'t> Tokens<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The end of the word of any characters that begins here; this very place where none does.
    fn end_of_word(&self, mut at: usize) -> usize {
        loop {
            let run = leading(word_bytes(sixteen_at(self.text.as_bytes(), at)));
            at += run;
            if run == 16 {
                continue;
            }
            match self.text[at..].chars().next() {
                Some(character) if is_word_character(character) => at += character.len_utf8(),
                _ => return at,
            }
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    #[inline]
    fn next(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() {
            let start = self.at;
            let sixteen = sixteen_at(bytes, start);
            let words = word_bytes(sixteen);
            let run = leading(words);
            // Bytes from the end of the run on; none where it fills all sixteen.
            let after = sixteen.checked_shr(run as u32 * 8).unwrap_or(UPPER);
            if after & 0x80 == 0 {
                // The byte after the run is ASCII and no word character, so it is passed over too.
                self.at = start + run + 1;
                if run > 0 {
                    let hash = mixed(0, masked(sixteen, run));
                    let end = start + run;
                    return Some(Token { start, end, hash });
                }
                continue;
            }
            let end = self.end_of_word(start);
            // What ended the word is passed over too, or is all there is: a dash, say.
            let between = self.text[end..].chars().next();
            self.at = end + between.map_or(0, char::len_utf8);
            if end > start {
                let hash = hash(&bytes[..end], start);
                return Some(Token { start, end, hash });
            }
        }
        None
    }
}

/// Sixteen bytes from here on, the first as the lowest; zeros where the text has ended.
fn sixteen_at(bytes: &[u8], at: usize) -> u128 {
    let rest = &bytes[at..];
    let sixteen = rest.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; 16];
        padded[..rest.len()].copy_from_slice(rest);
        padded
    });
    u128::from_le_bytes(sixteen)
}

/// The upper bit of every byte that is a word character of ASCII: a letter, a digit, `_`.
///
/// Each byte, without its own upper bit, is added to a number that carries into that bit from the
/// first character of a range on, and to one that carries from the character after its last on.
/// The largest sum is 0x7f + 0x7f, so no byte reaches into the next.
fn word_bytes(sixteen: u128) -> u128 {
    let ascii = sixteen & !UPPER;
    let lower = ascii | each(0x20);
    let letters = (lower + each(0x80 - b'a')) & !(lower + each(0x7f - b'z'));
    let digits = (ascii + each(0x80 - b'0')) & !(ascii + each(0x7f - b'9'));
    let underscores = !((ascii ^ each(b'_')) + each(0x7f));
    (letters | digits | underscores) & !sixteen & UPPER
}

/// How many bytes from the first on have their bit in `marks`.
fn leading(marks: u128) -> usize {
    (!marks & UPPER).trailing_zeros() as usize / 8
}

/// The first bytes alone, as the hash takes them: upper and lower case of A to Z are the same, and
/// behind them stand spaces, which are in no word.
fn masked(sixteen: u128, bytes: usize) -> u128 {
    let rest = u128::MAX.checked_shl(bytes as u32 * 8).unwrap_or(0);
    (sixteen & !rest) | each(0x20)
}

/// One round: each half is laid over a number of random bits, and both halves of the product are
/// laid over each other, so that every bit of the hash depends on every byte.
fn mixed(hash: u64, sixteen: u128) -> u64 {
    let low = hash ^ 0x9e37_79b9_7f4a_7c15 ^ sixteen as u64;
    let high = 0xd1b5_4a32_d192_ed03 ^ (sixteen >> 64) as u64;
    let product = u128::from(low) * u128::from(high);
    product as u64 ^ (product >> 64) as u64
}

/// The hash of the bytes from `start` on; not secret, because only the list fills the table.
pub(super) fn hash(bytes: &[u8], start: usize) -> u64 {
    (start..bytes.len()).step_by(16).fold(0, |hash, at| {
        let length = (bytes.len() - at).min(16);
        mixed(hash, masked(sixteen_at(bytes, at), length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<&str> {
        Tokens::of(text)
            .map(|token| &text[token.start..token.end])
            .collect()
    }

    #[test]
    fn a_word_is_a_run_of_word_characters() {
        assert_eq!(words(""), [""; 0]);
        assert_eq!(words(" ¡! "), [""; 0]);
        assert_eq!(words("hola, món_1!"), ["hola", "món_1"]);
        assert_eq!(words("a 0123456789abcde a"), ["a", "0123456789abcde", "a"]);
        assert_eq!(
            words("a 0123456789abcdef a"),
            ["a", "0123456789abcdef", "a"]
        );
        assert_eq!(
            words("l'electroencefalografista—ñandú"),
            ["l", "electroencefalografista", "ñandú"]
        );
    }

    #[test]
    fn every_byte_of_ascii_is_what_it_is_to_unicode() {
        for byte in 0..=0xff_u8 {
            let is_word = byte.is_ascii() && is_word_character(char::from(byte));
            let expected = if is_word { UPPER } else { 0 };
            assert_eq!(word_bytes(each(byte)), expected, "{byte:#x}");
        }
    }

    #[test]
    fn the_hash_is_that_of_the_word_alone_in_any_case() {
        let text = "feo FEO xfeo? electroencefalograma, Electroencefalograma";
        let hashes: Vec<u64> = Tokens::of(text).map(|token| token.hash).collect();
        assert_eq!(hashes[0], hash(b"feo", 0));
        assert_eq!(hashes[0], hashes[1]);
        assert_ne!(hashes[0], hashes[2]);
        assert_eq!(hashes[3], hashes[4]);
    }

    proptest! {
        #[test]
        fn words_as_cut_by_characters(text in "[a-zA-Z0-9_ '\u{301}éñ—\u{0}]{0,60}") {
            let expected: Vec<&str> = text
                .split(|character| !is_word_character(character))
                .filter(|word| !word.is_empty())
                .collect();
            prop_assert_eq!(words(&text), expected);
            for token in Tokens::of(&text) {
                prop_assert_eq!(token.hash, hash(&text.as_bytes()[..token.end], token.start));
            }
        }
    }
}
